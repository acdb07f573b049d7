"""Whatever comes in however often and in whatever order is stored once, in the order of acceptance; on any database."""

import asyncio
import itertools
from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.fields import clean_text
from connectors.message import Content, Inbound
from connectors.ports import Accepted
from frontdoor.brain import Brain
from frontdoor.core import Core, CoreSettings
from storage.bus import MemoryBus
from storage.database import Database
from storage.migrate import upgrade
from tests.unit.frontdoor.conftest import unlinked

SETTINGS = CoreSettings(desk="none", text_limit=4000, abandoned_after_s=900, idle_after_s=600, zone="UTC")
IDS = st.sampled_from(["client-001", "client-002", "client-003", "client-004"])
TEXTS = st.text(st.characters(codec=None), min_size=1, max_size=20).map(clean_text).filter(str.strip)
DELIVERIES = st.lists(st.lists(st.tuples(IDS, TEXTS), min_size=1, max_size=4), min_size=1, max_size=5)
"""What arrives: one group after the other, those of a group at once."""

_addresses = itertools.count(1)


@pytest.fixture
async def core(database_url: str) -> AsyncIterator[Core]:
    async def discard(_: object) -> None: ...

    database = Database(database_url)
    await upgrade(database)
    bus = MemoryBus()
    brain = Brain("http://127.0.0.1:9", "nobody-asks", timeout_s=1)
    yield Core(SETTINGS, database=database, bus=bus, brain=brain, link=unlinked, discard=discard)
    await brain.close()
    await bus.close()
    await database.close()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(groups=DELIVERIES)
async def test_every_message_is_stored_once_in_the_order_it_was_accepted(
    core: Core, groups: list[list[tuple[str, str]]]
) -> None:
    address = f"address-{next(_addresses)}"
    accepted: dict[str, Accepted] = {}
    first: dict[str, set[str]] = {}
    for group in groups:
        inbound = [
            Inbound(channel="web", address=address, external_id=each, content=Content(text=text))
            for each, text in group
        ]
        answers = await asyncio.gather(*(core.inbox.accept(each) for each in inbound))
        for (client_id, _), answer in zip(group, answers, strict=True):
            assert accepted.setdefault(client_id, answer) == answer
        for client_id in {client_id for client_id, _ in group} - set(first):
            first[client_id] = {text for each, text in group if each == client_id}
    conversation_id = next(iter(accepted.values())).conversation_id
    history = await core.portal.history(conversation_id, 0)
    assert [message["seq"] for message in history] == list(range(1, len(accepted) + 1))
    assert {message["client_id"]: message["seq"] for message in history} == {
        client_id: answer.seq for client_id, answer in accepted.items()
    }
    for message in history:
        assert message["text"] in first[message["client_id"]]
