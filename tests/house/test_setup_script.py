"""The environment of the two commands: found, made, recognised, and a sentence when it cannot be."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout of nothing but the scripts and the pins, on a path with a space."""
    place = tmp_path / "a checkout"
    shutil.copytree(ROOT / "scripts", place / "scripts")
    shutil.copytree(ROOT / "requirements", place / "requirements")
    shutil.copy(ROOT / "pyproject.toml", place)
    return place


@pytest.fixture
def environment(checkout: Path) -> ModuleType:
    """scripts/environment.py of that checkout."""
    spec = importlib.util.spec_from_file_location("environment", checkout / "scripts" / "environment.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def installed(environment: ModuleType) -> ModuleType:
    """The same with a finished environment for development (its packages do not matter here)."""
    venv.EnvBuilder(with_pip=False, symlinks=True).create(environment.VENV)
    environment.place().write_text(f"{environment.VENV}\n")
    environment.STAMP.write_text(environment.wanted("dev"))
    return environment


def run_setup(checkout: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = ["/bin/sh", str(checkout / "scripts" / "setup"), *arguments]
    return subprocess.run(command, env=dict(os.environ) | variables, capture_output=True, text=True, check=False)


def a_program(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
    return program


def test_a_machine_whose_python_is_too_old_is_told_which_one_is_needed(checkout: Path, tmp_path: Path) -> None:
    a_program(tmp_path / "bin", "python3", '[ "$1" = --version ] && echo "Python 3.9.2"; exit 1')
    (tmp_path / "bin" / "dirname").symlink_to(shutil.which("dirname") or "/usr/bin/dirname")

    result = run_setup(checkout, PATH=str(tmp_path / "bin"))

    assert result.returncode == 3
    assert "needs Python 3.11 or newer, and this machine has Python 3.9.2" in result.stderr


def test_a_python_that_was_named_and_is_none_is_not_replaced_by_another(checkout: Path) -> None:
    result = run_setup(checkout, PYTHON="/bin/false")

    assert result.returncode == 3
    assert "PYTHON=/bin/false is not a Python 3.11 or newer" in result.stderr


def test_an_unknown_kind_is_wrong_use(checkout: Path) -> None:
    result = run_setup(checkout, "production", PYTHON=sys.executable)

    assert result.returncode == 2


def test_the_module_venv_is_missing_as_on_a_bare_debian(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def without_ensurepip(name: str) -> object:
        return None if name == "ensurepip" else object()

    monkeypatch.setattr(environment.importlib.util, "find_spec", without_ensurepip)

    status = environment.main(["dev"])

    assert status == 3
    assert "apt-get install python3." in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["runtime", "dev"])
def test_a_finished_environment_is_recognised_also_when_less_is_asked_for(installed: ModuleType, kind: str) -> None:
    before = installed.STAMP.read_text()

    status = installed.main([kind])

    assert status == 0
    assert installed.STAMP.read_text() == before


def test_other_pins_are_installed_into_the_same_environment(installed: ModuleType) -> None:
    pins = installed.ROOT / "requirements" / "dev.txt"
    pins.write_text(pins.read_text() + "one-more==1.0\n")

    recognised = installed.has_stamp("dev")

    assert not recognised
    assert installed.usable()


def test_an_environment_of_a_checkout_that_was_moved_is_not_used(installed: ModuleType) -> None:
    installed.place().write_text("/where/it/was/.venv\n")

    assert not installed.usable()


def test_an_environment_whose_python_is_gone_is_not_used(installed: ModuleType) -> None:
    for name in ("python", "python3"):
        (installed.VENV / "bin" / name).unlink(missing_ok=True)

    assert not installed.usable()


def test_an_environment_of_another_new_enough_python_stays_unless_one_is_asked_for(
    installed: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = installed.VENV / "bin" / "python"
    other.unlink()
    a_program(other.parent, "python", "echo 3 99")
    monkeypatch.delenv("PYTHON", raising=False)
    without = installed.usable()

    monkeypatch.setenv("PYTHON", sys.executable)

    assert without
    assert not installed.usable()


def test_a_checkout_that_cannot_be_written_is_said(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied", str(environment.ROOT / ".venv.lock"))

    monkeypatch.setattr(environment.fcntl, "flock", refused)

    status = environment.main(["dev"])

    assert status == 3
    assert "no permission to write" in capsys.readouterr().err


def test_our_own_modules_are_compiled_also_where_python_is_told_to_write_no_bytecode(
    installed: ModuleType, checkout: Path
) -> None:
    (checkout / "src").mkdir()
    (checkout / "src" / "module.py").write_text("VALUE = 1\n")

    result = run_setup(checkout, "dev", PYTHONDONTWRITEBYTECODE="1")

    assert result.returncode == 0
    assert list((checkout / "src" / "__pycache__").glob("module.*.pyc"))
