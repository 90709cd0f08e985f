"""Keep `.venv` as the pinned requirements want it. Called by `scripts/setup`; standard library only.

Safe to run twice at once (the second waits), after a kill (an unfinished environment carries no stamp and is made
again), and after the checkout was moved (the stamp names the place).
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "ml-connector.stamp"
WIDER = {"runtime": ("runtime", "dev"), "dev": ("dev",)}


def main(arguments: list[str]) -> int:
    """Bring `.venv` to the wanted kind; 0 when it is there, 3 with a sentence when it cannot be."""
    kind = arguments[0] if arguments else "runtime"
    if kind not in WIDER:
        return complain(f"'{kind}' is neither runtime nor dev.", status=2)
    try:
        with Path(ROOT, ".venv.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return ensure(kind) or compiled()
    except PermissionError as error:
        return complain(f"no permission to write {error.filename}. Use a checkout that belongs to you.")
    except OSError as error:
        return complain(f"{error.strerror or error} ({error.filename or ROOT}).")


def ensure(kind: str) -> int:
    """Do nothing when a finished environment of this kind, or a wider one, is here; else make it."""
    if any(has_stamp(wider) for wider in WIDER[kind]) and python_runs():
        return 0
    if missing := [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]:
        return complain(
            f"{sys.executable} has no module {' and '.join(missing)}. "
            f"On Debian and Ubuntu: apt-get install python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        )
    return make(kind)


def make(kind: str) -> int:
    """Create the environment when it is not usable, install, and stamp last."""
    say(f"preparing .venv for {kind} with Python {sys.version.split()[0]}; the first time takes a minute or two")
    STAMP.unlink(missing_ok=True)
    if not usable():
        shutil.rmtree(VENV, ignore_errors=True)
        venv.EnvBuilder(with_pip=True, symlinks=True).create(VENV)
        place().write_text(f"{VENV}\n", encoding="utf-8")
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    for what in (["-r", f"requirements/{kind}.txt"], ["--no-deps", "--editable", "."]):
        if subprocess.run([*pip, *what], cwd=ROOT, check=False).returncode:
            return complain("pip could not install the packages; its own words are above.")
    STAMP.write_text(wanted(kind), encoding="utf-8")
    say("ready")
    return 0


def compiled() -> int:
    """Compile our own modules, as pip does those it installs: a command then starts in two thirds of the time.

    Also where Python is told to write no bytecode, as many images do: each start would compile them all again.
    """
    python = str(VENV / "bin" / "python")
    return subprocess.run([python, "-m", "compileall", "-q", "src"], cwd=ROOT, check=False).returncode


def usable() -> bool:
    """Whether an existing environment was made here, by a Python like this one, and still runs."""
    made_here = place().is_file() and place().read_text(encoding="utf-8").strip() == str(VENV)
    return made_here and python_runs()


def python_runs() -> bool:
    """Whether the environment's Python still exists and will do: any new enough, or the one that was asked for."""
    python = VENV / "bin" / "python"
    if not python.exists():
        return False
    code = "import sys; print(*sys.version_info[:2])"
    answer = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=False)
    version = tuple(int(number) for number in answer.stdout.split())
    return version == sys.version_info[:2] if os.environ.get("PYTHON") else version >= (3, 11)


def has_stamp(kind: str) -> bool:
    """Whether a finished installation of exactly these pins is recorded."""
    return STAMP.is_file() and STAMP.read_text(encoding="utf-8") == wanted(kind)


def wanted(kind: str) -> str:
    """What the stamp says when nothing has to be done: kind, place and the pins' fingerprint."""
    pins = b"".join(Path(ROOT, name).read_bytes() for name in (f"requirements/{kind}.txt", "pyproject.toml"))
    return f"{kind}\n{VENV}\n{hashlib.sha256(pins).hexdigest()}\n"


def place() -> Path:
    """The file that remembers where the environment was made: scripts in it hold absolute paths."""
    return VENV / "ml-connector.place"


def say(sentence: str) -> None:
    """Tell the person, on standard error, what takes time."""
    print(f"setup: {sentence}", file=sys.stderr, flush=True)


def complain(sentence: str, *, status: int = 3) -> int:
    """Tell the person what is wrong; answers the exit status."""
    say(sentence)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
