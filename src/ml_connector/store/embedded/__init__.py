"""PostgreSQL from the first minute: a server of our own in `DATA_DIR`, out of a wheel.

with EmbeddedPostgres(data_dir) as server:
    connect(server.url)
"""

from ml_connector.store.embedded.errors import EmbeddedTrouble
from ml_connector.store.embedded.server import EmbeddedPostgres

__all__ = ["EmbeddedPostgres", "EmbeddedTrouble"]
