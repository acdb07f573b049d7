"""Zammad (https://zammad.com), self-hosted or hosted: tickets with one article for each message.

https://docs.zammad.org/en/latest/api/ticket/index.html; webhooks are sent by a trigger:
https://admin-docs.zammad.org/en/latest/manage/webhook.html. docs/desks/zammad.md has the steps over there.
"""

import time
from collections.abc import AsyncIterator, Sequence

from connectors.channel import Finding, Request, Standing
from connectors.desk import Look, News
from connectors.desk_answers import all_there, only_asked, prove_signed, stamp, ticket_number
from connectors.desk_ports import Attempt, DeskPorts, Opened
from connectors.desks.zammad_api import ZammadApi
from connectors.desks.zammad_articles import attached, name_of, note, remark
from connectors.desks.zammad_people import customer, stand_in
from connectors.desks.zammad_settings import ZammadSettings
from connectors.errors import Malformed, SendError, Undeliverable
from connectors.fields import Fields, parse_json
from connectors.findings import failed, good
from connectors.helpdesk import Helpdesk
from connectors.helpdesk_model import Draft, Features, Post, RemoteFile, Thread, TicketState, Transcript
from connectors.message import JSON, Ignored
from connectors.packet_document import as_html, subject

PRIORITIES = {"low": "1 low", "normal": "2 normal", "high": "3 high", "urgent": "3 high"}
NOBODY = 1
"""The account that Zammad names as the owner of tickets that nobody has."""
REFUSED = 422


class Zammad(Helpdesk):
    """The connector. Written from Zammad's own source (of October 2025) and documentation: it has met no real one."""

    Settings = ZammadSettings
    standing = Standing.UNVERIFIED
    features = Features(
        transcript=Transcript.MESSAGES,
        calls_us="HMAC-SHA1",
        finds="search by reference",
        finds_after_s=10,  # the database knows at once, but a request that was cut off may still be at work there
        file_bytes=15_000_000,
        edits=False,
        forgets=True,
    )

    def __init__(self, settings: ZammadSettings, ports: DeskPorts) -> None:
        super().__init__(settings, ports)
        self._settings = settings
        self._api = ZammadApi(settings.url, settings.token.get_secret_value(), self._pace)

    # what is asked there

    async def find(self, attempt: Attempt) -> Opened | None:
        """By the reference, which stands in the title."""
        titled = {"operator": "contains", "value": attempt.reference}
        async for page in self._api.search({"ticket.title": titled}):
            for ticket in page:
                if attempt.reference in str(ticket.get("title")):
                    return self._opened_as(ticket)
        return None

    async def create(self, draft: Draft) -> Opened:
        """A ticket with the packet as its first article, which only agents see. Zammad takes not every address that
        looks like one; before it looks at that, nothing is made.
        """
        handoff = draft.handoff
        article = {
            "subject": subject(handoff), "body": self._document(handoff, as_html, transcript=False),
            "content_type": "text/html", "type": "note", "internal": True,
            "attachments": attached((self._packet_file(handoff), *draft.files)),
        }  # fmt: skip
        ticket: JSON = {
            **draft.fields,
            "title": subject(handoff),
            "group": draft.queue,
            "priority": draft.priority or PRIORITIES[handoff.urgency],
            "tags": ",".join(draft.tags),
            "article": article,
        }
        ticket = {name: each for name, each in ticket.items() if each}
        whose, nobody = await customer(self._api, self._common, handoff), stand_in(self._common)
        fine = {REFUSED} if whose != nobody else set[int]()
        made = await self._api.make("tickets", ticket | {"customer_id": whose}, fine=fine)
        return self._opened_as(made or await self._api.make("tickets", ticket | {"customer_id": nobody}) or {})

    async def post(self, ticket_id: str, post: Post) -> str:
        """An internal note; what the customer said stands in the customer's name."""
        made = await self._api.make("ticket_articles", note(ticket_number(ticket_id), post))
        return str((made or {}).get("id"))

    async def thread(self, ticket_id: str, since: str) -> Thread:
        """The ticket with all its articles. Those of a merged one have gone to another ticket, which is not ours."""
        number = ticket_number(ticket_id)
        ticket = (await self._api.ask("GET", f"tickets/{number}")).json()
        kind = await self._api.kind_of(int(ticket.get("state_id") or 0))
        if kind == "merged":
            return Thread(state=TicketState.RESOLVED)
        articles = await self._api.every(f"ticket_articles/by_ticket/{number}")
        owner = int(ticket.get("owner_id") or NOBODY)
        owned = owner not in {NOBODY, await self._api.me()}
        return Thread(
            state=TicketState.RESOLVED if kind in {"closed", "removed"} else TicketState.OPEN,
            remarks=tuple([await remark(self._api, ticket, each) for each in articles]),
            owner_id=str(owner) if owned else "", owner_name=await name_of(self._api, owner) if owned else "",
            complete=True,
        )  # fmt: skip

    async def move(self, ticket_id: str, state: TicketState) -> None:
        """Close it, or open it again."""
        wanted = self._settings.open_state if state is TicketState.OPEN else self._settings.resolved_state
        await self._api.ask("PUT", f"tickets/{ticket_number(ticket_id)}", json={"state": wanted})

    async def changed(self, since: str) -> tuple[Sequence[str], str]:
        """By the time of their last change; that of the newest one is asked for again, as more may come within it."""
        if not since:
            return (), stamp(time.time())
        found: list[JSON] = []
        async for page in self._api.search({"ticket.updated_at": {"operator": "after (absolute)", "value": since}}):
            found += page
        newest = max((str(each.get("updated_at") or "")[:19] for each in found), default="")
        return [str(each["id"]) for each in found if each.get("id")], f"{newest}Z" if newest else since

    async def forget(self, ticket_id: str) -> None:
        """Delete the ticket with all its articles, which only administrators may."""
        answer = await self._api.ask("DELETE", f"tickets/{ticket_number(ticket_id)}", fine={403, 404})
        if answer.status == 403:
            raise Undeliverable("Zammad deletes no ticket for us: account and token need the permission admin")

    def fetch(self, file: RemoteFile) -> AsyncIterator[bytes]:
        """The bytes of an article's file."""
        return self._api.download(file.ref)

    async def check(self) -> list[Finding]:
        """The token, what the settings name, and whether Zammad may call."""
        try:
            me, groups = await self._api.account(), await self._api.every("groups")
            priorities = await self._api.every("ticket_priorities")
            states = await self._api.every("ticket_states")
            tickets = await self._api.every("tickets", params={"per_page": "1"})
        except SendError as error:
            return [failed("Zammad does not let us in", error, "Compare url and token; the token needs ticket.agent.")]
        own = self._common.priorities
        urgencies = (*own.values(), *(usual for urgency, usual in PRIORITIES.items() if urgency not in own))
        placed = (each.priority for each in self._common.placements.values())
        moves = (self._settings.resolved_state, self._settings.open_state)
        secret = self._settings.webhook_secret.get_secret_value()
        return [
            good(f"Zammad knows us as {me.get('login') or me.get('email')}"),
            *all_there("Zammad", "group", self._common.queues, _names(groups)),
            *all_there("Zammad", "priority", (*urgencies, *placed), _names(priorities)),
            *all_there("Zammad", "state", moves, _names(states)),
            # unknown ones it leaves away without a word
            *(all_there("Zammad", "field", self._common.fields, set(tickets[0])) if tickets else ()),
            *only_asked("Zammad", secret, self._common.poll_s),
        ]

    async def close(self) -> None:
        """Release connections."""
        await self._api.close()

    # what is said here

    def verify(self, request: Request) -> None:
        """The signature over the body."""
        prove_signed(request, "x-hub-signature", self._settings.webhook_secret.get_secret_value(), kind="sha1")

    def parse(self, request: Request) -> Sequence[News]:
        """Whatever it says: the ticket is read."""
        ticket = Fields(parse_json(request.body)).object("ticket")
        if ticket is None:
            return (Ignored(channel=self.name, why="no_ticket"),)
        number = ticket.data.get("id")
        if type(number) is not int:
            raise Malformed("must be a number", code="bad_frame", field="ticket.id")
        return (Look(ticket_id=str(number)),)

    def _opened_as(self, ticket: JSON) -> Opened:
        number = ticket["id"]
        url = f"{self._settings.url}/#ticket/zoom/{number}"
        return Opened(ticket_id=str(number), number=str(ticket.get("number") or number), url=url)


def _names(things: Sequence[JSON]) -> set[str]:
    """Of groups, priorities or states that are in use."""
    return {str(each.get("name")) for each in things if each.get("active", True)}
