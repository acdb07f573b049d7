"""Request Tracker 5 (https://bestpractical.com/request-tracker), by its REST interface 2.0: a ticket with the whole
packet, comments for what follows, and correspondence, which customers get.

https://docs.bestpractical.com/rt/5.0.3/RT/REST2.html. It answers 200 to changes that it did not make and 201 to custom
fields that it does not know, so both are read back. docs/desks/request_tracker.md has the steps over there.
"""

import time
from collections.abc import AsyncIterator, Sequence

import structlog

from connectors.channel import Finding, Request, Standing
from connectors.desk import Handoff, Look, News
from connectors.desk_answers import only_asked, prove_signed, ticket_number
from connectors.desk_ports import Attempt, DeskPorts, Opened
from connectors.desks.request_tracker_api import Part, RequestTrackerApi, Transaction
from connectors.desks.request_tracker_settings import RequestTrackerSettings
from connectors.errors import SendError, Undeliverable
from connectors.fields import Fields, is_email, parse_json
from connectors.findings import bad, failed, good
from connectors.helpdesk import Helpdesk
from connectors.helpdesk_model import Draft, Features, Post, Remark, RemoteFile, Thread, TicketState
from connectors.html_text import to_text
from connectors.mail.quotes import written
from connectors.message import JSON
from connectors.packet_document import as_html, subject

log = structlog.get_logger(__name__)

PRIORITIES = {"low": "0", "normal": "50", "high": "100", "urgent": "100"}
"""Request Tracker shows 0 as Low, 50 as Medium and 100 as High."""
NOBODY = "Nobody"
SYSTEM = "RT_System"
OURS = "TicketCreator = '__CurrentUser__'"
SAID = "(Type = 'Comment' OR Type = 'Correspond')"
LATE_MS = 60_000
"""Numbers of transactions are given before they can be seen, so one may come late, behind a higher one."""
LONGEST_TEXT = 3_000_000  # bytes of a reply; a longer one is a file


class RequestTracker(Helpdesk):
    """The connector. Nothing that was said is ever changed or deleted there, unless by rt-shredder."""

    Settings = RequestTrackerSettings
    standing = Standing.INDEPENDENT
    features = Features(
        calls_us="HMAC-SHA256 (a Scrip)",
        finds="search by reference",
        file_bytes=7_000_000,
        edits=False,
        deletions=False,
        forgets=True,
        returns="a status that you name",
    )

    def __init__(self, settings: RequestTrackerSettings, ports: DeskPorts) -> None:
        super().__init__(settings, ports)
        self._settings = settings
        self._api = RequestTrackerApi(settings.url, settings.token, self._pace)
        self._me = ""

    # what is asked there

    async def find(self, attempt: Attempt) -> Opened | None:
        """By the reference, which stands in the subject; one that became of another handoff is not meant."""
        query = f"Creator = '__CurrentUser__' AND Subject LIKE '[{attempt.reference}]'"
        for each in await self._api.tickets(query):
            known = await self._ledger.of_ticket(str(each["id"]))
            if known is None or known.handoff_id == attempt.handoff_id:
                return self._opened_as(str(each["id"]))
        return None

    async def create(self, draft: Draft) -> Opened:
        """A ticket with the whole packet as its first text."""
        handoff = draft.handoff
        ticket = {
            "Queue": draft.queue,
            "Subject": subject(handoff),
            "Content": self._document(handoff, as_html),
            "ContentType": "text/html",
            "Priority": draft.priority or PRIORITIES[handoff.urgency],
            "CustomFields": {name: str(value) for name, value in draft.fields.items() if value},
        }
        if requestor := await self._requestor(handoff):
            ticket["Requestor"] = requestor
        number = await self._api.make(ticket, (self._packet_file(handoff), *draft.files))
        await self._look_at_fields(number, draft)
        return self._opened_as(number)

    async def post(self, ticket_id: str, post: Post) -> str:
        """A comment: requestors are not mailed."""
        number = str(ticket_number(ticket_id))
        return str(await self._api.comment(number, f"{post.heading}\n{post.text}".strip(), post.files))

    async def thread(self, ticket_id: str, since: str) -> Thread:
        """The ticket with its comments and its correspondence since a transaction."""
        number, after = str(ticket_number(ticket_id)), int(since or 0)
        me = await self._who_we_are()
        ticket = await self._api.ticket(number)
        said = await self._api.transactions(f"ObjectId = {number} AND id > {after} AND {SAID}")
        parts = await self._api.parts(number, after) if said else []
        texts = await self._api.texts([each for each in parts if _is_text(each)])
        customers = {str(each.get("id")) for each in ticket.get("Requestor") or ()}
        remarks = tuple(
            _remark(each, n, [part for part in parts if part.transaction == each.id], texts, me, customers)
            for n, each in enumerate(said)
        )
        owner = ticket.get("Owner") or {}
        owned = owner.get("id") not in {NOBODY, SYSTEM, me, None}
        settled = [each.id for each in said if _is_settled(each)]
        return Thread(
            state=self._state(ticket, number), remarks=remarks, owner_id=str(owner["id"]) if owned else "",
            owner_name=str(owner.get("RealName") or owner.get("Name") or "") if owned else "",
            cursor=str(max(settled, default=after)),
        )  # fmt: skip

    async def move(self, ticket_id: str, state: TicketState) -> None:
        """Give it the status, and look whether it has it: a change that is refused is answered 200 as well."""
        number = str(ticket_number(ticket_id))
        wanted = self._settings.open_status if state is TicketState.OPEN else self._settings.resolved_status
        if self._state(await self._api.ticket(number), number) is not state:
            await self._api.change(number, {"Status": wanted})
            if self._state(await self._api.ticket(number), number) is not state:
                raise Undeliverable(f"Request Tracker does not let us give a ticket the status {wanted!r}")

    async def changed(self, since: str) -> tuple[Sequence[str], str]:
        """By the numbers of what others did to our tickets. The cursor has the number up to which nothing comes late
        any more, and those above it that were told: `4711:4713,4714`.
        """
        if not since:
            return (), str(await self._api.newest(OURS))
        low, _, told = since.partition(":")
        known = set(told.split(","))
        found = await self._api.transactions(f"id > {int(low)} AND {OURS} AND Creator != '__CurrentUser__'")
        settled = max([each.id for each in found if _is_settled(each)], default=int(low))
        above = [str(each.id) for each in found if each.id > settled]
        news = [each.ticket for each in found if str(each.id) not in known]
        return news, f"{settled}:{','.join(above)}" if above else str(settled)

    async def forget(self, ticket_id: str) -> None:
        """Call the ticket deleted: nobody sees it any more, and rt-shredder takes what is so called."""
        number = str(ticket_number(ticket_id))
        try:
            await self._api.change(number, {"Status": "deleted"})
            ticket = await self._api.ticket(number)
        except Undeliverable:
            return  # shredded
        if ticket.get("Status") != "deleted":
            raise Undeliverable("Request Tracker does not let us delete tickets (right DeleteTicket)")

    async def fetch(self, file: RemoteFile) -> AsyncIterator[bytes]:
        """The bytes of a file of a reply."""
        async for chunk in self._api.file(file.ref):
            yield chunk

    async def check(self) -> list[Finding]:
        """The token, the queues, and the custom fields in them."""
        try:
            found = [good(f"Request Tracker knows us as {await self._who_we_are()}")]
            for name in sorted(self._common.queues):
                found += self._queue_findings(name, await self._api.queue(name))
        except SendError as error:
            return [failed("Request Tracker does not know us", error, "Compare url and token.")]
        if self._common.tags or any(each.tags for each in self._common.placements.values()):
            found.append(bad("Request Tracker has no tags", "Take `tags` away; use a custom field (`fields`) instead."))
        secret = self._settings.webhook_secret.get_secret_value()
        return found + only_asked("Request Tracker", secret, self._common.poll_s)

    async def close(self) -> None:
        """Release connections."""
        await self._api.close()

    # what is said here

    def verify(self, request: Request) -> None:
        """The signature that the Scrip of docs/desks/request_tracker.md puts over the body."""
        secret = self._settings.webhook_secret.get_secret_value()
        prove_signed(request, "x-front-door-signature", secret, kind="sha256")

    def parse(self, request: Request) -> Sequence[News]:
        """The number of a ticket, which is read then."""
        return (Look(ticket_id=str(Fields(parse_json(request.body)).whole("ticket", 1, 1 << 62))),)

    # small parts

    async def _who_we_are(self) -> str:
        """Our login name. The number of our user stands in the token: `1-14-…`."""
        if not self._me:
            parts = self._settings.token.get_secret_value().split("-")
            if len(parts) != 3 or not parts[1].isdecimal():
                raise Undeliverable("the token is none of Request Tracker 5")
            self._me = await self._api.user(parts[1])
        return self._me

    async def _requestor(self, handoff: Handoff) -> str:
        email = str(handoff.customer.get("email") or "")
        if self._common.users == "single" or not is_email(email):
            return self._common.requester
        known = self._common.users == "create" or await self._api.knows(email)
        return email if known else self._common.requester

    async def _look_at_fields(self, number: str, draft: Draft) -> None:
        """Say which custom fields it left away: it makes the ticket without a word."""
        wanted = {name for name, value in draft.fields.items() if value}
        if not wanted:
            return
        try:
            fields = (await self._api.ticket(number)).get("CustomFields") or ()
        except SendError:
            return  # the ticket is there
        kept = {name for each in fields if each.get("values") for name in (each.get("name"), str(each.get("id")))}
        if missing := sorted(wanted - kept):
            log.warning("desk.fields_ignored", desk=self.name, fields=missing)

    def _queue_findings(self, name: str, queue: JSON | None) -> list[Finding]:
        if queue is None:
            return [
                bad(f"Request Tracker shows us no queue {name}", "Compare the name; give us the right SeeQueue there.")
            ]
        if not any(each.get("ref") == "create" for each in queue.get("_hyperlinks") or ()):
            return [bad(f"we may make no tickets in {name}", "Give us the right CreateTicket there.")]
        fields = queue.get("TicketCustomFields") or ()
        there = {known for each in fields for known in (each.get("name"), str(each.get("id")))}
        if missing := sorted(set(self._common.fields) - there):
            remedy = "Apply them to the queue, and give us SeeCustomField and ModifyCustomField."
            return [bad(f"tickets in {name} have no fields {', '.join(missing)}", remedy)]
        return [good(f"queue {name} takes our tickets")]

    def _state(self, ticket: JSON, number: str) -> TicketState:
        status = str(ticket.get("Status"))
        if status in self._settings.closed_statuses or str(ticket.get("id")) != number:  # merged into another
            return TicketState.RESOLVED
        returned = status == self._settings.returned_status
        return TicketState.RETURNED if returned else TicketState.OPEN

    def _opened_as(self, number: str) -> Opened:
        return Opened(ticket_id=number, number=number, url=f"{self._settings.url}/Ticket/Display.html?id={number}")


def _remark(
    said: Transaction, order: int, parts: Sequence[Part], texts: dict[int, str], me: str, customers: set[str]
) -> Remark:
    """`order` keeps apart what was said in the same second."""
    ours = said.creator == me
    text = _text([each for each in parts if _is_text(each)], texts, ours=ours)
    files = tuple(_file(each) for each in parts if not _is_text(each))
    return Remark(
        id=str(said.id),
        at=said.at + order,
        text=text,
        public=said.type == "Correspond" and said.creator not in {SYSTEM, *customers} and bool(text or files),
        ours=ours,
        author_id=said.creator,
        author_name="" if ours else said.creator_name,
        files=files,
    )


def _text(parts: Sequence[Part], texts: dict[int, str], *, ours: bool) -> str:
    """What was written, without what it quotes; of a mail in two forms the HTML, where quotes are told apart best."""
    html = [texts.get(each.id, "") for each in parts if each.media_type == "text/html"]
    plain = [texts.get(each.id, "") for each in parts if each.media_type != "text/html"]
    if html:
        return "\n\n".join(to_text(each, reply=not ours) for each in html)
    return "\n\n".join(each.strip() if ours else written(each, reply=True) for each in plain)


def _is_text(part: Part) -> bool:
    return part.media_type.startswith("text/") and not part.name and part.size <= LONGEST_TEXT


def _file(part: Part) -> RemoteFile:
    return RemoteFile(ref=str(part.id), name=part.name or "message.txt", media_type=part.media_type, size=part.size)


def _is_settled(each: Transaction) -> bool:
    return each.at < time.time() * 1000 - LATE_MS
