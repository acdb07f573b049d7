"""Freshdesk (https://www.freshworks.com/freshdesk/): private notes are ours; replies and public notes are for the
customer.

https://developers.freshdesk.com/api/#tickets and #conversations; docs/desks/freshdesk.md has the steps over there. A
ticket's description is shown to its requester, so it has only what they asked; the packet follows as a private note.
"""

import html
import re
import time
from collections.abc import AsyncIterator, Sequence

from connectors.channel import Finding, Request, Standing
from connectors.desk import Handoff, Look, News
from connectors.desk_answers import all_there, milliseconds, only_asked, prove_secret, stamp, ticket_number
from connectors.desk_ports import Attempt, DeskPorts, Opened
from connectors.desks.freshdesk_api import FreshdeskApi, form
from connectors.desks.freshdesk_fields import typed
from connectors.desks.freshdesk_people import SHARED, requester
from connectors.desks.freshdesk_settings import PRIORITIES, FreshdeskSettings
from connectors.errors import Malformed, OutcomeUnknown, SendError
from connectors.fields import Fields, parse_json
from connectors.findings import bad, failed, good
from connectors.helpdesk import Helpdesk
from connectors.helpdesk_model import Draft, Features, Post, Remark, RemoteFile, Thread, TicketState
from connectors.html_text import to_text
from connectors.message import JSON
from connectors.packet_document import as_text, subject
from connectors.packet_length import shortened
from connectors.vendor import VendorClient

CHAT, REPLY, NOTE = 7, 0, 2
"""`source` of a ticket from a chat; of a reply and a note. Forwarded mails (8) and others are not for the customer."""
DONE = frozenset({4, 5})  # resolved, closed
LENGTH = 60_000
"""Of one note; Freshdesk names no limit."""
SKEW_S = 300
"""How far Freshdesk's clock may be from ours."""
SETTLED_S = 5
"""Seconds after which nothing more can have happened in a second that was asked for."""
MOST = 500
"""Changed tickets of one look."""
HEADER = "x-front-door-secret"
_HEADING = re.compile(r"^== (.*)$", re.MULTILINE)
"""A heading in the packet's text."""


class Freshdesk(Helpdesk):
    """The connector. Replies cannot be changed there; notes can, and be deleted: both are seen."""

    Settings = FreshdeskSettings
    standing = Standing.UNVERIFIED
    features = Features(
        packet_apart=True,
        calls_us="a secret header, then read back",
        finds="the list of tickets changed since, by reference",
        finds_after_s=30,
        file_bytes=20_000_000,
        text_length=LENGTH,
        forgets=True,
        returns="a tag",
    )

    def __init__(self, settings: FreshdeskSettings, ports: DeskPorts) -> None:
        super().__init__(settings, ports)
        self._settings = settings
        self._api = FreshdeskApi(settings.url, settings.key.get_secret_value(), self._pace)
        self._files = VendorClient("Freshdesk", settings.url)
        self._done = DONE | {settings.resolved_status}

    # what is asked there

    async def find(self, attempt: Attempt) -> Opened | None:
        """By the reference in the subject, in the list: the search knows a new ticket only minutes later."""
        since = stamp(attempt.began_at / 1000 - SKEW_S)
        async for page in self._api.pages("tickets", updated_since=since, order_by="created_at", order_type="asc"):
            for ticket in page:
                if attempt.reference in str(ticket.get("subject")):
                    return self._opened_as(ticket)
        return None

    async def create(self, draft: Draft) -> Opened:
        """A ticket with what was asked, as from a chat."""
        handoff, groups = draft.handoff, await self._api.groups() if draft.queue else {}
        asked = handoff.question or handoff.summary or handoff.reason_detail or handoff.reference
        ticket = {
            "subject": subject(handoff),
            "description": _paragraph(asked),
            "source": CHAT,
            "status": self._settings.open_status,
            "priority": PRIORITIES[(draft.priority or handoff.urgency).lower()],
            "type": self._settings.type,
            "group_id": int(draft.queue) if draft.queue.isdecimal() else groups.get(draft.queue),
            "tags": [tag.strip()[:32] for tag in draft.tags],
            "custom_fields": await self._fields(draft.fields),
            **await requester(self._api, self._common, handoff),
        }
        given = {name: each for name, each in ticket.items() if each not in (None, "", [], {})}
        return self._opened_as(await self._api.one("POST", "tickets", json=given))

    def packet(self, handoff: Handoff) -> str:
        """The packet with as much of the conversation's end as fits."""
        return shortened(handoff, LENGTH, lambda each: self._document(each, as_text))

    def written(self, post: Post) -> str:
        """Headings come back without their marks."""
        return _HEADING.sub(r"\1", super().written(post))

    async def post(self, ticket_id: str, post: Post) -> str:
        """A private note. Files of one ticket have 20 MB together: where they do not fit, their names stand there."""
        path, words = f"tickets/{ticket_number(ticket_id)}/notes", f"{post.heading}\n{post.text}".strip()
        if not post.files:
            note = {"body": _paragraph(words), "private": True}
            return str((await self._api.one("POST", path, json=note))["id"])
        sent = form({"body": _paragraph(words), "private": "true"}, post.files)
        answer = await self._api.ask("POST", path, data=sent, fine={400, 413})
        if answer.status in {400, 413}:
            named = "\n".join([words, *(f"[{each.name}]" for each in post.files)])
            return str((await self._api.one("POST", path, json={"body": _paragraph(named), "private": True}))["id"])
        if not isinstance(made := answer.json().get("id"), int):
            raise OutcomeUnknown("Freshdesk does not say which note it has made")
        return str(made)

    async def thread(self, ticket_id: str, since: str) -> Thread:
        """The ticket with all its notes and replies."""
        number = ticket_number(ticket_id)
        me, ticket = (await self._api.me())["id"], await self._api.ticket(number)
        said = await self._api.all(f"tickets/{number}/conversations")
        owner = int(ticket.get("responder_id") or me)
        owned = owner != me
        return Thread(
            state=self._state(ticket),
            remarks=tuple([await self._remark(each, ticket, me) for each in said]),
            owner_id=str(owner) if owned else "", owner_name=(await self._api.agent(owner) or "") if owned else "",
            complete=True,
        )  # fmt: skip

    async def move(self, ticket_id: str, state: TicketState) -> None:
        """Resolve it, or open it again."""
        number, solve = ticket_number(ticket_id), state is not TicketState.OPEN
        ticket = await self._api.ticket(number)
        if (ticket.get("status") in self._done) != solve:
            wanted = self._settings.resolved_status if solve else self._settings.open_status
            await self._api.ask("PUT", f"tickets/{number}", json={"status": wanted})

    async def changed(self, since: str) -> tuple[Sequence[str], str]:
        """By the time of their last change; those of the last second that were told are named in the cursor."""
        if not since:
            return (), stamp(time.time())
        newest, _, told = since.partition(" ")
        found: list[JSON] = []
        pages = self._api.pages("tickets", updated_since=newest, order_by="updated_at", order_type="asc")
        async for page in pages:
            found += page
            if len(found) >= MOST:
                break
        fresh = [each for each in found if f"{each.get('id')}" not in told.split(",") or each["updated_at"] != newest]
        newest = max([newest, *(str(each.get("updated_at") or "") for each in found)])
        if time.time() - milliseconds(newest) / 1000 > SETTLED_S:
            newest += " " + ",".join(str(each["id"]) for each in found if each.get("updated_at") == newest)
        return [str(each["id"]) for each in fresh], newest.strip()

    async def forget(self, ticket_id: str) -> None:
        """Put the ticket into the trash; with `delete_contacts` delete the contact, and so all their tickets, for good.

        Never the contact that stands for many.
        """
        number = ticket_number(ticket_id)
        answer = await self._api.ask("GET", f"tickets/{number}", fine={404})
        await self._api.ask("DELETE", f"tickets/{number}", fine={404, 405})
        if not self._settings.delete_contacts or answer.status == 404:
            return
        path = f"contacts/{answer.json().get('requester_id')}"
        contact = await self._api.ask("GET", path, fine={404})
        person = contact.json()
        shared = person.get("unique_external_id") == SHARED or person.get("email") == self._common.requester.lower()
        if contact.status != 404 and not shared:
            await self._api.ask("DELETE", f"{path}/hard_delete", params={"force": "true"}, fine={404})

    def fetch(self, file: RemoteFile) -> AsyncIterator[bytes]:
        """The bytes of an attachment, whose address is signed: who we are is not shown."""
        return self._files.download(file.ref)

    async def check(self) -> list[Finding]:
        """The key, what is named in the settings, and whether Freshdesk may call."""
        try:
            me, groups, fields = await self._api.me(), await self._api.groups(), await self._api.fields()
            knows = await self._api.ask("GET", f"agents/{me['id']}", fine={403})
        except SendError as error:
            return [failed("Freshdesk does not let us in", error, "Compare url and key; the agent must be active.")]
        found = [good(f"Freshdesk knows us as {(me.get('contact') or {}).get('name')}")]
        found += all_there("Freshdesk", "group", self._common.queues, set(groups), numbers=True)
        found += all_there("Freshdesk", "field", self._common.fields, set(fields), numbers=True)
        if knows.status == 403 and self._common.agent_names != "team":
            remedy = "Make it an administrator, or set agent_names: team."
            found.append(bad("the account may not know agents' names: customers do not read who answers", remedy))
        return found + only_asked("Freshdesk", self._settings.webhook_secret.get_secret_value(), self._common.poll_s)

    async def close(self) -> None:
        """Release connections."""
        await self._api.close()
        await self._files.close()

    # what is said here

    def verify(self, request: Request) -> None:
        """The secret in the header: Freshdesk does not sign, so what it says is only ever a reason to look."""
        prove_secret(request, HEADER, self._settings.webhook_secret.get_secret_value())

    def parse(self, request: Request) -> Sequence[News]:
        """Whatever it says, the ticket is read. Freshdesk's simple content comes in `freshdesk_webhook`."""
        said = Fields(parse_json(request.body))
        ticket = (said.object("freshdesk_webhook") or said).data.get("ticket_id")
        if isinstance(ticket, bool) or not re.fullmatch(r"[0-9]{1,18}", str(ticket)):
            raise Malformed("must be a ticket's number", code="bad_frame", field="ticket_id")
        return (Look(ticket_id=str(ticket)),)

    # small parts

    def _state(self, ticket: JSON) -> TicketState:
        if self._settings.return_tag in (ticket.get("tags") or ()):
            return TicketState.RETURNED
        return TicketState.RESOLVED if ticket.get("status") in self._done else TicketState.OPEN

    async def _remark(self, entry: JSON, ticket: JSON, me: int) -> Remark:
        """A note or a reply. What contacts write there is public, yet no reply; whether somebody is an agent, only
        administrators may ask.
        """
        user = entry.get("user_id")
        shown = not entry.get("private") and not entry.get("incoming") and entry.get("source") in {REPLY, NOTE}
        name = await self._api.agent(user) if shown and isinstance(user, int) and user != me else ""
        answers = name is not None and (name != "" or user != ticket.get("requester_id"))
        return Remark(
            id=str(entry.get("id")),
            at=milliseconds(str(entry.get("created_at") or "")),
            text=to_text(str(entry.get("body") or ""), reply=user != me),
            public=shown and answers,
            ours=user == me,
            author_id=str(user or ""),
            author_name=name or "",
            files=tuple(_file(each) for each in entry.get("attachments") or ()),
        )

    async def _fields(self, values: JSON) -> JSON:
        """Custom fields by their names there, as far as they take the values."""
        known = await self._api.fields() if values else {}
        found = {known[name]["name"]: typed(known[name], value) for name, value in values.items() if name in known}
        return {name: value for name, value in found.items() if value is not None}

    def _opened_as(self, ticket: JSON) -> Opened:
        number = str(ticket["id"])
        return Opened(ticket_id=number, number=number, url=f"{self._settings.url}/a/tickets/{number}")


def _file(data: JSON) -> RemoteFile:
    return RemoteFile(
        ref=str(data.get("attachment_url")), name=str(data.get("name") or "file"),
        media_type=str(data.get("content_type") or ""), size=int(data.get("size") or data.get("file_size") or 0),
    )  # fmt: skip


def _paragraph(text: str) -> str:
    return "<p>" + _HEADING.sub(r"<b>\1</b>", html.escape(text)).replace("\n", "<br>") + "</p>"
