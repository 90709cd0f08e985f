"""Writes docs/settings.md from the settings themselves: `make docs`."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from ml_connector.settings import Settings, full_name

PAGE = Path(__file__).resolve().parent.parent / "docs" / "settings.md"
HEAD = """# Settings

From the environment, or from a file `.env` in the folder where the command is started; the environment wins. An empty
value counts as unset. This page is made from `src/ml_connector/settings.py` by `make docs`, and a test compares them.

`ml-connector doctor` shows the settings in force. Secrets (marked so) are shown as set or not set, never as they are.
"""


def page() -> str:
    """The whole page, one section for each setting in the order of the code."""
    return "\n".join([HEAD, *(_section(name, field) for name, field in Settings.model_fields.items())])


def _section(name: str, field: FieldInfo) -> str:
    extra = field.json_schema_extra
    assert isinstance(extra, dict), f"{name} has no description of what it takes"
    rows = [f"- takes: {extra['takes']}", f"- default: {_default(field)}"]
    if extra["unit"]:
        rows.append(f"- unit: {extra['unit']}")
    if SecretStr in getattr(field.annotation, "__args__", ()):
        rows.append("- secret")
    return f"## `{full_name(name)}`\n\n{field.description}\n\n" + "\n".join(rows) + "\n"


def _default(field: FieldInfo) -> str:
    if field.default is None:
        return "unset"
    if isinstance(field.default, Path):
        return f"`./{field.default}`"
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
