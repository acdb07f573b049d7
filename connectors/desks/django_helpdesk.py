"""django-helpdesk (https://django-helpdesk.readthedocs.io), by its API: a ticket with what was asked, and followups
that only its people see, the packet first of all.

https://django-helpdesk.readthedocs.io/en/stable/api.html. It has no search, tells no names, and runs comments as
templates; docs/desks/django_helpdesk.md has the steps over there.
"""

import time
from collections.abc import AsyncIterator, Sequence

import structlog

from connectors.channel import Finding, Request, Standing
from connectors.desk import Handoff, Look, News
from connectors.desk_answers import milliseconds, ticket_number
from connectors.desk_ports import Attempt, DeskPorts, Opened
from connectors.desks.django_helpdesk_api import DjangoHelpdeskApi
from connectors.desks.django_helpdesk_settings import DjangoHelpdeskSettings
from connectors.desks.django_helpdesk_words import shown
from connectors.errors import Forged, SendError, Undeliverable
from connectors.fields import Fields, is_email, parse_json
from connectors.findings import bad, failed, good
from connectors.helpdesk import Helpdesk
from connectors.helpdesk_model import Draft, Features, Post, Remark, RemoteFile, Thread, TicketState
from connectors.http import same_secret
from connectors.message import JSON
from connectors.packet_document import subject

log = structlog.get_logger(__name__)

PRIORITIES = {"low": "4", "normal": "3", "high": "2", "urgent": "1"}
"""1 is "Critical", 5 "Very Low"."""
SKEW_S = 600
"""How far its clock may be from ours."""
LATE_S = 60
"""A followup has its number before others see it, so one may come late, behind a higher one."""
CORRECTED_S = 3600
AGAIN_S = 60
"""Corrections leave no trace but in the ticket: where something was said in the last hour, we look each minute."""


class DjangoHelpdesk(Helpdesk):
    """The connector. Whoever opened a ticket is the account that we use."""

    Settings = DjangoHelpdeskSettings
    standing = Standing.INDEPENDENT
    features = Features(
        packet_apart=True,
        calls_us="a secret in the address, then read back",
        finds="the newest tickets, by reference",
        forgets=True,
        returns="a status of your own",
    )

    def __init__(self, settings: DjangoHelpdeskSettings, ports: DeskPorts) -> None:
        super().__init__(settings, ports)
        self._settings = settings
        token = settings.token.get_secret_value()
        self._api = DjangoHelpdeskApi(settings.url, settings.user, token, self._pace, settings.file_types)

    # what is asked there

    async def find(self, attempt: Attempt) -> Opened | None:
        """By the reference in the title, among the tickets that were opened since."""
        since = attempt.began_at - SKEW_S * 1000
        async for page in self._api.newest("tickets"):
            for ticket in page:
                if f"[{attempt.reference}]" in str(ticket.get("title")):
                    return self._opened_as(ticket)
                if _entries(ticket) and _at(_entries(ticket)[0]) < since:
                    return None
        return None

    async def create(self, draft: Draft) -> Opened:
        """A ticket with what was asked: a submitter may read it."""
        handoff = draft.handoff
        asked = handoff.question or handoff.summary or handoff.reason_detail or handoff.reference
        priority = draft.priority or PRIORITIES[handoff.urgency]
        fields = {f"custom_{name}": str(value) for name, value in draft.fields.items() if value}
        ticket = {
            "queue": draft.queue, "title": subject(handoff), "description": shown(asked), "priority": priority, **fields
        }  # fmt: skip
        if submitter := self._submitter(handoff):
            ticket["submitter_email"] = submitter
        made = await self._api.make(ticket)
        if ignored := sorted(name for name in fields if made.get(name) in (None, "")):
            log.warning("desk.fields_ignored", desk=self.name, fields=ignored)
        return self._opened_as(made)

    async def post(self, ticket_id: str, post: Post) -> str:
        """A followup that is not public. In a resolved ticket it would become the resolution, so that is put back."""
        number, words = str(ticket_number(ticket_id)), self.written(post)
        before = await self._api.ticket(number)
        said = await self._api.say(number, words, post.files)
        if before.get("status") in self._settings.closed_statuses:
            await self._keep_resolution(number, before)
        if str(said.get("comment")).split() != words.split():
            log.warning("desk.words_changed", desk=self.name, entry=said["id"])
        return str(said["id"])

    def written(self, post: Post) -> str:
        """What people read as the heading and the text; so it is given back, too."""
        return shown(f"{post.heading}\n{post.text}".strip())

    async def thread(self, ticket_id: str, since: str) -> Thread:
        """The ticket with all its followups."""
        number = str(ticket_number(ticket_id))
        ticket = await self._api.ticket(number)
        said = _entries(ticket)
        us = said[0].get("user") if said else None
        owner = ticket.get("assigned_to")
        owned = owner is not None and owner != us
        return Thread(
            state=self._state(ticket), remarks=tuple(self._remark(each, us) for each in said),
            owner_id=str(owner) if owned else "", owner_name=self._name(owner) if owned else "", complete=True,
        )  # fmt: skip

    async def move(self, ticket_id: str, state: TicketState) -> None:
        """Give it the status, and look whether it has it."""
        number = str(ticket_number(ticket_id))
        wanted = self._settings.open_status if state is TicketState.OPEN else self._settings.resolved_status
        if self._state(await self._api.ticket(number)) is state:
            return
        if self._state(await self._api.change(number, {"status": wanted})) is not state:
            raise Undeliverable(f"django-helpdesk does not let us give a ticket the status {wanted}")

    async def changed(self, since: str) -> tuple[Sequence[str], str]:
        """By the numbers of followups. The cursor has the number up to which nothing comes late any more, the time when
        recent tickets were last looked at again, and the numbers above that were told: `4711 1764280000 4713 4714`.
        """
        now = time.time()
        settled, again, *told = [int(each) for each in since.split()] or [0, 0]
        if not since:
            async for page in self._api.newest("followups"):
                return (), f"{max([0, *(int(each['id']) for each in page)])} {int(now)}"
        recent = await self._recent(settled, now - CORRECTED_S)
        above = {int(each["id"]): each for each in recent if int(each["id"]) > settled}
        late = sorted(number for number, each in above.items() if _at(each) / 1000 > now - LATE_S)
        settled = max([settled, *(above.keys() - set(late))])
        if now - again > AGAIN_S:
            told, again = [], int(now)
        else:
            recent = list(above.values())
        tickets = [str(each["ticket"]) for each in recent if int(each["id"]) not in told]
        return tickets, " ".join(map(str, (settled, again, *late)))

    async def forget(self, ticket_id: str) -> None:
        """Delete the ticket with its files."""
        await self._api.delete(str(ticket_number(ticket_id)))

    def fetch(self, file: RemoteFile) -> AsyncIterator[bytes]:
        """The bytes of a file of a reply."""
        return self._api.file(file.ref)

    async def check(self) -> list[Finding]:
        """The account, the queues, custom fields and statuses."""
        queues = sorted({self._common.queue, *(each.queue for each in self._common.placements.values())} - {""})
        try:
            fields = await self._api.fields()
            there = {name: name.isdecimal() and await self._api.has_queue(name) for name in queues}
        except SendError as error:
            return [failed("django-helpdesk does not let us in", error, "Compare url and token; it must be staff.")]
        found = [good("django-helpdesk lets our account in")]
        for name in queues:
            remedy = "Write its number; with permissions per queue, give the account that of this queue."
            found.append(
                good(f"queue {name} takes our tickets")
                if there[name]
                else bad(f"we may make no tickets in queue {name}", remedy)
            )
        if missing := sorted(name for name in self._common.fields if f"custom_{name}" not in fields):
            found.append(bad(f"tickets have no fields {', '.join(missing)}", "Compare the names of its custom fields."))
        required = {name.removeprefix("custom_") for name, each in fields.items() if _is_required(name, each)}
        if missing := sorted(required - set(self._common.fields)):
            found.append(bad(f"each ticket must have {', '.join(missing)}", "Say under `fields` what they get."))
        return found + self._status_findings(fields) + self._other_findings()

    async def close(self) -> None:
        """Release connections."""
        await self._api.close()

    # what is said here

    def verify(self, request: Request) -> None:
        """The secret in the address: the site does not sign, so what it says is only ever a reason to look."""
        secret = self._settings.webhook_secret.get_secret_value()
        if not secret or not same_secret(request.query.get("secret", ""), secret):
            raise Forged("the secret is wrong", code="bad_secret")

    def parse(self, request: Request) -> Sequence[News]:
        """The number of a ticket, which is read then."""
        said = Fields(parse_json(request.body)).data
        return (Look(ticket_id=str(Fields(said.get("ticket"), within="ticket").whole("id", 1, 1 << 62))),)

    # small parts

    async def _recent(self, settled: int, since: float) -> list[JSON]:
        """The followups above a number, and those that are newer than a time."""
        found: list[JSON] = []
        async for page in self._api.newest("followups"):
            some = [each for each in page if int(each["id"]) > settled or _at(each) / 1000 > since]
            found += some
            if len(some) < len(page):
                break
        return found

    def _submitter(self, handoff: Handoff) -> str:
        email = str(handoff.customer.get("email") or "")
        return email if self._common.users == "create" and is_email(email) else self._common.requester

    async def _keep_resolution(self, number: str, before: JSON) -> None:
        try:
            await self._api.change(number, {"resolution": before.get("resolution")})
        except SendError:
            log.warning("desk.resolution_lost", desk=self.name, ticket=number)  # the followup is there

    def _remark(self, entry: JSON, us: object) -> Remark:
        """A followup. What came by e-mail or from the public page is a customer's."""
        user, comment = entry.get("user"), str(entry.get("comment") or "").strip()
        files = tuple(_file(each) for each in entry.get("followupattachment_set") or ())
        answers = user is not None and user != us and not entry.get("message_id")
        return Remark(
            id=str(entry["id"]),
            at=_at(entry),
            text=comment,
            public=bool(entry.get("public") and answers and (comment or files)),
            ours=user == us,
            author_id=str(user or ""),
            author_name=self._name(user),
            files=files,
        )

    def _name(self, user: object) -> str:
        return self._settings.agents.get(str(user), "")

    def _state(self, ticket: JSON) -> TicketState:
        status = ticket.get("status")
        if status in self._settings.closed_statuses or ticket.get("merged_to"):
            return TicketState.RESOLVED
        returned = self._settings.returned_status and status == self._settings.returned_status
        return TicketState.RETURNED if returned else TicketState.OPEN

    def _status_findings(self, fields: JSON) -> list[Finding]:
        given = fields.get("status")
        known = {each.get("value") for each in (given.get("choices") if isinstance(given, dict) else None) or ()}
        named = {self._settings.open_status, self._settings.resolved_status, *self._settings.closed_statuses}
        named |= {self._settings.returned_status} - {0}
        missing = sorted(named - known) if known else []
        what = f"there is no status {', '.join(map(str, missing))}"
        return [bad(what, f"Known: {', '.join(map(str, sorted(known)))}.")] if missing else []

    def _other_findings(self) -> list[Finding]:
        found: list[Finding] = []
        if self._common.tags or any(each.tags for each in self._common.placements.values()):
            found.append(bad("django-helpdesk has no tags", "Take `tags` away; use a custom field (`fields`) instead."))
        if not self._settings.agents and self._common.agent_names != "team":
            remedy = "Name its people under `agents`, or set agent_names: team."
            found.append(bad("the site does not tell agents' names: customers do not read who answers", remedy))
        if not self._settings.webhook_secret.get_secret_value():
            found.append(good(f"no webhook_secret: django-helpdesk is asked every {self._common.poll_s:g} s"))
        return found

    def _opened_as(self, ticket: JSON) -> Opened:
        number = str(ticket["id"])
        return Opened(ticket_id=number, number=number, url=f"{self._settings.url}/tickets/{number}/")


def _entries(ticket: JSON) -> list[JSON]:
    """The followups of a ticket, in the order in which they were made."""
    found = [each for each in ticket.get("followup_set") or () if isinstance(each, dict)]
    return sorted(found, key=lambda each: int(each["id"]))


def _file(data: JSON) -> RemoteFile:
    return RemoteFile(
        ref=str(data.get("file")), name=str(data.get("filename") or "file"),
        media_type=str(data.get("mime_type") or ""), size=int(data.get("size") or 0),
    )  # fmt: skip


def _is_required(name: str, field: object) -> bool:
    return name.startswith("custom_") and isinstance(field, dict) and bool(field.get("required"))


def _at(entry: JSON) -> int:
    return milliseconds(entry.get("date"))
