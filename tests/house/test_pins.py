"""The pins are of what pyproject.toml asks for, and name nothing but packages and versions."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PINNED = re.compile(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==[A-Za-z0-9.+!]+( ; .+)?")


def lines(name: str) -> list[str]:
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def pins(name: str) -> dict[str, str]:
    found = [Requirement(line) for line in lines(name)]
    return {canonicalize_name(pin.name): str(pin.specifier).removeprefix("==") for pin in found}


def wanted() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [Requirement(text) for text in project["dependencies"]]


@pytest.mark.parametrize("name", ["runtime.txt", "dev.txt"])
def test_every_line_is_a_name_and_a_version(name: str) -> None:
    assert not [line for line in lines(name) if not PINNED.fullmatch(line)]


@pytest.mark.parametrize("requirement", wanted(), ids=lambda requirement: requirement.name)
def test_what_the_package_needs_is_pinned_within_its_range(requirement: Requirement) -> None:
    pinned = pins("runtime.txt")[canonicalize_name(requirement.name)]

    assert requirement.specifier.contains(pinned), "run `make pins`"


@pytest.mark.parametrize("line", lines("dev.in"))
def test_what_development_needs_is_pinned_within_its_range(line: str) -> None:
    requirement = Requirement(line)

    assert requirement.specifier.contains(pins("dev.txt")[canonicalize_name(requirement.name)]), "run `make pins`"


def test_development_tests_the_versions_that_are_installed_in_use() -> None:
    runtime, dev = pins("runtime.txt"), pins("dev.txt")

    assert {name: dev.get(name) for name in runtime} == runtime
