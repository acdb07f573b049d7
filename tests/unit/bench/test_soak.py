"""The account of a storm finds what is wrong: whatever is lost, doubled, out of order or said at the wrong time."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from bench.soak.accounts import Account, Stored, audit
from bench.soak.page import Page

JSON = dict[str, Any]
ANSWER = {"decision": "answer", "intent": "kb_answer", "ranking": [{"id": "delivery-times"}]}


def message(seq: int, author: str, text: str = "", **more: Any) -> JSON:
    return {
        "id": f"m{seq}", "seq": seq, "author": author, "client_id": "", "text": text, "kind": "", "article": None,
        "evidence": None, **more,
    }  # fmt: skip


def asked(seq: int, client_id: str, **more: Any) -> JSON:
    return message(seq, "customer", client_id=client_id, **{"evidence": ANSWER, **more})


def answer(seq: int) -> JSON:
    return message(seq, "bot", "1-3 days.", article="delivery-times")


@pytest.fixture
async def page() -> Page:
    """A customer who asked, was answered, and then served by a human; all as it must be."""
    async with aiohttp.ClientSession() as http:
        page = Page(http, "", "en", "li")
    page.conversation_id = "c"
    page.said = ["li-1", "li-2"]
    for seq, frame in ((1, "li-1"), (4, "li-2")):
        page.acks[frame] = {"type": "ack", "client_id": frame, "message_id": f"m{seq}", "seq": seq}
    page.delivered = [1, 2, 3, 4, 5, 6]
    page.shown = {seq: {} for seq in page.delivered}
    return page


@pytest.fixture
def stored() -> Stored:
    return Stored(
        messages={
            "c": [
                asked(1, "li-1"), answer(2), message(3, "system", kind="agent_joined"),
                asked(4, "li-2", evidence=None), message(5, "agent", "Line 1"), message(6, "system", kind="returned"),
            ]
        },
        turns={"m1": ["done"], "m4": ["done"]},
        handoffs=[{"id": "h", "conversation_id": "c", "seq": 2, "reference": "FD-1", "ticket_id": "t"}],
        tickets={"h": [{"id": "t"}]},
        at_desk={"m4": [("t", "c")]},
        left_over={"work": 0, "outbox": 0, "ticket": 0},
    )  # fmt: skip


def with_messages(stored: Stored, change: Callable[[list[JSON]], list[JSON]]) -> Stored:
    return replace(stored, messages={"c": change(list(stored.messages["c"]))})


def test_what_is_as_it_must_be_is_clean(page: Page, stored: Stored) -> None:
    account = audit(stored, [page], ["Line 1"])
    assert account.clean, account.wrong
    assert (account.sent, account.acknowledged, account.stored, account.answered, account.to_humans) == (2, 2, 2, 1, 1)
    assert (account.handoffs, account.tickets, account.replies) == (1, 1, 1)


@pytest.mark.parametrize(
    ("kind", "spoil"),
    [
        ("lost", lambda stored: with_messages(stored, lambda all_: all_[1:])),
        ("lost", lambda stored: with_messages(stored, lambda all_: [m for m in all_ if m["author"] != "bot"])),
        ("lost", lambda stored: replace(stored, turns={"m1": ["done"], "m4": ["dead"]})),
        ("lost", lambda stored: replace(stored, at_desk={})),
        ("lost", lambda stored: replace(stored, tickets={})),
        ("lost", lambda stored: with_messages(stored, lambda all_: [*all_, message(7, "system")])),
        ("doubled", lambda stored: replace(stored, tickets={"h": [{"id": "t"}, {"id": "u"}]})),
        ("doubled", lambda stored: with_messages(stored, lambda all_: [*all_, asked(7, "li-1")])),
        ("doubled", lambda stored: with_messages(stored, lambda all_: [*all_, answer(7)])),
        ("doubled", lambda stored: with_messages(stored, lambda all_: [*all_, message(7, "agent", "Line 1")])),
        ("out_of_order", lambda stored: with_messages(stored, lambda all_: [all_[3], *all_[:3], *all_[4:]])),
        ("bot_after_human", lambda stored: with_messages(stored, lambda all_: [*all_[:4], answer(5), *all_[5:]])),
        ("left_over", lambda stored: replace(stored, left_over={"work": 1})),
    ],
)
def test_what_is_wrong_in_the_store_is_found(
    page: Page, stored: Stored, kind: str, spoil: Callable[[Stored], Stored]
) -> None:
    assert getattr(audit(spoil(stored), [page], ["Line 1"]), kind) > 0


def spoilt(page: Page, stored: Stored, *replies: str) -> Account:
    return audit(stored, [page], replies)


def test_what_a_page_was_not_shown_is_lost(page: Page, stored: Stored) -> None:
    del page.shown[5]
    assert spoilt(page, stored).lost == 1


def test_what_a_page_was_shown_twice_is_doubled(page: Page, stored: Stored) -> None:
    page.delivered.append(6)
    assert spoilt(page, stored).doubled == 1


def test_what_a_page_was_shown_in_disorder_is_out_of_order(page: Page, stored: Stored) -> None:
    page.delivered = [2, 1, 3, 4, 5, 6]
    assert spoilt(page, stored).out_of_order == 1


def test_a_message_that_was_never_acknowledged_is_lost(page: Page, stored: Stored) -> None:
    del page.acks["li-2"]
    assert spoilt(page, stored).lost == 1


def test_a_reply_that_the_desk_accepted_and_nobody_saw_is_lost(page: Page, stored: Stored) -> None:
    assert spoilt(page, stored, "Line 1", "Line 2").lost == 1


def test_a_conversation_that_was_taken_away_is_counted(page: Page, stored: Stored) -> None:
    page.sessions_ended = 1
    assert spoilt(page, stored).sessions_ended == 1
