"""Which way imports point, and who may know whom."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "ml_connector"
# asyncio and threading would let a decision wait; the clock and chance would let it change its mind
NEVER_IN_DOMAIN = set(
    "asyncio concurrent logging multiprocessing os pathlib random secrets socket subprocess threading time urllib uuid".split()  # noqa: E501
)


def modules(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """The full names of what a module imports, relative imports resolved."""
    package = (path.relative_to(PACKAGE.parent).parent).parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{name.name}" for name in node.names)


def named(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def test_imports_point_down_and_neighbours_do_not_meet() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports; raise SystemExit(lint_imports())"]
    environment = {"PYTHONPATH": str(ROOT / "src"), "PYTHONIOENCODING": "utf-8"}

    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("path", modules(PACKAGE / "domain"), ids=named)
def test_the_domain_uses_the_standard_library_only_and_nothing_that_touches_the_world(path: Path) -> None:
    roots = {name.split(".")[0] for name in imported(path)}
    ours = {name for name in imported(path) if name.startswith("ml_connector")}

    assert roots - {"ml_connector"} <= set(sys.stdlib_module_names)
    assert not roots & NEVER_IN_DOMAIN
    assert all(name.startswith("ml_connector.domain") for name in ours)


@pytest.mark.parametrize("path", modules(PACKAGE / "domain"), ids=named)
def test_the_domain_reads_no_clock_and_waits_for_nothing(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))

    # asked, not merely read: `books.today` is a value that somebody passed in
    clocks = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"now", "today", "utcnow"}
    ]
    waits = [node for node in ast.walk(tree) if isinstance(node, (ast.AsyncFunctionDef, ast.Await))]

    assert not [f"line {node.lineno}" for node in clocks]
    assert not [f"line {node.lineno}" for node in waits]


@pytest.mark.parametrize("path", modules(PACKAGE / "sandbox"), ids=named)
def test_the_sandbox_imports_nothing_of_ours_so_it_cannot_share_our_misunderstandings(path: Path) -> None:
    ours = {name for name in imported(path) if name.startswith("ml_connector")}

    assert all(name.startswith("ml_connector.sandbox") for name in ours), ours


def test_only_the_command_line_the_proofs_and_the_benchmarks_know_the_sandbox() -> None:
    allowed = {"sandbox", "bench", "cli", "prove"}
    others = [path for path in modules(PACKAGE) if path.relative_to(PACKAGE).parts[0] not in allowed]

    knowing = {named(path) for path in others for name in imported(path) if name.startswith("ml_connector.sandbox")}

    assert not knowing
