"""Documents and variables that do not fit the schema, told in Shopify's words.

graphql-core finds what is wrong; here it is said as Shopify says it: a message, where, the path
from the operation down, and a code.

Source: Shopify Admin API, validation errors recorded on version 2026-04.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLInputType,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
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

PATTERNS: tuple[tuple[re.Pattern[str], str, str, tuple[str, ...]], ...] = (
    (re.compile(r"Cannot query field ['\"](?P<f>\w+)['\"] on type ['\"](?P<t>\w+)['\"]"),
     "undefinedField", "Field '{f}' doesn't exist on type '{t}'", ("typeName:t", "fieldName:f")),
    (re.compile(r"Unknown argument ['\"](?P<a>\w+)['\"] on field ['\"]\w+\.(?P<f>\w+)['\"]"),
     "argumentNotAccepted", "Field '{f}' doesn't accept argument '{a}'",
     ("name:f", "typeName=Field", "argumentName:a")),
    (re.compile(r"Unknown argument ['\"](?P<a>\w+)['\"] on directive ['\"]@(?P<f>\w+)['\"]"),
     "argumentNotAccepted", "Directive '{f}' doesn't accept argument '{a}'",
     ("name:f", "typeName=Directive", "argumentName:a")),
    (re.compile(r"(?:Argument|Field|Required argument) ['\"](?:\w+\.)?(?P<f>\w+)\((?P<a>\w+):\)['\"].* (?:is required|required)"),
     "missingRequiredArguments", "Field '{f}' is missing required arguments: {a}",
     ("className=Field", "name:f", "arguments:a")),
    (re.compile(r"(?:Field|Argument) ['\"](?P<f>\w+)['\"] argument ['\"](?P<a>\w+)['\"].*is required"),
     "missingRequiredArguments", "Field '{f}' is missing required arguments: {a}",
     ("className=Field", "name:f", "arguments:a")),
    (re.compile(r"Directive ['\"]@(?P<f>\w+)['\"] argument ['\"](?P<a>\w+)['\"].*is required"),
     "missingRequiredArguments", "Directive '{f}' is missing required arguments: {a}",
     ("className=Directive", "name:f", "arguments:a")),
    (re.compile(r"Argument ['\"]@(?P<f>\w+)\((?P<a>\w+):\)['\"].*is required"),
     "missingRequiredArguments", "Directive '{f}' is missing required arguments: {a}",
     ("className=Directive", "name:f", "arguments:a")),
    (re.compile(r"Variable ['\"]\$(?P<v>\w+)['\"] is never used(?: in operation ['\"](?P<o>\w+)['\"])?"),
     "variableNotUsed", "Variable ${v} is declared by {o} but not used", ("variableName:v",)),
    (re.compile(r"Variable ['\"]\$(?P<v>\w+)['\"] is not defined(?: by operation ['\"](?P<o>\w+)['\"])?"),
     "variableNotDefined", "Variable ${v} is used by {o} but not declared", ("variableName:v",)),
    (re.compile(r"Unknown type ['\"](?P<t>\w+)['\"]"),
     "undefinedType", "{t} isn't a defined input type (on a variable or a fragment)",
     ("typeName:t",)),
    (re.compile(r"Unknown directive ['\"]@(?P<d>\w+)['\"]"),
     "undefinedDirective", "Directive @{d} is not defined", ("directiveName:d",)),
    (re.compile(r"Field ['\"](?P<i>\w+)\.(?P<a>\w+)['\"] of required type ['\"](?P<t>[^'\"]+)['\"] was not provided"),
     "missingRequiredInputObjectAttribute",
     "Argument '{a}' on InputObject '{i}' is required. Expected type {t}",
     ("argumentName:a", "argumentType:t", "inputObjectType:i")),
    (re.compile(r"Field ['\"](?P<a>\w+)['\"] is not defined by type ['\"](?P<i>\w+)['\"]"),
     "argumentNotAccepted", "InputObject '{i}' doesn't accept argument '{a}'",
     ("name:i", "typeName=InputObject", "argumentName:a")),
    (re.compile(r"Field ['\"](?P<f>\w+)['\"] of type ['\"](?P<t>[^'\"]+)['\"] must have a selection"),
     "selectionMismatch", "Field must have selections (field '{f}' returns {t} but has no "
     "selections. Did you mean '{f} {{ ... }}'?)", ("nodeName=field '{f}'", "typeName:t")),
    (re.compile(r"Field ['\"](?P<f>\w+)['\"] must not have a selection since type ['\"](?P<t>[^'\"]+)['\"]"),
     "selectionMismatch", "Selections can't be made on scalars (field '{f}' returns {t} but has "
     "selections)", ("nodeName=field '{f}'", "typeName:t")),
    (re.compile(r"Unknown fragment ['\"](?P<f>\w+)['\"]"),
     "useAndDefineFragment", "Fragment {f} was used, but not defined", ("fragmentName:f",)),
    (re.compile(r"Fragment ['\"](?P<f>\w+)['\"] is never used"),
     "useAndDefineFragment", "Fragment {f} was defined, but not used", ("fragmentName:f",)),
    (re.compile(r"Variable ['\"]\$(?P<v>\w+)['\"] of type ['\"](?P<t>[^'\"]+)['\"] used in position"),
     "variableMismatch", "Type mismatch on variable ${v} ({t})", ("variableName:v", "typeName:t")),
)


def document_errors(schema: GraphQLSchema, document: DocumentNode) -> list[Error]:
    """What is wrong with *document*, nothing for a good one."""
    return [_told(error, document) for error in validate(schema, document)]


def _told(error: GraphQLError, document: DocumentNode) -> Error:
    told: Error = {
        "message": error.message,
        "locations": [{"line": one.line, "column": one.column} for one in error.locations or ()],
        "path": _path(document, error.nodes[0] if error.nodes else None),
    }
    for pattern, code, sentence, parts in PATTERNS:
        match = pattern.search(error.message)
        if match is not None:
            names = {key: value or "anonymous" for key, value in match.groupdict().items()}
            told["message"] = sentence.format(**names)
            told["extensions"] = {"code": code, **_parts(parts, names)}
            return told
    return _literal(told, error, document)


def _parts(parts: Sequence[str], names: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for part in parts:
        key, colon, name = part.partition(":")
        if colon:
            found[key] = names[name]
        else:
            key, _, fixed = part.partition("=")
            found[key] = fixed.format(**names)
    return found


def _literal(told: Error, error: GraphQLError, document: DocumentNode) -> Error:
    """A value written into the document that does not fit its argument."""
    node = error.nodes[0] if error.nodes else None
    trail = _trail(document, node) if node is not None else []
    arguments = [one for one in trail if one.kind == "argument"]
    fields = [one for one in trail if isinstance(one, FieldNode)]
    if node is None or not arguments or not fields:
        told["extensions"] = {"code": "invalidDocument"}
        return told
    name, field = arguments[-1].name.value, fields[-1].name.value  # type: ignore[attr-defined]
    told["message"] = (f"Argument '{name}' on Field '{field}' has an invalid value "
                       f"({print_ast(arguments[-1].value)}).")  # type: ignore[attr-defined]
    told["extensions"] = {"code": "argumentLiteralsIncompatible", "typeName": "Field",
                          "argumentName": name}
    return told


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
        elif one.kind == "argument":
            path.append(one.name.value)  # type: ignore[attr-defined]
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
        f"{'.'.join(str(part) for part in one['path'])} ({one['explanation']})"
        for one in problems if one["path"])
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
        return [problem for n, one in enumerate(values)
                for problem in _problems(kind.of_type, one, [*path, n], True)]
    if is_input_object_type(kind):
        return _object_problems(kind, value, path)
    return _leaf_problems(kind, value, path)


def _object_problems(kind: Any, value: Any, path: list[Any]) -> list[Error]:
    if not isinstance(value, Mapping):
        return [{"path": path, "explanation": f"Expected {value!r} to be a key-value object."}]
    problems = [{"path": [*path, name], "explanation": f"Field is not defined on {kind.name}"}
                for name in value if name not in kind.fields]
    for name, field in kind.fields.items():
        if name in value:
            problems += _problems(field.type, value[name], [*path, name], True)
        elif is_required_input_field(field):
            problems.append({"path": [*path, name],
                             "explanation": "Expected value to not be null"})
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
        return [{"path": path,
                 "explanation": f"Could not coerce value {_shown(value)} to {kind.name}"}]
    return []


def _is_global_id(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("gid://shopify/")


def _shown(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
