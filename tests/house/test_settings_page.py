"""docs/settings.md says what the code does."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from ml_connector.settings import Settings, full_name

ROOT = Path(__file__).parents[2]


@pytest.fixture
def writer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("settings_page", ROOT / "scripts" / "settings_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_make_docs_writes(writer: ModuleType) -> None:
    written = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")

    assert written == writer.page(), "run `make docs`"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_has_a_meaning_and_says_what_it_takes(name: str) -> None:
    field = Settings.model_fields[name]

    assert field.description
    assert isinstance(field.json_schema_extra, dict)
    assert field.json_schema_extra["takes"]


@pytest.mark.parametrize("name", [name for name in Settings.model_fields if name.endswith(("_s", "_days"))])
def test_a_duration_names_its_unit(name: str) -> None:
    extra = Settings.model_fields[name].json_schema_extra

    assert isinstance(extra, dict)
    assert extra["unit"]


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_stands_in_the_page_by_its_full_name(name: str) -> None:
    assert f"## `{full_name(name)}`" in (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
