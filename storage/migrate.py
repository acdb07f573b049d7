"""Bring a database to the present schema. Run at every start; does nothing when it is up to date."""

import functools
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from storage import search_triggers
from storage.database import Database

VERSIONS = Path(__file__).with_name("migrations")


def configuration(url: str = "") -> Config:
    """Alembic's configuration, without a file."""
    config = Config()
    config.set_main_option("script_location", str(VERSIONS))
    if url:
        config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


async def upgrade(database: Database) -> None:
    """Apply the migrations that are missing, all or none. Raises what the database raises."""
    await database.write(_upgrade)


def _upgrade(tx: Connection) -> None:
    if tx.dialect.name == "postgresql":
        tx.exec_driver_sql("SELECT pg_advisory_xact_lock(4206)")  # several workers start at once
    if MigrationContext.configure(tx).get_current_revision() != _newest():
        config = configuration()
        config.attributes["connection"] = tx
        command.upgrade(config, "head")
    search_triggers.ensure(tx)


@functools.cache
def _newest() -> str | None:
    """The last of the migrations; their files are read once."""
    return ScriptDirectory.from_config(configuration()).get_current_head()


def tables(tx: Connection) -> set[str]:
    """The names of the tables that exist."""
    return set(inspect(tx).get_table_names())
