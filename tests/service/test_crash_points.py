"""Killed exactly there: at every commit boundary of a turn, a handoff and a sending. Every message is accounted for."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiosmtpd.controller import Controller

from storage import work
from storage.database import Database
from storage.outbox import outbox
from tests.conftest import free_port
from tests.fakes.agent import JSON, Agent
from tests.fakes.commits import writes
from tests.fakes.crashing import POINTS
from tests.fakes.installation import ADMIN_PASSWORD, Installation
from tests.fakes.rasa import ScriptedRasa
from tests.fakes.visitor import Visitor

SAID = [
    "customer: hello",
    "bot: You said: hello",
    "customer: human please",
    "system: You're in line",
    "system: Admin has joined",
    "customer: my number is 7",
    "agent: I am on it.",
    "system: Admin has marked",
    "system: Glad to hear it",
    "system: Thank you for your feedback",
]
AT_THE_DESK = ["hello", "You said: hello", "human please", "my number is 7", "I am on it."]


WHOLE_WAY = (
    "frontdoor/inbox.py: transaction",
    "frontdoor/portal.py: _begin",
    "frontdoor/portal.py: _be_present",
    "frontdoor/conversation.py: _answered",
    "frontdoor/conversation.py: _to_human",
    "frontdoor/conversation.py: _act",
    "frontdoor/desk_lanes.py: _opened",
    "frontdoor/desk_lanes.py: finish",
    "frontdoor/ownership.py: _desk_event",
    "desk/connector.py: _open",
    "desk/acting.py: _append",
    "desk/acting.py: _change",
    "desk/announcer.py: move_up",
    "desk/acting.py: take",
    "desk/acting.py: reply",
    "desk/acting.py: resolve",
)
"""Writes between "hello" and the rating."""
ROUNDABOUT = (
    "frontdoor/conversation.py: apologise",
    "frontdoor/conversation.py: _service_button",
    "frontdoor/conversation.py: finish",
    "frontdoor/lanes.py: postpone",
    "frontdoor/desk_lanes.py: _unreachable",
    "desk/service.py: _set_accepting",
    "desk/acting.py: note",
    "desk/acting.py: transfer",
    "desk/acting.py: hand_back",
)
"""Writes when bot and desk are away for a while, and the ticket goes from hand to hand."""
BEHIND_THE_SCENES = (
    "desk/acting.py: offer",
    "desk/acting.py: take",
    "desk/acting.py: reply",
    "desk/acting.py: escalate",
    "desk/acting.py: result",
    "desk/follow_ups.py: schedule",
    "desk/acting.py: snooze",
    "desk/acting.py: wake_due",
    "desk/acting.py: link",
    "desk/acting.py: merge",
    "desk/acting.py: resolve",
)
"""Writes of a case that is offered, asked about, put off and merged: test_desk_crash_points.py."""
WATCHED = ("desk/acting.py: _notice",)
"""Writes of the desk's watch over what was promised: test_desk_crash_points.py."""
ELSEWHERE = {
    "in test_articles.py, where articles are written, published, rolled back and withdrawn": {
        "desk/knowledge.py: save", "desk/knowledge.py: drop", "desk/publishing.py: publish",
        "desk/publishing.py: roll_back", "desk/publishing.py: withdraw",
    },
    "in test_learning.py, where gaps are found, dismissed, and become drafts": {
        "frontdoor/gaps.py: _keep", "frontdoor/learning.py: dismiss", "frontdoor/learning.py: draft_begun",
    },
    "below, and in test_vendor_crash_points.py, where a message leaves by a vendor": {
        "frontdoor/outbox.py: _claim", "frontdoor/outbox.py: _left", "frontdoor/outbox.py: postpone",
        "frontdoor/timers.py: _mail",
    },
    "one transaction that ends a piece of work, as the turn's does; cut off, the work is found again": {
        "frontdoor/conversation.py: _without_bot", "frontdoor/conversation.py: _file_only",
        "frontdoor/conversation.py: _noted", "frontdoor/conversation.py: _on_the_page", "frontdoor/core.py: _bury",
        "frontdoor/core.py: bury", "frontdoor/desk_lanes.py: _refused", "frontdoor/ownership.py: bury",
        "frontdoor/ownership.py: _answer_elsewhere",
        "frontdoor/media.py: _attach", "frontdoor/intake.py: finish", "frontdoor/intake.py: finish_up_to",
        "frontdoor/undelivered.py: _report",
        "frontdoor/undelivered.py: finish",
    },
    "the same as conversation.py's, while the bot still thinks; cut off, the turn is found again": {
        "frontdoor/asking.py: apologise",
    },
    "in test_helpdesk_crash_points.py, where a helpdesk has the ticket": {
        "frontdoor/desk_intake.py: _promise", "frontdoor/desk_intake.py: _keep",
    },
    "one transaction that is told before the helpdesk is answered; cut off, it calls again": {
        "frontdoor/desk_intake.py: _happened",
    },
    "a notice, told at most once: noted before it leaves; what is cut off then is not told again (test_notices.py)": {
        "frontdoor/notices.py: narrow", "frontdoor/notices.py: finish",
    },
    "one transaction before another desk is asked; cut off, the work is found again": {
        "frontdoor/desk_lanes.py: _moved_on",
    },
    "one transaction that ends a message on its way; cut off, its sending is found again, as one nobody knows of": {
        "frontdoor/undelivered.py: _settle",
    },
    "one transaction before a vendor is acknowledged, as the inbox's is; cut off, the vendor sends it again": {
        "frontdoor/begun.py: _begin", "frontdoor/appointments.py: _book", "frontdoor/appointments.py: _cancel",
        "frontdoor/intake.py: _promise", "frontdoor/intake.py: _reach", "frontdoor/intake.py: transaction",
        "frontdoor/intake.py: _arrived_or_promised",
    },
    "one transaction before anything leaves to a helpdesk; cut off, the same marks are found (test_private_desk.py)": {
        "frontdoor/privacy/private_desk.py: keep",
    },
    "one transaction that ends what a helpdesk does not take; cut off, it is refused, or in the way, again": {
        "frontdoor/desk_lanes.py: _not_taken", "frontdoor/desk_lanes.py: _gives_way",
    },
    "a file that belongs to no message; cut off, it goes with its conversation": {"frontdoor/appointments.py: drop"},
    "one transaction of a sweep, which looks again": {
        "frontdoor/timers.py: _abandon", "frontdoor/timers.py: _idle", "frontdoor/retention.py: drop_failures",
        "frontdoor/aftercare.py: _offer", "frontdoor/aftercare.py: _again", "frontdoor/aftercare.py: _silent",
        "frontdoor/aftercare.py: close", "desk/follow_ups.py: turn",
        "frontdoor/retention.py: finish", "frontdoor/retention.py: _erase_finished",
        "frontdoor/desk_forgetting.py: finish",
        "frontdoor/retention.py: drop_done_work", "frontdoor/retention.py: drop_deliveries",
        "frontdoor/retention.py: drop_expired",
        "desk/signin.py: _tidy", "desk/devices.py: drop_devices", "desk/quality.py: _draw", "desk/training.py: _renew",
        "desk/sla_watch.py: _renew", "desk/sla_watch.py: write_setting",
    },
    "a mark of what was seen or who is here, renewed all the time": {
        "frontdoor/hints.py: _seen", "frontdoor/hints.py: _place", "frontdoor/portal.py: _see",
        "desk/live.py: mark_alive", "desk/live.py: mark_leaving", "desk/live.py: touch_sessions",
        "desk/signin.py: touch_sessions", "desk/devices.py: met",
        "desk/service.py: _read_up_to", "desk/colleagues.py: read_mentions",
    },
    "one transaction of the desk's own watch, which looks again at what is still so": {
        "desk/acting.py: give", "desk/acting.py: lapse", "desk/acting.py: requeue", "desk/acting.py: _warn",
        "desk/search.py: index_some", "desk/devices.py: told",
    },
    "an agent's act on a ticket as those above: one transaction with all that follows; repeated, it changes nothing": {
        "desk/acting.py: attend", "desk/acting.py: block", "desk/acting.py: bounce", "desk/acting.py: consent",
        "desk/acting.py: correct", "desk/acting.py: give_back", "desk/acting.py: hand_over", "desk/acting.py: inform",
        "desk/acting.py: invite", "desk/acting.py: part", "desk/acting.py: pass_on", "desk/acting.py: release",
        "desk/acting.py: reopen", "desk/acting.py: say", "desk/acting.py: settle", "desk/acting.py: take_over",
        "desk/acting.py: unblock", "desk/acting.py: wake", "desk/acting.py: whisper", "desk/acting.py: _link_shown",
        "desk/follow_ups.py: take", "desk/follow_ups.py: done", "desk/follow_ups.py: cancel",
        "desk/follow_ups.py: postpone", "desk/follow_ups.py: reach",
    },
    "in test_report_mail.py, where a report is mailed, or not, or nobody knows": {
        "desk/reports/mailing.py: begin", "desk/reports/mailing.py: sent", "desk/reports/mailing.py: refuse",
        "desk/reports/mailing.py: take_back",
    },
    "a person's own request, who sees that there was no answer": {
        "desk/growth.py: _promote", "desk/growth.py: answer", "desk/quality.py: _write", "desk/quality.py: _appeal",
        "desk/quality.py: _decide", "desk/training.py: add", "desk/training.py: _change", "desk/training.py: _drop",
        "desk/training.py: _assign", "desk/training.py: _answer",
        "desk/api/reports.py: _exported",
        "desk/api/rota.py: add", "desk/api/rota.py: answer", "desk/api/rota.py: ask", "desk/api/rota.py: away",
        "desk/api/rota.py: back", "desk/api/rota.py: bring", "desk/api/rota.py: change", "desk/api/rota.py: decide",
        "desk/api/rota.py: remove", "desk/api/rota.py: take_back", "desk/rota.py: _renewed",
        "desk/staffing_work.py: _adopt",
        "desk/api/tools.py: lift", "desk/macros.py: _add", "desk/macros.py: _change", "desk/macros.py: _drop",
        "desk/reply_drafts.py: _save", "desk/reply_drafts.py: drop_old", "desk/people.py: _add",
        "desk/supervision.py: _put_up", "desk/supervision.py: _take_down", "frontdoor/cards_api.py: put_card",
        "frontdoor/cards_api.py: drop_card", "desk/follow_ups.py: change", "frontdoor/begun.py: _go_on",
        "frontdoor/core.py: url",
        "desk/publishing.py: keep_replay", "desk/originals.py: _show", "frontdoor/resync.py: _repair",
        "desk/elsewhere.py: _again",
        "desk/identities.py: resend", "desk/identities.py: unlink",
        "frontdoor/files.py: _add", "desk/people.py: _change",
        "desk/people.py: _set_password", "desk/service.py: change_agent", "desk/service.py: _present",
        "desk/signin.py: _enter", "desk/signin.py: end_sessions", "desk/signin.py: _replace",
        "desk/signin.py: add_reset", "desk/signin.py: _reset", "desk/signin.py: knock", "desk/signin.py: end",
        "desk/signin.py: note", "desk/second_factor.py: begin_factor", "desk/second_factor.py: remove",
        "desk/second_factor.py: renew", "desk/second_step.py: _if_right", "desk/second_step.py: begin",
        "desk/single_sign_on.py: begin_attempt", "desk/single_sign_on.py: end_attempt",
        "desk/single_sign_on.py: _enter",
        "desk/single_sign_on.py: _link", "desk/single_sign_on.py: part",
    },
}  # fmt: skip
"""Writes without crash points here, and why."""


def test_every_write_of_the_service_is_tried_or_said_why_not() -> None:
    elsewhere = (site for sites in ELSEWHERE.values() for site in sites)
    listed = {*WHOLE_WAY, *ROUNDABOUT, *BEHIND_THE_SCENES, *WATCHED, *elsewhere}
    assert writes() - listed == set(), "new: add it to a way that is crashed there, or say why not"
    assert listed - writes() == set(), "gone"


class PatientAgent:
    """An agent whose console repeats what was not answered, as the real one does."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent

    async def call(self, method: str, path: str, **body: object) -> JSON:
        """A call, until it is answered."""
        while True:
            try:
                return await self._agent.call(method, path, **body)
            except (aiohttp.ClientError, OSError, TimeoutError):
                await asyncio.sleep(0.1)

    async def until(self, path: str, ready: Callable[[JSON], Any]) -> Any:
        """What `ready` finds at `path`, as soon as it finds something."""
        for _ in range(600):
            if found := ready(await self.call("GET", path)):
                return found
            await asyncio.sleep(0.1)
        raise AssertionError(f"{path} was never ready")


async def restarted(installation: Installation) -> None:
    """The service dies at its point, and is started again."""
    await installation.crashed()
    await installation.start()


async def from_hello_to_rated(visitor: Visitor, agent: PatientAgent) -> str:
    """One whole service; returns the ticket's id."""
    await visitor.say("hello")
    await visitor.sees("You said: hello", within_s=60)
    await visitor.say("human please")
    await visitor.sees("in line", within_s=60)
    ticket_id = str((await agent.until("tickets?view=queue", lambda found: found["tickets"]))[0]["id"])
    ticket = f"tickets/{ticket_id}"
    await agent.call("POST", f"{ticket}/take")
    await visitor.sees("has joined", within_s=60)
    await visitor.say("my number is 7")
    await agent.until(ticket, lambda found: "my number is 7" in _texts(found))
    await agent.call("POST", f"{ticket}/messages", client_id="reply-000001", text="I am on it.")
    await visitor.sees("I am on it.", within_s=60)
    await agent.call("POST", f"{ticket}/resolve", note="")
    await visitor.sees("sorted out", within_s=60)
    await visitor.act("solved", solved=True)
    await visitor.sees("rate the help", within_s=60)
    await visitor.act("rate", score=5, comment="")
    await visitor.sees("Thank you for your feedback", within_s=60)
    await agent.until(ticket, lambda found: found["ticket"]["rating"])
    return ticket_id


def _texts(detail: JSON) -> list[str]:
    return [entry["content"].get("text", "") for entry in detail["timeline"] if entry["kind"] == "message"]


async def nothing_left(installation: Installation) -> None:
    """All work is done, and none has failed."""
    database = Database(installation.settings.database_url)
    for _ in range(300):
        if not (counts := await database.read(work.counts))["pending"]:
            break
        await asyncio.sleep(0.1)
    await database.close()
    assert counts == {"pending": 0, "dead": 0}


@pytest.fixture
async def prepared(tmp_path: Path, rasa: ScriptedRasa) -> AsyncIterator[Installation]:
    installation = Installation(tmp_path, rasa.url)
    await installation.prepare()
    await installation.start()
    async with Agent(installation.url, "admin", ADMIN_PASSWORD):
        pass  # signed in once, so that the password is the person's own
    await installation.stop()
    yield installation
    await installation.stop()


def whole_way() -> list[object]:
    """The points of a request's whole way: where two systems must agree always, all of them in the soak test."""
    always = ("inbox, after the commit", "turn, the bot has answered", "handoff, the desk has opened", "reply, after")
    elsewhere = ("outbox", "briefing", "parts", "media", "window", "helpdesk")
    points = [name for name in POINTS if not name.startswith(elsewhere)]
    points += [f"{site} | {when}" for site in WHOLE_WAY for when in ("inside", "after")]
    return [pytest.param(name, marks=[] if name.startswith(always) else pytest.mark.slow) for name in points]


@pytest.mark.parametrize("point", whole_way())
async def test_a_whole_service_survives_a_crash(prepared: Installation, point: str) -> None:
    """given a service that is killed at one point of its work, then all is said once, in order, on one ticket."""
    await prepared.start(crash_at=point)
    again = asyncio.create_task(restarted(prepared))
    async with Agent(prepared.url, "admin", f"{ADMIN_PASSWORD}-changed") as signed_in, Visitor(prepared.url) as visitor:
        agent = PatientAgent(signed_in)
        ticket_id = await from_hello_to_rated(visitor, agent)
        await again
        await visitor.until(lambda: not visitor._pending)
        detail = await agent.call("GET", f"tickets/{ticket_id}")
        everything = [
            each
            for view in ("all", "resolved")
            for each in (await agent.call("GET", f"tickets?view={view}"))["tickets"]
        ]
    await nothing_left(prepared)
    assert len(visitor.transcript) == len(SAID), visitor.transcript
    for text, expected in zip(visitor.transcript, SAID, strict=True):
        assert text.startswith(expected), visitor.transcript
    assert visitor.doubled == []
    assert sorted(visitor.messages) == list(range(1, len(SAID) + 1))
    assert _texts(detail) == AT_THE_DESK
    assert detail["ticket"]["rating"]["score"] == 5
    assert [each["id"] for each in everything] == [ticket_id]


def roundabout() -> list[object]:
    """The points of the way round: the briefing always, all of them in the soak test."""
    points = [f"{site} | {when}" for site in ROUNDABOUT for when in ("inside", "after")]
    points.append("briefing, before the bot is told")
    always = "briefing, the bot has been told"
    return [always, *(pytest.param(point, marks=pytest.mark.slow) for point in points)]


@pytest.mark.parametrize("point", roundabout())
async def test_a_roundabout_way_survives_a_crash(prepared: Installation, rasa: ScriptedRasa, point: str) -> None:
    """given a bot and a desk that are away for a while, and a service that is killed at one point, then all is said
    once.
    """
    rasa.status = 503
    prepared.environment["FRONTDOOR_APOLOGISE_AFTER_S"] = "1"
    await prepared.start(crash_at=point)
    again = asyncio.create_task(restarted(prepared))
    async with Agent(prepared.url, "admin", f"{ADMIN_PASSWORD}-changed") as signed_in, Visitor(prepared.url) as visitor:
        agent = PatientAgent(signed_in)
        await agent.call("PUT", "desk", accepting=False)
        await visitor.say("hello")
        await visitor.sees("having trouble", within_s=60)
        rasa.status = 200
        await visitor.sees("You said: hello", within_s=60)
        await visitor.press("Talk to a human")
        await visitor.sees("reference", within_s=60)
        await agent.call("PUT", "desk", accepting=True)
        ticket_id = str((await agent.until("tickets?view=queue", lambda found: found["tickets"]))[0]["id"])
        ticket = f"tickets/{ticket_id}"
        await agent.call("POST", f"{ticket}/take")
        await visitor.sees("has joined", within_s=60)
        await agent.call("POST", f"{ticket}/notes", client_id="note-000001", text="A dealer.")
        await agent.call("POST", f"{ticket}/transfer", tier="coordinator", agent_id="", note="")
        await visitor.sees("in line for another colleague", within_s=60)
        await agent.call("POST", f"{ticket}/take")
        await visitor.until(lambda: visitor.state["owner"] == "agent", within_s=60)
        await agent.call("POST", f"{ticket}/return", briefing="The parcel was sent again.")
        await visitor.until(lambda: visitor.state["owner"] == "bot", within_s=60)
        await visitor.say("thanks")
        await visitor.sees("You said: thanks", within_s=60)
        await again
        detail = await agent.call("GET", ticket)
    await nothing_left(prepared)
    assert visitor.doubled == []
    assert sorted(visitor.messages) == list(range(1, len(visitor.messages) + 1))
    said = [text for text in visitor.transcript if not text.startswith("system: ")]
    assert said[:2] == ["customer: hello", "bot: You said: hello"]
    assert said[-2:] == ["customer: thanks", "bot: You said: thanks"]
    assert len([text for text in visitor.transcript if "reference" in text]) == 1
    events = [entry["event"] for entry in detail["timeline"] if entry["kind"] == "event"]
    assert events == ["opened", "taken", "transferred", "taken", "returned"]
    assert len([entry for entry in detail["timeline"] if entry["kind"] == "note"]) == 1
    assert set(rasa.briefings) == {"The parcel was sent again."}


class Mailbox:
    """Keeps the mails it gets."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.mails.append(envelope.content)
        return "250 OK"


@pytest.fixture
async def mailbox() -> AsyncIterator[tuple[Mailbox, int]]:
    box, port = Mailbox(), free_port()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    yield box, port
    server.stop()


@pytest.mark.parametrize(
    ("point", "mails", "status"),
    [
        ("outbox, before the claim", 1, "sent"),
        ("outbox, claiming in the transaction", 1, "sent"),
        ("outbox, claimed", 0, "unknown"),
        ("outbox, sent", 1, "unknown"),
        ("outbox, settling in the transaction", 1, "unknown"),
    ],
)
async def test_what_leaves_by_a_vendor_is_never_sent_twice(
    tmp_path: Path, rasa: ScriptedRasa, mailbox: tuple[Mailbox, int], point: str, mails: int, status: str
) -> None:
    """given a mail whose sending is cut off at one point, then it leaves once, or is marked as one nobody knows of."""
    box, port = mailbox
    mail = {"smtp_url": f"smtp://127.0.0.1:{port}", "from": "support@hearthline.example"}
    installation = Installation(tmp_path, rasa.url, mail=mail)
    await installation.prepare()
    await installation.start(crash_at=point)
    try:
        async with Visitor(installation.url) as visitor:
            async with Agent(installation.url, "admin", ADMIN_PASSWORD) as agent:
                await visitor.act("contact", email="li@example.com")
                await visitor.say("human please")
                await visitor.sees("in line", within_s=60)
                ticket_id = str((await agent.queue())[0]["id"])
                await agent.take(ticket_id)
                await agent.reply(ticket_id, "It leaves tomorrow.")
            await restarted(installation)
            await visitor.sees("It leaves tomorrow.", within_s=60)
        assert await became(installation) == status
    finally:
        await installation.stop()
    assert len(box.mails) == mails


async def became(installation: Installation) -> str:
    """What the outbox says of its one message, once it is settled."""
    database = Database(installation.settings.database_url)
    for _ in range(300):
        if (status := await database.read(_status)) not in {"pending", "sending"}:
            break
        await asyncio.sleep(0.1)
    await database.close()
    return status


def _status(tx: Any) -> str:
    return str(tx.execute(outbox.select()).one().status)
