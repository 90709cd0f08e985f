"""How clients name the embedded server: always its socket, never TCP."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from ml_connector.store.embedded.socket_folder import PORT

USER = "ml_connector"
DATABASE = "ml_connector"


def address(folder: Path, database: str = DATABASE) -> str:
    """A libpq address, as psycopg and BullMQ take it. The port is named so that PGPORT cannot interfere."""
    return f"postgresql://{USER}@/{quote(database, safe='')}?host={quote(str(folder), safe='/')}&port={PORT}"
