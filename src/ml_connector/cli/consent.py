"""First what it would do, then whether to go on: for commands that set much in motion."""

from __future__ import annotations

import sys

from ml_connector.cli.output import people, say


def agreed(plan: str, question: str, *, yes: bool, as_json: bool) -> bool:
    """Whether to go on: said beforehand with --yes, or asked on a terminal after *plan*.

    A program that did not say so only sees the plan.
    """
    if as_json or not sys.stdin.isatty():
        return yes
    say(plan)
    if yes:
        return True
    return people().input(f"{question} [y/N] ", markup=False).strip().lower() in ("y", "yes")
