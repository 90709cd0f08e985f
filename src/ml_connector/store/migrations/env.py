"""How Alembic is run: always by `migrate`, on the connection it hands over, one transaction for each step."""

from alembic import context

from ml_connector.store.migrate import VERSION_TABLE
from ml_connector.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transaction_per_migration=True,
    compare_type=True,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
