"""What all table groups share: the metadata, ids, and an insert that tolerates repeats.

Statements that every turn runs are built once, when their module is loaded: building one anew (and looking it up among
the compiled ones) takes several times as long as running it.
"""

from functools import cache
from typing import Any

from sqlalchemy import Connection, MetaData, Table, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.base import Executable
from ulid import ULID

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def new_id() -> str:
    """A new id: 26 characters, sortable by time of creation (ULID)."""
    return str(ULID())


def insert_once(tx: Connection, table: Table, **values: Any) -> bool:
    """Insert a row unless a unique key says it exists; True when this call inserted it."""
    return tx.execute(_insert_once(tx.dialect.name, table), values).one_or_none() is not None


def alone(tx: Connection, what: int) -> None:
    """Be alone in doing `what` (any number of its own) until the transaction ends; SQLite has one writer anyway."""
    if tx.dialect.name == "postgresql":
        tx.execute(_ALONE, {"what": what})


_ALONE = text("SELECT pg_advisory_xact_lock(:what)")


@cache
def _insert_once(dialect: str, table: Table) -> Executable:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(table).on_conflict_do_nothing().returning(next(iter(table.primary_key.columns)))
