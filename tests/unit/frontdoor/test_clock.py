"""The wall clock is set while things wait: nothing is stuck because of it, and nobody's silence grows by a jump."""

import asyncio
import time
from collections.abc import Callable

import pytest

from connectors.channel import Limits, Receipt, Standing
from connectors.channels.web_session import Session, Tokens
from connectors.errors import TryLater
from connectors.message import Action, Author, Content, Outbound, Profile
from frontdoor.core import Core
from frontdoor.outbox import Outbox
from frontdoor.step import Steps
from frontdoor.timers import Timers
from storage import conversations, messages, outbox
from storage.bus import MemoryBus
from storage.database import Database
from storage.locks import Locks
from tests.fakes.rasa import ScriptedRasa
from tests.unit.frontdoor.conftest import Customer, unlinked, until

HOUR_S = 3600
SetClock = Callable[[float], None]


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Sets the wall clock by so many seconds from the right time."""
    right = time.time_ns

    def set_by(seconds: float) -> None:
        monkeypatch.setattr(time, "time_ns", lambda: right() + int(seconds * 1e9))

    return set_by


@pytest.mark.parametrize("hours", [-2, 2])
async def test_a_message_that_waits_for_the_bot_is_answered(
    customer: Customer, rasa: ScriptedRasa, set_clock: SetClock, hours: int
) -> None:
    rasa.status = 503
    await customer.say("hello")
    await until(lambda: rasa.turns.total() > 1)
    set_clock(hours * HOUR_S)
    await customer.say("it is me")
    rasa.status = 200
    await customer.sees("You said: hello", within_s=15)
    await customer.sees("You said: it is me", within_s=15)
    assert await customer.state() == "bot"


async def test_what_was_promised_under_a_clock_that_was_fast_is_done(
    customer: Customer, rasa: ScriptedRasa, set_clock: SetClock
) -> None:
    rasa.delay_s = 0.3
    set_clock(HOUR_S)
    await customer.say("hello")
    await customer.say("it is me")
    set_clock(0)
    await customer.sees("You said: it is me", within_s=15)


@pytest.mark.parametrize("hours", [-2, 2])
async def test_nobody_has_left_because_the_clock_was_set(
    core: Core, customer: Customer, set_clock: SetClock, hours: int
) -> None:
    timers = Timers(core.steps, abandoned_after_s=900, idle_after_s=600, mail_channel="")
    await timers.sweep()
    await customer.do(Action.HUMAN)
    await customer.reaches("queued")
    set_clock(hours * HOUR_S)
    await timers.sweep()
    assert await customer.state() == "queued"


async def test_who_stays_away_after_the_clock_was_set_has_left(
    core: Core, customer: Customer, set_clock: SetClock
) -> None:
    timers = Timers(core.steps, abandoned_after_s=1, idle_after_s=600, mail_channel="")
    await timers.sweep()
    await customer.do(Action.HUMAN)
    await customer.reaches("queued")
    set_clock(2 * HOUR_S)
    for _ in range(60):
        await timers.sweep()
        if await customer.state() == "abandoned":
            return
        await asyncio.sleep(0.1)
    raise AssertionError("still in the queue")


async def test_nobody_has_left_because_the_service_was_away(
    core: Core, customer: Customer, set_clock: SetClock
) -> None:
    timers = Timers(core.steps, abandoned_after_s=900, idle_after_s=600, mail_channel="")
    await customer.do(Action.HUMAN)
    await customer.reaches("queued")
    set_clock(HOUR_S)
    looking = asyncio.create_task(timers.run())
    await asyncio.sleep(0)
    await timers.sweep()
    looking.cancel()
    assert await customer.state() == "queued"


class Hesitant:
    """A vendor that refuses at first."""

    name = "vendor"
    limits = Limits()
    standing = Standing.OWN

    def __init__(self) -> None:
        self.tries = 0
        self.sent: list[Outbound] = []

    async def send(self, message: Outbound) -> Receipt:
        self.tries += 1
        if self.tries < 3:
            raise TryLater("busy")
        self.sent.append(message)
        return Receipt(vendor_id="1")

    async def close(self) -> None: ...


async def test_a_message_that_waits_for_its_vendor_leaves(
    database: Database, bus: MemoryBus, set_clock: SetClock
) -> None:
    vendor = Hesitant()
    sending = asyncio.create_task(Outbox(Steps(database, bus, unlinked), Locks(database), {"vendor": vendor}).run())
    conversation = await database.write(conversations.begin, "vendor", "li", Profile())
    message = await database.write(
        messages.add, conversation_id=conversation.id, seq=1, author=Author.BOT, content=Content(text="Hello")
    )
    set_clock(HOUR_S)
    await database.write(
        outbox.add, message_id=message.id, conversation_id=conversation.id, seq=1, channel="vendor", address="li"
    )
    await bus.publish("outbox", {"conversation_id": conversation.id})
    await until(lambda: vendor.tries > 1)
    set_clock(-HOUR_S)
    await until(lambda: vendor.sent, within_s=15)
    sending.cancel()


def test_a_session_outlives_a_clock_that_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    right, tokens = time.time, Tokens("key", days=30)
    session = Session(address="a", conversation_id="c")
    token = tokens.sign(session)
    for hours in (-2, 2):
        monkeypatch.setattr(time, "time", lambda hours=hours: right() + hours * HOUR_S)
        assert tokens.read(tokens.sign(session)) == session
        assert tokens.read(token) == session


def test_a_session_ends_after_its_days(monkeypatch: pytest.MonkeyPatch) -> None:
    right, tokens = time.time, Tokens("key", days=30)
    monkeypatch.setattr(time, "time", lambda: right() - 31 * 24 * HOUR_S)
    token = tokens.sign(Session(address="a", conversation_id="c"))
    monkeypatch.setattr(time, "time", right)
    assert tokens.read(token) is None
