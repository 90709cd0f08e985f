"""A process of its own that uses the embedded PostgreSQL: says where it is, then waits to be told to leave.

python a_user.py DATA_DIR [SHARED_HOME]
"""

from __future__ import annotations

import sys
from pathlib import Path

from ml_connector.logs import configure_logging
from ml_connector.store.embedded import EmbeddedPostgres, EmbeddedTrouble
from ml_connector.store.embedded.places import SHARED_HOME


def say(*lines: str) -> None:
    """One line each, to whoever started us."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def main(data_dir: str, shared_home: str = str(SHARED_HOME)) -> int:
    """Status 3 with the sentence and what to do when the environment is not usable."""
    configure_logging("warning")
    try:
        with EmbeddedPostgres(Path(data_dir), shared_home=Path(shared_home)) as server:
            say(server.url)
            sys.stdin.readline()
    except EmbeddedTrouble as trouble:
        say(type(trouble).__name__, trouble.text, trouble.fix)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
