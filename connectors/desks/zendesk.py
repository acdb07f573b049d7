"""Zendesk Support (https://www.zendesk.com): internal notes are ours, public comments are for the customer.

https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/ and …/ticket_comments/; docs/desks/zendesk.md has
the steps over there. Whatever is closed for good there goes on in a follow-up ticket; for us it stays one ticket.
"""

import html
import re
import time
from collections.abc import AsyncIterator, Sequence

from connectors.channel import Finding, Request, Standing
from connectors.desk import Handoff, Look, News
from connectors.desk_answers import all_there, ticket_number
from connectors.desk_ports import Attempt, DeskPorts, Opened
from connectors.desks.zendesk_api import ZendeskApi, inner, refusal
from connectors.desks.zendesk_people import requester
from connectors.desks.zendesk_reading import AFTER, OURS, is_ours, remark, root, ticket_of, verify
from connectors.desks.zendesk_settings import ZendeskSettings
from connectors.errors import OutcomeUnknown, SendError
from connectors.findings import bad, failed, good
from connectors.helpdesk import Helpdesk
from connectors.helpdesk_model import Draft, Features, Post, Remark, RemoteFile, Thread, TicketState, Upload
from connectors.message import JSON, Author, Ignored
from connectors.packet_document import as_html, subject
from connectors.packet_length import shortened

DONE = frozenset({"solved", "closed"})
COMMENT_BYTES = 60_000
"""Of one comment's HTML; Zendesk takes 64 KiB."""
FOLLOW_UPS = 20
"""Follow-up tickets of one ticket that are read."""


class Zendesk(Helpdesk):
    """The connector. Replies cannot be edited there, only redacted or made private; both are seen."""

    Settings = ZendeskSettings
    standing = Standing.UNVERIFIED
    features = Features(
        calls_us="HMAC-SHA256 and a timestamp",
        finds="an idempotency key, then the external id",
        file_bytes=50_000_000,
        text_length=15_000,
        forgets=True,
        returns="a tag",
    )

    def __init__(self, settings: ZendeskSettings, ports: DeskPorts) -> None:
        super().__init__(settings, ports)
        self._settings = settings
        self._api = ZendeskApi(settings.url, settings.email, settings.token.get_secret_value(), self._pace)

    # what is asked there

    async def find(self, attempt: Attempt) -> Opened | None:
        """By the handoff's id, which is the ticket's external id."""
        found = await self._made(OURS + attempt.handoff_id)
        return self._opened_as(found) if found else None

    async def create(self, draft: Draft) -> Opened:
        """A ticket whose first comment is the packet, as an internal note."""
        handoff = draft.handoff
        ticket = {
            "subject": subject(handoff),
            "comment": await self._comment(self._packet(handoff), (self._packet_file(handoff), *draft.files)),
            "external_id": OURS + handoff.id,
            "priority": draft.priority or handoff.urgency,
            "type": self._settings.type,
            "group_id": await self._api.id_of("groups", draft.queue) if draft.queue else None,
            "brand_id": await self._api.id_of("brands", self._settings.brand) if self._settings.brand else None,
            "tags": [re.sub(r"\s+", "_", tag.strip()).lower() for tag in draft.tags],
            "custom_fields": await self._fields(draft.fields),
            **await requester(self._api, self._common, handoff),
        }
        return self._opened_as(await self._create(ticket, handoff.id))

    async def post(self, ticket_id: str, post: Post) -> str:
        """An internal note; in a follow-up ticket where this one is closed. A note of ours alone leaves that solved."""
        number = ticket_number(ticket_id)
        words = html.escape(f"{post.heading}\n{post.text}".strip()).replace("\n", "<br>")
        comment = await self._comment(f"<p>{words}</p>", post.files)
        answer = await self._api.update(number, {"comment": comment}, fine={422})
        if answer.status == 422:
            latest = (await self._chain(number))[-1]
            if latest.get("status") == "closed":
                return await self._follow_up(number, latest, comment, solved=post.author is Author.SYSTEM)
            if latest["id"] == number:
                raise refusal(answer) or OutcomeUnknown("Zendesk does not say what is wrong")
            answer = await self._api.update(latest["id"], {"comment": comment})
        events = inner(answer, "audit").get("events") or ()
        made = next((each.get("id") for each in events if each.get("type") == "Comment"), None)
        if made is None:
            raise OutcomeUnknown("Zendesk does not say which comment it has made")
        return str(made)

    async def thread(self, ticket_id: str, since: str) -> Thread:
        """The ticket with its follow-ups, and all comments in them."""
        me = (await self._api.me())["id"]
        chain = await self._chain(ticket_number(ticket_id))
        people: dict[int, JSON] = {}
        remarks: list[Remark] = []
        for ticket in chain:
            wanted = {"include": "users", "include_inline_images": "true", "sort": "created_at"}
            async for page in self._api.pages(f"api/v2/tickets/{ticket['id']}/comments", "comments", params=wanted):
                people |= {each["id"]: each for each in page.get("users") or () if isinstance(each.get("id"), int)}
                remarks += [remark(each, ticket, people, me) for each in page["comments"]]
        latest = chain[-1]
        owner = int(latest.get("assignee_id") or me)
        owned = owner != me
        if owned and owner not in people:
            people[owner] = await self._api.part("user", "GET", f"api/v2/users/{owner}")
        return Thread(
            state=self._state(latest), remarks=tuple(remarks),
            owner_id=str(owner) if owned else "", owner_name=str(people[owner].get("name") or "") if owned else "",
            complete=True,
        )  # fmt: skip

    async def move(self, ticket_id: str, state: TicketState) -> None:
        """Solve it, or open it again, unless somebody has changed it meanwhile: then it is looked at once more.

        Only a ticket of somebody can be solved, so one of nobody becomes ours, and nobody's when it is opened again.
        """
        number = ticket_number(ticket_id)
        ticket = (await self._chain(number))[-1]
        me, solve = (await self._api.me())["id"], state is not TicketState.OPEN
        if (ticket.get("status") in DONE) == solve:
            return
        if ticket.get("status") == "closed":
            comment = await self._comment(f"<p>{html.escape(str(ticket.get('subject')))}</p>", ())
            await self._follow_up(number, ticket, comment, solved=False)
            return
        change: JSON = {
            "status": "solved" if solve else "open", "safe_update": True, "updated_stamp": ticket.get("updated_at")
        }  # fmt: skip
        if ticket.get("assignee_id") == (None if solve else me):
            change["assignee_id"] = me if solve else None
        await self._api.update(ticket["id"], change)

    async def changed(self, since: str) -> tuple[Sequence[str], str]:
        """By the incremental export, which only administrators may ask; others learn nothing here."""
        if not since:
            return (), f"@{int(time.time()) - 120}"  # a minute ago at least, by the clock of Zendesk
        if (await self._api.me()).get("role") != "admin":
            return (), since
        found, cursor = await self._api.changes(since)
        ours = [each for each in found if is_ours(each.get("external_id")) and each.get("status") != "deleted"]
        return [root(each.get("id"), each["external_id"]) for each in ours], cursor

    async def forget(self, ticket_id: str) -> None:
        """Delete the ticket and its follow-ups, and then for good, which Zendesk does in the background."""
        number = ticket_number(ticket_id)
        answer = await self._api.ask("GET", f"api/v2/tickets/{number}", fine={404})
        chain = [] if answer.status == 404 else (await self._chain(number))[1:]
        for each in (*(ticket["id"] for ticket in reversed(chain)), number):
            await self._api.ask("DELETE", f"api/v2/tickets/{each}", fine={404})
            await self._api.ask("DELETE", f"api/v2/deleted_tickets/{each}", fine={404})

    def fetch(self, file: RemoteFile) -> AsyncIterator[bytes]:
        """The bytes of a comment's file."""
        return self._api.download(file.ref)

    async def check(self) -> list[Finding]:
        """The account, what is named in the settings, and whether Zendesk may call."""
        settings = self._settings
        try:
            me = await self._api.me()
            wanted = {
                "groups": self._common.queues,
                "brands": {settings.brand} - {""},
                "ticket_fields": set(self._common.fields),
            }
            known = {kind: await self._api.ids(kind) for kind, names in wanted.items() if names}
        except SendError as error:
            return [failed("Zendesk does not let us in", error, "Compare url, email and token.")]
        if me.get("role") not in {"agent", "admin"}:
            return [bad(f"{settings.email} is no agent", "Make it one: only agents write internal notes.")]
        found = [good(f"Zendesk knows us as {me.get('name')}")]
        for kind, names in known.items():
            what = kind.replace("_", " ").removesuffix("s")
            found += all_there("Zendesk", what, wanted[kind], names, numbers=True)
        polls, called = me.get("role") == "admin", bool(settings.webhook_secret.get_secret_value())
        if not (polls or called):
            remedy = "Set up the webhook (docs/desks/zendesk.md), or make the account an administrator."
            found.append(bad("nothing tells us of changes: no webhook_secret, and only administrators may ask", remedy))
        elif polls:
            found.append(good(f"Zendesk is asked for changes every {self._common.poll_s:g} s"))
        return found

    async def close(self) -> None:
        """Release connections."""
        await self._api.close()

    # what is said here

    def verify(self, request: Request) -> None:
        """The signature, and how old it is."""
        verify(request, self._settings.webhook_secret.get_secret_value())

    def parse(self, request: Request) -> Sequence[News]:
        """Whatever it says, the ticket is read."""
        ticket_id = ticket_of(request.body)
        return (Look(ticket_id=ticket_id) if ticket_id else Ignored(channel=self.name, why="no_ticket"),)

    # small parts

    def _state(self, ticket: JSON) -> TicketState:
        if self._settings.return_tag in (ticket.get("tags") or ()):
            return TicketState.RETURNED
        return TicketState.RESOLVED if ticket.get("status") in DONE else TicketState.OPEN

    def _packet(self, handoff: Handoff) -> str:
        return shortened(handoff, COMMENT_BYTES, lambda each: self._document(each, as_html))

    async def _comment(self, words: str, files: Sequence[Upload]) -> JSON:
        """An internal note. `public` is said each time: else it is as the comment before."""
        uploads = [await self._api.upload(each) for each in files]
        return {"html_body": words, "public": False} | ({"uploads": uploads} if uploads else {})

    async def _create(self, ticket: JSON, key: str) -> JSON:
        """Make a ticket, once for each key in two hours. A key that Zendesk has seen with another body (uploads have
        new tokens each time) means that the ticket is there.
        """
        body = {"ticket": {name: each for name, each in ticket.items() if each not in (None, "", [])}}
        headers = {"Idempotency-Key": f"front-door-{key}"}
        answer = await self._api.ask("POST", "api/v2/tickets", json=body, headers=headers, fine={400, 409})
        if answer.status == 201:
            return inner(answer, "ticket")
        if not str(answer.json().get("error")).startswith("Idempotent"):
            raise refusal(answer) or OutcomeUnknown(f"Zendesk answered {answer.status}")
        if (found := await self._made(ticket["external_id"])) is None:
            raise OutcomeUnknown("Zendesk has the ticket already, and does not show it yet")
        return found

    async def _made(self, external_id: str) -> JSON | None:
        """The first ticket with an external id; they need not be unique."""
        answer = await self._api.ask("GET", "api/v2/tickets", params={"external_id": external_id})
        found = [each for each in answer.json().get("tickets") or () if each.get("external_id") == external_id]
        return min(found, key=lambda each: int(each["id"]), default=None)

    async def _chain(self, number: int) -> list[JSON]:
        """A ticket, and if it is closed the follow-up ticket, and so on."""
        chain = [await self._api.part("ticket", "GET", f"api/v2/tickets/{number}")]
        while chain[-1].get("status") == "closed" and len(chain) <= FOLLOW_UPS:
            following = chain[-1].get("followup_ids") or ()
            if not following:
                break
            chain.append(await self._api.part("ticket", "GET", f"api/v2/tickets/{max(following)}"))
        return chain

    async def _follow_up(self, number: int, closed: JSON, comment: JSON, *, solved: bool) -> str:
        """Go on with a closed ticket in a new one; the comment's id there. It has the tags but the one for the bot."""
        kept = {name: closed.get(name) for name in ("subject", "requester_id", "group_id", "priority", "brand_id")}
        state = {"status": "solved", "assignee_id": (await self._api.me())["id"]} if solved else {}
        ticket = {
            **kept, **state, "comment": comment, "external_id": f"{AFTER}{number}",
            "tags": [each for each in closed.get("tags") or () if each != self._settings.return_tag],
            "via_followup_source_id": closed["id"],
        }  # fmt: skip
        made = await self._create(ticket, f"after-{closed['id']}")
        async for page in self._api.pages(f"api/v2/tickets/{made['id']}/comments", "comments"):
            for each in page["comments"]:
                return str(each["id"])
        raise OutcomeUnknown("Zendesk does not show what it has made")

    async def _fields(self, values: JSON) -> list[JSON]:
        found = [(await self._api.id_of("ticket_fields", name), value) for name, value in values.items()]
        return [{"id": number, "value": value} for number, value in found if number is not None and value]

    def _opened_as(self, ticket: JSON) -> Opened:
        number = ticket.get("id")
        if not isinstance(number, int):
            raise OutcomeUnknown("Zendesk does not say which ticket it has made")
        return Opened(
            ticket_id=str(number), number=str(number), url=f"{self._settings.url}/agent/tickets/{number}"
        )  # fmt: skip
