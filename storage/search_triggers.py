"""Triggers that note what must be indexed anew, and forget what is gone, in the transaction that does it.

Nobody who writes a message has to think of the search, and nobody can forget to. They are put up at every start where
they are missing: SQLite changes some tables by making them anew, without their triggers.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, text


@dataclass(frozen=True)
class Trigger:
    """`when` something happens to a row of `table`, `then` follows."""

    table: str
    when: str
    then: str

    @property
    def name(self) -> str:
        """How the database knows it."""
        return f"search_{self.table}_{self.when.split()[0].lower()}"


def _note(kind: str, ref: str = "NEW.id") -> str:
    return f"INSERT INTO search_pending (kind, ref) VALUES ('{kind}', {ref})"  # noqa: S608


def _drop(kind: str, ref: str = "OLD.id") -> str:
    return f"DELETE FROM search_doc WHERE kind = '{kind}' AND ref = {ref}"  # noqa: S608


def _entry(row: str) -> str:
    return f"{row}.ticket_id || ':' || {row}.n"


TRIGGERS = (
    Trigger("message", "INSERT", _note("message")),
    Trigger("message", "UPDATE OF content", _note("message")),
    Trigger("message", "DELETE", _drop("message")),
    Trigger("ticket_entry", "INSERT", _note("entry", _entry("NEW"))),
    Trigger("ticket_entry", "DELETE", _drop("entry", _entry("OLD"))),
    Trigger("ticket", "INSERT", _note("ticket")),
    Trigger("ticket", "UPDATE OF number, question, customer_name, customer_email", _note("ticket")),
    Trigger("ticket", "DELETE", _drop("ticket")),
    Trigger("conversation", "INSERT", _note("conversation")),
    Trigger("conversation", "UPDATE OF customer_id", _note("conversation")),
    Trigger("conversation", "DELETE", _drop("conversation")),
    Trigger(
        "customer",
        "UPDATE OF name, email, phone, user_id",
        "INSERT INTO search_pending (kind, ref) SELECT 'conversation', id FROM conversation WHERE customer_id = NEW.id",
    ),
)


def ensure(tx: Connection) -> None:
    """Put up the triggers that are missing."""
    there = set(tx.execute(text(_FOUND[tx.dialect.name])).scalars())
    for each in TRIGGERS:
        if each.name not in there:
            for statement in _created(each, tx.dialect.name):
                tx.exec_driver_sql(statement)


def remove(tx: Connection) -> None:
    """Take all of them down."""
    for each in TRIGGERS:
        if tx.dialect.name == "sqlite":
            tx.exec_driver_sql(f"DROP TRIGGER IF EXISTS {each.name}")
        else:
            tx.exec_driver_sql(f"DROP FUNCTION IF EXISTS {each.name}() CASCADE")


_FOUND = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = ANY(ARRAY(SELECT oid FROM "
    "pg_class WHERE relnamespace = current_schema()::regnamespace))",
}


def _created(each: Trigger, dialect: str) -> list[str]:
    begin = f"CREATE TRIGGER {each.name} AFTER {each.when} ON {each.table} FOR EACH ROW"
    if dialect == "sqlite":
        return [f"{begin} BEGIN {each.then}; END"]
    body = f"$$ BEGIN {each.then}; RETURN NULL; END $$"
    return [
        f"CREATE OR REPLACE FUNCTION {each.name}() RETURNS trigger LANGUAGE plpgsql AS {body}",
        f"{begin} EXECUTE FUNCTION {each.name}()",
    ]
