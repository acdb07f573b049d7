"""What all table groups share: the metadata, ids, and an insert that tolerates repeats."""

from typing import Any

from sqlalchemy import Connection, MetaData, Table
from sqlalchemy.dialects import postgresql, sqlite
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
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    key = next(iter(table.primary_key.columns))
    statement = dialect.insert(table).values(**values).on_conflict_do_nothing().returning(key)
    return tx.execute(statement).one_or_none() is not None
