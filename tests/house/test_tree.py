"""What may lie in the repository."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LARGEST = 400_000
# written in pieces, so that this file does not find itself
REGISTRIES = re.compile(
    "|".join(
        (
            r"--(extra-)?index" + "-url",
            r"\"resolved\"" + r"\s*:",
            "pypi" + r"\.org",
            "pythonhosted" + r"\.org",
            "registry" + r"\.npmjs",
            r"https?://[^\s\"'<>]*/simple" + r"(?:[/\s\"]|$)",
        )
    )
)
VENDORED = re.compile(r"\.min\.(js|css)$|(^|/)node_modules/|(^|/)(uv|poetry|Pipfile)\.lock$|package-lock\.json$")


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    """Every file that git keeps. Where this is no checkout, every file that would be published."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        places = ("src", "tests", "docs", "requirements", "scripts")
        return [path for place in places for path in (ROOT / place).rglob("*") if path.is_file()]
    names = [name for name in listed.stdout.decode().split("\0") if name]
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def test_no_file_names_the_host_of_a_package_registry(tracked: list[Path]) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked
        for number, line in enumerate(path.read_bytes().decode("utf-8", "replace").splitlines(), 1)
        if REGISTRIES.search(line)
    ]

    assert not found


def test_no_file_is_larger_than_a_person_would_write(tracked: list[Path]) -> None:
    large = {str(path.relative_to(ROOT)): path.stat().st_size for path in tracked if path.stat().st_size > LARGEST}

    assert not large


def test_nothing_is_vendored_and_no_lock_file_records_addresses(tracked: list[Path]) -> None:
    assert not [path for path in tracked if VENDORED.search(str(path.relative_to(ROOT)))]
