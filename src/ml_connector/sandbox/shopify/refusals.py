"""Documents and variables that do not fit the schema, told in Shopify's words.

graphql-core finds what is wrong; here it is said as Shopify says it: a message, where, the path
from the operation down, and a code.

Source: Shopify Admin API, validation errors recorded on version 2026-04.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLInputType,
    GraphQLSchema,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    get_named_type,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
    print_ast,
    type_from_ast,
    validate,
)

Error = dict[str, Any]


@dataclass(frozen=True)
class Wording:
    """How Shopify says what graphql-core found.

    Attributes:
        found: What graphql-core says; its groups name the parts.
        extensions: What stands beside the code, filled from the parts.
    """

    found: re.Pattern[str]
    code: str
    sentence: str
    extensions: Mapping[str, str]


def _wording(found: str, code: str, sentence: str, **extensions: str) -> Wording:
    return Wording(re.compile(found), code, sentence, extensions)


WORDINGS = (
    _wording(
        r"Cannot query field '(?P<f>\w+)' on type '(?P<t>\w+)'",
        "undefinedField",
        "Field '{f}' doesn't exist on type '{t}'",
        typeName="{t}",
        fieldName="{f}",
    ),
    _wording(
        r"Unknown argument '(?P<a>\w+)' on field '\w+\.(?P<f>\w+)'",
        "argumentNotAccepted",
        "Field '{f}' doesn't accept argument '{a}'",
        name="{f}",
        typeName="Field",
        argumentName="{a}",
    ),
    _wording(
        r"Unknown argument '(?P<a>\w+)' on directive '@(?P<f>\w+)'",
        "argumentNotAccepted",
        "Directive '{f}' doesn't accept argument '{a}'",
        name="{f}",
        typeName="Directive",
        argumentName="{a}",
    ),
    _wording(
        r"type '(?P<i>\w+)' not to include unknown field '(?P<a>\w+)'",
        "argumentNotAccepted",
        "InputObject '{i}' doesn't accept argument '{a}'",
        name="{i}",
        typeName="InputObject",
        argumentName="{a}",
    ),
    _wording(
        r"Argument '\w+\.(?P<f>\w+)\((?P<a>\w+):\)' of type .* is required",
        "missingRequiredArguments",
        "Field '{f}' is missing required arguments: {a}",
        className="Field",
        name="{f}",
        arguments="{a}",
    ),
    _wording(
        r"Argument '@(?P<f>\w+)\((?P<a>\w+):\)' of type .* is required",
        "missingRequiredArguments",
        "Directive '{f}' is missing required arguments: {a}",
        className="Directive",
        name="{f}",
        arguments="{a}",
    ),
    _wording(
        r"type '(?P<i>\w+)' to include required field '(?P<a>\w+)'",
        "missingRequiredInputObjectAttribute",
        "Argument '{a}' on InputObject '{i}' is required.",
        argumentName="{a}",
        inputObjectType="{i}",
    ),
    _wording(
        r"Variable '\$(?P<v>\w+)' is never used(?: in operation '(?P<o>\w+)')?",
        "variableNotUsed",
        "Variable ${v} is declared by {o} but not used",
        variableName="{v}",
    ),
    _wording(
        r"Variable '\$(?P<v>\w+)' is not defined(?: by operation '(?P<o>\w+)')?",
        "variableNotDefined",
        "Variable ${v} is used by {o} but not declared",
        variableName="{v}",
    ),
    _wording(
        r"Variable '\$(?P<v>\w+)' of type '(?P<t>[^']+)' used in position expecting",
        "variableMismatch",
        "Type mismatch on variable ${v} ({t})",
        variableName="{v}",
        typeName="{t}",
    ),
    _wording(
        r"Unknown type '(?P<t>\w+)'",
        "undefinedType",
        "{t} isn't a defined input type",
        typeName="{t}",
    ),
    _wording(
        r"Unknown directive '@(?P<d>\w+)'",
        "undefinedDirective",
        "Directive @{d} is not defined",
        directiveName="{d}",
    ),
    _wording(
        r"Field '(?P<f>\w+)' of type '(?P<t>[^']+)' must have a selection",
        "selectionMismatch",
        "Field must have selections (field '{f}' returns {t} but has no selections. Did you mean '{f} {{ ... }}'?)",
        nodeName="field '{f}'",
        typeName="{t}",
    ),
    _wording(
        r"Field '(?P<f>\w+)' must not have a selection since type '(?P<t>[^']+)'",
        "selectionMismatch",
        "Selections can't be made on scalars (field '{f}' returns {t} but has selections)",
        nodeName="field '{f}'",
        typeName="{t}",
    ),
    _wording(
        r"Unknown fragment '(?P<f>\w+)'",
        "useAndDefineFragment",
        "Fragment {f} was used, but not defined",
        fragmentName="{f}",
    ),
    _wording(
        r"Fragment '(?P<f>\w+)' is never used",
        "useAndDefineFragment",
        "Fragment {f} was defined, but not used",
        fragmentName="{f}",
    ),
)
"""Every case that a document of ours has run into, in Shopify's recorded words."""


def document_errors(schema: GraphQLSchema, document: DocumentNode) -> list[Error]:
    """What is wrong with *document*, nothing for a good one."""
    return [_told(error, schema, document) for error in validate(schema, document)]


def _told(error: GraphQLError, schema: GraphQLSchema, document: DocumentNode) -> Error:
    node = error.nodes[0] if error.nodes else None
    for wording in WORDINGS:
        match = wording.found.search(error.message)
        if match is not None:
            names = {key: value or "anonymous" for key, value in match.groupdict().items()}
            extensions = {key: value.format(**names) for key, value in wording.extensions.items()}
            return {
                "message": wording.sentence.format(**names),
                "locations": _locations(error),
                "path": _path(document, node),
                "extensions": {"code": wording.code, **extensions},
            }
    return _literal(error, schema, document, node)


def _locations(error: GraphQLError) -> list[dict[str, int]]:
    return [{"line": one.line, "column": one.column} for one in error.locations or ()]


def _literal(error: GraphQLError, schema: GraphQLSchema, document: DocumentNode, node: Node | None) -> Error:
    """A value written into the document that does not fit its argument, or anything else."""
    trail = _trail(document, node) if node is not None else []
    arguments = [one for one in trail if isinstance(one, ArgumentNode)]
    fields = [one for one in trail if isinstance(one, FieldNode)]
    told: Error = {"message": error.message, "locations": _locations(error), "path": _path(document, node)}
    if not arguments or not fields:
        return told | {"extensions": {"code": "invalidDocument"}}
    name, field = arguments[-1].name.value, fields[-1].name.value
    told["message"] = f"Argument '{name}' on Field '{field}' has an invalid value ({print_ast(arguments[-1].value)})."
    expected = _expected_type(schema, trail, name)
    if expected:
        told["message"] += f" Expected type '{expected}'."
    extensions = {"code": "argumentLiteralsIncompatible", "typeName": "Field", "argumentName": name}
    return told | {"extensions": extensions}


def _expected_type(schema: GraphQLSchema, trail: Sequence[Node], argument: str) -> str | None:
    """The type of *argument* of the last field on the way down."""
    kind: Any = None
    field: Any = None
    for node in trail:
        if isinstance(node, OperationDefinitionNode):
            kind = schema.get_root_type(node.operation)
        elif isinstance(node, FragmentDefinitionNode | InlineFragmentNode) and node.type_condition is not None:
            kind = schema.get_type(node.type_condition.name.value)
        elif isinstance(node, FieldNode):
            field = getattr(kind, "fields", {}).get(node.name.value)
            kind = None if field is None else get_named_type(field.type)
    known = None if field is None else field.args.get(argument)
    return None if known is None else str(known.type)


def _path(document: DocumentNode, node: Node | None) -> list[str]:
    if node is None:
        return []
    path = []
    for one in _trail(document, node):
        if isinstance(one, OperationDefinitionNode):
            name = f" {one.name.value}" if one.name else ""
            path.append(f"{one.operation.value}{name}")
        elif isinstance(one, FragmentDefinitionNode):
            path.append(f"fragment {one.name.value}")
        elif isinstance(one, FieldNode):
            path.append((one.alias or one.name).value)
        elif isinstance(one, ArgumentNode):
            path.append(one.name.value)
    return path


def _trail(root: Node, wanted: Node) -> list[Node]:
    """The nodes from *root* down to *wanted*, both included."""
    if root is wanted:
        return [root]
    for child in _children(root):
        found = _trail(child, wanted)
        if found:
            return [root, *found]
    return []


def _children(node: Node) -> list[Node]:
    found: list[Node] = []
    for key in node.keys:
        value = getattr(node, key, None)
        if isinstance(value, Node):
            found.append(value)
        elif isinstance(value, list | tuple):
            found += [one for one in value if isinstance(one, Node)]
    return found


def variable_errors(
    schema: GraphQLSchema, operation: OperationDefinitionNode, values: Mapping[str, Any]
) -> list[Error]:
    """What is wrong with the variables sent, nothing for good ones."""
    errors = []
    for definition in operation.variable_definitions or ():
        name = definition.variable.name.value
        kind: Any = type_from_ast(schema, definition.type)
        if name not in values and definition.default_value is not None:
            continue
        problems = _problems(kind, values.get(name), [], name in values)
        if problems:
            errors.append(_variable_error(definition, name, values.get(name), problems))
    return errors


def _variable_error(definition: Any, name: str, value: Any, problems: list[Error]) -> Error:
    where = definition.loc.start_token
    listed = ", ".join(
        f"{'.'.join(str(part) for part in one['path'])} ({one['explanation']})" for one in problems if one["path"]
    )
    message = f"Variable ${name} of type {print_ast(definition.type)} was provided invalid value"
    return {
        "message": f"{message} for {listed}" if listed else message,
        "locations": [{"line": where.line, "column": where.column}],
        "extensions": {"code": "INVALID_VARIABLE", "value": value, "problems": problems},
    }


def _problems(kind: GraphQLInputType, value: Any, path: list[Any], given: bool) -> list[Error]:
    if is_non_null_type(kind):
        if value is None:
            return [{"path": path, "explanation": "Expected value to not be null"}]
        return _problems(kind.of_type, value, path, given)
    if value is None:
        return []
    if is_list_type(kind):
        values = value if isinstance(value, list) else [value]
        return [problem for n, one in enumerate(values) for problem in _problems(kind.of_type, one, [*path, n], True)]
    if is_input_object_type(kind):
        return _object_problems(kind, value, path)
    return _leaf_problems(kind, value, path)


def _object_problems(kind: Any, value: Any, path: list[Any]) -> list[Error]:
    if not isinstance(value, Mapping):
        return [{"path": path, "explanation": f"Expected {value!r} to be a key-value object."}]
    problems = [
        {"path": [*path, name], "explanation": f"Field is not defined on {kind.name}"}
        for name in value
        if name not in kind.fields
    ]
    for name, field in kind.fields.items():
        if name in value:
            problems += _problems(field.type, value[name], [*path, name], True)
        elif is_required_input_field(field):
            problems.append({"path": [*path, name], "explanation": "Expected value to not be null"})
    return problems


def _leaf_problems(kind: Any, value: Any, path: list[Any]) -> list[Error]:
    if is_enum_type(kind):
        if isinstance(value, str) and value in kind.values:
            return []
        names = ", ".join(kind.values)
        return [{"path": path, "explanation": f'Expected "{value}" to be one of: {names}'}]
    if kind.name == "ID" and not _is_global_id(value):
        text = f"Invalid global id '{value}'"
        return [{"path": path, "explanation": text, "message": text}]
    try:
        kind.parse_value(value)
    except GraphQLError:
        return [{"path": path, "explanation": f"Could not coerce value {_shown(value)} to {kind.name}"}]
    return []


def _is_global_id(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("gid://shopify/")


def _shown(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
