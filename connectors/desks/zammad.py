"""Zammad (https://zammad.com), self-hosted or hosted: tickets with one article for each message.

https://docs.zammad.org/en/latest/api/ticket/index.html and …/ticket/articles.html; webhooks are sent by a trigger:
https://admin-docs.zammad.org/en/latest/manage/webhook.html. docs/desks/zammad.md has the steps over there.
"""

import base64
import datetime
import hashlib
import hmac
import html
from collections.abc import AsyncIterator, Sequence
from typing import Any

from pydantic import SecretStr

from connectors.channel import Finding, Request, Standing
from connectors.desk import Handoff, Look, News
from connectors.desk_ports import Attempt, DeskPorts, Opened
from connectors.desk_settings import HelpdeskSettings
from connectors.errors import Forged, Malformed, OutcomeUnknown, SendError, TryLater, Undeliverable
from connectors.fields import Fields, parse_json
from connectors.findings import bad, failed, good
from connectors.helpdesk import Helpdesk
from connectors.helpdesk_model import Draft, Features, Post, Remark, RemoteFile, Thread, TicketState, Transcript, Upload
from connectors.html_text import to_text
from connectors.message import JSON, Author, Ignored
from connectors.packet_document import as_html, subject
from connectors.settings import Credential, Secret, WebAddress
from connectors.vendor import VendorAnswer, VendorClient

PRIORITIES = {"low": "1 low", "normal": "2 normal", "high": "3 high", "urgent": "3 high"}
CLOSED = frozenset({"closed", "merged", "removed"})
NOBODY = 1
"""The account that Zammad names as the owner of tickets that nobody has."""
PAGE = 100


class ZammadSettings(HelpdeskSettings):
    """A Zammad of yours."""

    asks = ("url", "token", "webhook_secret", "queue", "requester")

    url: WebAddress
    """Where your Zammad is, such as https://support.example.zammad.com."""

    token: Credential
    """Access token of an agent that stands for the bot (profile, Token Access), with ticket.agent and
    admin.user; admin.ticket lets customers' tickets be deleted."""

    webhook_secret: Secret = SecretStr("")
    """The "HMAC SHA1 Signature Token" of the webhook. Empty: Zammad does not call, it is only asked."""

    queue: str = "Users"
    """Group of the tickets."""

    requester: str = "front-door@example.com"
    """E-mail address of the customer account that stands for those who gave none; Zammad makes it at the first use."""

    resolved_state: str = "closed"
    """State that means "solved", where you have one of your own."""

    open_state: str = "open"
    """State of a ticket that is worked on again."""


class Zammad(Helpdesk):
    """The connector."""

    Settings = ZammadSettings
    standing = Standing.UNVERIFIED
    features = Features(
        transcript=Transcript.MESSAGES,
        calls_us="HMAC-SHA1",
        finds="search by reference",
        finds_after_s=10,
        file_bytes=15_000_000,
        forgets=True,
    )

    def __init__(self, settings: ZammadSettings, ports: DeskPorts) -> None:
        super().__init__(settings, ports)
        self._settings = settings
        token = settings.token.get_secret_value()
        self._client = VendorClient("Zammad", settings.url, headers={"Authorization": f"Token token={token}"})
        self._me = 0

    # what is asked there

    async def find(self, attempt: Attempt) -> Opened | None:
        """By the reference, which stands in the title."""
        params = {"query": f'title:"{attempt.reference}"', "limit": "10", "expand": "true"}
        for ticket in _list(await self._ask("GET", "api/v1/tickets/search", params=params)):
            if attempt.reference in str(ticket.get("title")):
                return self._opened_as(ticket)
        return None

    async def create(self, draft: Draft) -> Opened:
        """A ticket with the packet as its first article, which only agents see."""
        handoff = draft.handoff
        files = (self._packet_file(handoff), *draft.files)
        body = self._document(handoff, as_html, transcript=False)
        article = {
            "subject": subject(handoff), "body": body,
            "content_type": "text/html", "type": "note", "internal": True, "attachments": _attached(files),
        }  # fmt: skip
        ticket = {
            **draft.fields,
            "title": subject(handoff),
            "group": draft.queue,
            "customer_id": self._customer(handoff),
            "priority": draft.priority or PRIORITIES[handoff.urgency],
            "tags": ",".join(draft.tags),
            "article": article,
        }
        answer = await self._ask("POST", "api/v1/tickets", json={name: each for name, each in ticket.items() if each})
        return self._opened_as(answer.json() | {"id": _id(answer)})

    async def post(self, ticket_id: str, post: Post) -> str:
        """An internal note; what the customer said is marked as theirs."""
        body = html.escape(f"{post.heading}\n{post.text}".strip()).replace("\n", "<br>")
        article = {
            "ticket_id": _number(ticket_id), "body": body, "content_type": "text/html", "type": "note",
            "internal": True, "sender": "Customer" if post.author is Author.CUSTOMER else "Agent",
            "attachments": _attached(post.files),
        }  # fmt: skip
        return str(_id(await self._ask("POST", "api/v1/ticket_articles", json=article)))

    async def thread(self, ticket_id: str, since: str) -> Thread:
        """The ticket with all its articles."""
        number = _number(ticket_id)
        me = await self._who_we_are()
        ticket = (await self._ask("GET", f"api/v1/tickets/{number}", params={"expand": "true"})).json()
        articles = _list(await self._ask("GET", f"api/v1/ticket_articles/by_ticket/{number}"))
        state = TicketState.RESOLVED if str(ticket.get("state")) in self._closed else TicketState.OPEN
        owner = int(ticket.get("owner_id") or NOBODY)
        owned = owner not in {NOBODY, me}
        remarks = tuple([await self._remark(each, number, me) for each in articles])
        return Thread(
            state=state, remarks=remarks, owner_id=str(owner) if owned else "",
            owner_name=await self._name_of(owner) if owned else "", complete=True,
        )  # fmt: skip

    async def move(self, ticket_id: str, state: TicketState) -> None:
        """Close it, or open it again."""
        wanted = self._settings.open_state if state is TicketState.OPEN else self._settings.resolved_state
        await self._ask("PUT", f"api/v1/tickets/{_number(ticket_id)}", json={"state": wanted})

    async def changed(self, since: str) -> tuple[Sequence[str], str]:
        """By the time of their last change, which the search knows."""
        now = datetime.datetime.now(datetime.UTC)
        if not since:
            return (), _stamp(now)
        params = {
            "query": f"updated_at:>={since}", "sort_by": "updated_at", "order_by": "asc", "limit": str(PAGE),
            "expand": "true",
        }  # fmt: skip
        found = _list(await self._ask("GET", "api/v1/tickets/search", params=params))
        newest = max((str(each.get("updated_at") or "")[:19] for each in found), default="")
        return [str(each["id"]) for each in found if each.get("id")], f"{newest}Z" if newest else since

    async def forget(self, ticket_id: str) -> None:
        """Delete the ticket with all its articles."""
        answer = await self._ask("DELETE", f"api/v1/tickets/{_number(ticket_id)}", refuse=False)
        if answer.status not in {200, 204, 404}:
            raise Undeliverable(f"Zammad deletes no ticket for us: it answered {answer.status}")

    async def fetch(self, file: RemoteFile) -> AsyncIterator[bytes]:
        """The bytes of an article's file."""
        headers = {"Authorization": f"Token token={self._settings.token.get_secret_value()}"}
        async for chunk in self._client.download(file.ref, headers=headers):
            yield chunk

    async def check(self) -> list[Finding]:
        """The token, the group, and whether Zammad may call."""
        try:
            me = (await self._ask("GET", "api/v1/users/me")).json()
            group = await self._ask("GET", "api/v1/groups", params={"expand": "true"})
        except SendError as error:
            return [failed("Zammad does not know us", error, "Compare url and token; the token needs ticket.agent.")]
        found = [good(f"Zammad knows us as {me.get('login') or me.get('email')}")]
        names = {str(each.get("name")) for each in _list(group)}
        wanted = {each for each in (self._common.queue, *(p.queue for p in self._common.placements.values())) if each}
        if missing := sorted(wanted - names):
            return [*found, bad(f"Zammad has no group {', '.join(missing)}", f"Known: {', '.join(sorted(names))}.")]
        found.append(good("the groups are there"))
        if not self._settings.webhook_secret.get_secret_value():
            found.append(good(f"no webhook_secret: Zammad is asked every {self._common.poll_s:g} s"))
        return found

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()

    # what is said here

    def verify(self, request: Request) -> None:
        """The signature over the body."""
        secret = self._settings.webhook_secret.get_secret_value()
        given = request.headers.get("x-hub-signature", "")
        expected = "sha1=" + hmac.new(secret.encode(), request.body, hashlib.sha1).hexdigest()
        if not secret or not hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode()):
            raise Forged("the signature is wrong", code="bad_signature")

    def parse(self, request: Request) -> Sequence[News]:
        """Whatever it says: the ticket is read."""
        ticket = Fields(parse_json(request.body)).object("ticket")
        if ticket is None:
            return (Ignored(channel=self.name, why="no_ticket"),)
        number = ticket.data.get("id")
        if type(number) is not int:
            raise Malformed("must be a number", code="bad_frame", field="ticket.id")
        return (Look(ticket_id=str(number)),)

    # small parts

    @property
    def _closed(self) -> frozenset[str]:
        return CLOSED | {self._settings.resolved_state}

    async def _ask(self, method: str, path: str, *, refuse: bool = True, **request: Any) -> VendorAnswer:
        async with self._pace.turn():
            return await self._client.call(method, path, refuse=refuse, **request)

    async def _who_we_are(self) -> int:
        if not self._me:
            me = await self._ask("GET", "api/v1/users/me")
            self._me = _id(me)
        return self._me

    async def _name_of(self, user: int) -> str:
        found = (await self._ask("GET", f"api/v1/users/{user}")).json()
        return f"{found.get('firstname') or ''} {found.get('lastname') or ''}".strip()

    def _customer(self, handoff: Handoff) -> str:
        email = str(handoff.customer.get("email") or "")
        known = email and self._common.users != "single"
        return f"guess:{email if known else self._common.requester}"

    def _opened_as(self, ticket: JSON) -> Opened:
        number = ticket["id"]
        url = f"{self._settings.url}/#ticket/zoom/{number}"
        return Opened(ticket_id=str(number), number=str(ticket.get("number") or number), url=url)

    async def _remark(self, article: JSON, ticket: int, me: int) -> Remark:
        author, body = int(article.get("created_by_id") or 0), str(article.get("body") or "")
        is_html = str(article.get("content_type") or "").startswith("text/html")
        return Remark(
            id=str(article.get("id")),
            at=_milliseconds(str(article.get("created_at") or "")),
            text=to_text(body, reply=False) if is_html else body.strip(),
            public=not article.get("internal") and article.get("sender") == "Agent",
            ours=author == me,
            author_id=str(author),
            author_name="" if author == me else str(article.get("from") or "").split("<")[0].strip(),
            files=tuple(_file(each, ticket, article.get("id")) for each in article.get("attachments") or ()),
        )


def _file(data: JSON, ticket: int, article: object) -> RemoteFile:
    kind = (data.get("preferences") or {}).get("Content-Type") or ""
    return RemoteFile(
        ref=f"api/v1/ticket_attachment/{ticket}/{article}/{data.get('id')}", name=str(data.get("filename") or "file"),
        media_type=str(kind), size=int(data.get("size") or 0),
    )  # fmt: skip


def _attached(files: Sequence[Upload]) -> list[JSON]:
    return [
        {"filename": each.name, "data": base64.b64encode(each.data).decode(), "mime-type": each.media_type}
        for each in files
    ]


def _list(answer: VendorAnswer) -> list[JSON]:
    """The objects of a list. Raises `TryLater` for anything else: an answer that says nothing is not an empty list."""
    found = parse_json(answer.body)
    if not isinstance(found, list):
        raise TryLater("Zammad answered no list where it documents one")
    return [each for each in found if isinstance(each, dict)]


def _id(answer: VendorAnswer) -> int:
    """The id of what was made. Raises `OutcomeUnknown` where it says "done" and not what."""
    number = answer.json().get("id")
    if type(number) is not int or number < 1:
        raise OutcomeUnknown("Zammad answered without an id")
    return number


def _number(ticket_id: str) -> int:
    """Zammad's own id. Raises `Undeliverable`."""
    if not ticket_id.isdecimal():
        raise Undeliverable("there is no such ticket")
    return int(ticket_id)


def _milliseconds(moment: str) -> int:
    try:
        return int(datetime.datetime.fromisoformat(moment).timestamp() * 1000)
    except ValueError:
        return 0


def _stamp(moment: datetime.datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z"
