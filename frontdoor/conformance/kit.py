"""What checks are made of, and how they are run: one after the other, each with tickets of its own."""

import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from connectors.desk import Handoff
from connectors.desk_protocol import LONGEST_ID
from connectors.message import JSON
from frontdoor.conformance import samples
from frontdoor.conformance.client import Answer, Client, FailedCheck, NotChecked
from frontdoor.conformance.listener import Listener

PASSED, FAILED, NOT_CHECKED = "passed", "failed", "not checked"


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that must be so. `name` is for programs, `title` for people."""

    name: str
    title: str
    do: Callable[["Kit"], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of a check. `remedy` is what the endpoint's makers can do."""

    name: str
    title: str
    outcome: str
    what: str = ""
    remedy: str = ""
    seconds: float = 0.0

    def to_json(self) -> JSON:
        """For programs."""
        return asdict(self)


@dataclass(kw_only=True)
class Kit:
    """The endpoint under test, what was opened there, and where its events come, if anywhere."""

    client: Client
    listener: Listener | None = None
    opened: list[str] = field(default_factory=list)

    async def open(self, packet: Handoff | None = None) -> str:
        """A new ticket's id. Raises `FailedCheck`."""
        packet = packet or samples.handoff()
        return self.ticket_in(await self.client.ask("open", packet.id, **samples.request(packet)))

    def ticket_in(self, answer: Answer) -> str:
        """The ticket in the answer to `open`. Raises `FailedCheck`."""
        remedy = 'Answer `open` with 200 and {"ticket_id": "…"}: text of at most 64 characters without spaces.'
        if not answer.good:
            raise FailedCheck(f"`open` was answered {answer.status}", remedy)
        ticket_id = answer.body.get("ticket_id")
        if not isinstance(ticket_id, str) or not 0 < len(ticket_id) <= LONGEST_ID or len(ticket_id.split()) != 1:
            raise FailedCheck("the answer to `open` has no proper ticket_id", remedy)
        self.opened.append(ticket_id)
        return ticket_id

    async def ask(self, kind: str, *, key: str = "", **values: Any) -> Answer:
        """A request that must be taken. Raises `FailedCheck`."""
        answer = await self.client.ask(kind, key or f"{kind}-{secrets.token_hex(8)}", **values)
        if not answer.good:
            raise FailedCheck(f"`{kind}` was answered {answer.status}", "Answer 200 to what you have done.")
        return answer

    async def shown(self, ticket_id: str) -> JSON:
        """What the ticket looks like there. Raises `NotChecked` where the endpoint does not tell."""
        answer = await self.client.ask("show", f"show-{secrets.token_hex(8)}", ticket_id=ticket_id)
        if not answer.good or not isinstance(answer.body.get("lines"), list):
            raise NotChecked("the endpoint does not answer `show`, so look in the ticket yourself")
        return answer.body

    async def said(self, ticket_id: str) -> list[str]:
        """The texts in the ticket, in order."""
        return [str(each.get("text")) for each in (await self.shown(ticket_id))["lines"] if isinstance(each, dict)]


async def run(kit: Kit, checks: Sequence[Check], progress: Callable[[str], None]) -> list[Result]:
    """All checks, in order; when nobody answers the first, the others are not tried. Leaves no tickets behind where the
    endpoint forgets.
    """
    results: list[Result] = []
    for each in checks:
        progress(f"{len(results) + 1} of {len(checks)}: {each.title}")
        results.append(await _result(kit, each))
        if len(results) == 1 and results[0].outcome == FAILED and each.name == "ping":
            break
    for ticket_id in dict.fromkeys(kit.opened):
        try:
            await kit.client.ask("forget", f"forget-{ticket_id}", ticket_id=ticket_id)
        except FailedCheck:
            break
    return results


async def _result(kit: Kit, check: Check) -> Result:
    begin = time.monotonic()
    outcome, what, remedy = PASSED, "", ""
    try:
        await check.do(kit)
    except FailedCheck as failed:
        outcome, what, remedy = FAILED, str(failed), failed.remedy
    except NotChecked as unclear:
        outcome, what = NOT_CHECKED, str(unclear)
    took = round(time.monotonic() - begin, 3)
    return Result(name=check.name, title=check.title, outcome=outcome, what=what, remedy=remedy, seconds=took)
