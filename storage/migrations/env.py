"""Alembic's entry: migrates the connection it is given, or the URL of a command line run."""

from alembic import context
from sqlalchemy import create_engine

import storage.schema
from storage.tables import metadata

connection = context.config.attributes.get("connection")
if connection is None:
    url = context.config.get_main_option("sqlalchemy.url")
    if url is None:
        raise SystemExit("alembic needs a connection or sqlalchemy.url")
    with create_engine(url).begin() as connection:
        context.configure(connection=connection, target_metadata=storage.schema.metadata)
        context.run_migrations()
else:
    context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=False)
    context.run_migrations()
