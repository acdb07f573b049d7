"""Small switches that people flip while the service runs (such as "the desk is off"), and a row to test writing
with.
"""

from typing import Any

from sqlalchemy import JSON, Column, Connection, String, Table, bindparam, delete, select

from storage.tables import insert_once, metadata

setting = Table(
    "setting", metadata, Column("name", String(64), primary_key=True), Column("value", JSON, nullable=False)
)

_READ = select(setting.c.value).where(setting.c.name == bindparam("wanted"))


def read_setting(tx: Connection, name: str, default: Any = None) -> Any:
    """The value of a switch, or `default`."""
    row = tx.execute(_READ, {"wanted": name}).one_or_none()
    return default if row is None else row[0]


def write_setting(tx: Connection, name: str, value: Any) -> None:
    """Set a switch; any JSON value."""
    tx.execute(delete(setting).where(setting.c.name == name))
    insert_once(tx, setting, name=name, value=value)
