"""What was there before a migration is there after it, as the new version understands it."""

from collections.abc import AsyncIterator

import pytest
from alembic import command
from sqlalchemy import Connection, text

from connectors.message import Profile
from storage import conversations, customers, openings
from storage.database import Database
from storage.migrate import configuration, upgrade


@pytest.fixture
async def database(empty_database_url: str) -> AsyncIterator[Database]:
    database = Database(empty_database_url)
    yield database
    await database.close()


CUSTOMER = text(
    "INSERT INTO customer (id, channel, address, user_id, name, email, phone, created_at, blocked_at) "
    "VALUES (:name, 'wechat', :address, '', '', '', '', 5, :blocked_at)"
)
CONVERSATION = text(
    "INSERT INTO conversation (id, channel, address, customer_id, state, epoch, language, seq, customer_seen, "
    "agent_seen, handoff_id, agent_id, agent_name, created_at, customer_at, present_at, apologised) "
    "VALUES (:conversation, 'wechat', :address, :name, 'bot', 0, '', 0, 0, 0, '', '', '', 5, 5, 5, false)"
)


def at_revision(tx: Connection, revision: str) -> None:
    config = configuration()
    config.attributes["connection"] = tx
    command.upgrade(config, revision)


def as_it_was(tx: Connection) -> None:
    """Two customers of version 3: one with a reply window, one who has blocked us."""
    at_revision(tx, "0003")
    for name, blocked_at in (("ann", None), ("ben", 77)):
        values = {"name": name, "blocked_at": blocked_at, "address": f"w-{name}", "conversation": f"c-{name}"}
        tx.execute(CUSTOMER, values)
        tx.execute(CONVERSATION, values)
    tx.execute(text("INSERT INTO opening (conversation_id, until, \"left\") VALUES ('c-ann', 4102444800000, 3)"))


async def test_customers_and_reply_windows_survive_the_fourth(database: Database) -> None:
    await database.write(as_it_was)
    await upgrade(database)
    window = await database.read(openings.find, "wechat", "w-ann")
    assert window is not None
    assert (window.until, window.left) == (4102444800000, 3)
    ann, ben = await database.read(customers.find, "ann"), await database.read(customers.find, "ben")
    assert ann is not None
    assert ben is not None
    assert (ann.person_id, ann.consent, ann.consent_at) == ("ann", "granted", 5)
    assert (ben.person_id, ben.consent, ben.consent_source) == ("ben", "withdrawn", "blocked")
    arrival = await database.write(conversations.arrive, "wechat", "w-ann", Profile())
    assert arrival.conversation.replies_at == ("wechat", "w-ann")
