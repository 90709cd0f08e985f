"""The same powers from a terminal.

Exit status: 0 done, 1 the answer is bad news, 2 wrong use, 3 the environment is not usable.
"""

from ml_connector.cli.edge import main, run

__all__ = ["main", "run"]
