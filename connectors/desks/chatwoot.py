"""Chatwoot (https://www.chatwoot.com), self-hosted or hosted: each ticket is a conversation in an API channel's inbox.

https://developers.chatwoot.com/api-reference/introduction; what that leaves open is as its sources have it
(https://github.com/chatwoot/chatwoot). docs/desks/chatwoot.md has the steps over there.
"""

import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

from connectors.channel import Finding, Request, Standing
from connectors.desk import Handoff, News
from connectors.desk_answers import all_there, ticket_number
from connectors.desk_ports import Attempt, DeskPorts, Opened
from connectors.desks.chatwoot_contacts import Contacts, listed
from connectors.desks.chatwoot_messages import form, name_of, prove, remark, told, words
from connectors.desks.chatwoot_settings import ChatwootSettings
from connectors.errors import OutcomeUnknown, SendError, TryLater, Undeliverable
from connectors.fields import Fields, parse_json
from connectors.findings import bad, failed, good
from connectors.helpdesk import Helpdesk
from connectors.helpdesk_model import Draft, Features, Post, RemoteFile, Thread, TicketState, Transcript
from connectors.message import JSON, Author
from connectors.packet_document import as_markdown, subject
from connectors.vendor import VendorAnswer, VendorClient

STATES = {"resolved": TicketState.RESOLVED, "pending": TicketState.RETURNED}
"""All other states are open: "snoozed" is its people's own business."""
PRIORITIES = {"low": "low", "normal": "medium", "high": "high", "urgent": "urgent"}
OURS = "front_door_handoff"
"""The custom attribute of a conversation that has the handoff's id."""
FILES = 15  # of one message
PAGE, PAGES = 100, 200  # messages of one answer; answers that one reading asks for


class Chatwoot(Helpdesk):
    """The connector. What the customer says stands there as theirs; all else that we add is a private note."""

    Settings = ChatwootSettings
    standing = Standing.UNVERIFIED
    features = Features(
        transcript=Transcript.MESSAGES,
        packet_apart=True,
        calls_us="HMAC-SHA256, or a secret in the address, then read back",
        finds="search by reference",
        finds_after_s=1,
        file_bytes=40_000_000,
        text_length=150_000,
        edits=False,
        forgets=True,
        returns='the state "pending"',
    )

    def __init__(self, settings: ChatwootSettings, ports: DeskPorts) -> None:
        super().__init__(settings, ports)
        self._settings = settings
        headers = {"api_access_token": settings.token.get_secret_value()}
        self._client = VendorClient("Chatwoot", settings.url, headers=headers, patient=True)
        self._contacts = Contacts(self._ask, settings.inbox, settings)
        self._me = 0

    # what is asked there

    async def find(self, attempt: Attempt) -> Opened | None:
        """By the reference, which stands in the first message; it is ours if the attribute says so."""
        params = {"q": attempt.reference, "status": "all", "inbox_id": str(self._settings.inbox)}
        for each in listed(await self._ask("GET", "conversations", params=params)):
            if (each.get("custom_attributes") or {}).get(OURS) == attempt.handoff_id:
                return await self._shown_to_people(each)
        return None

    async def create(self, draft: Draft) -> Opened:
        """A conversation whose first message, a private note, has the reference."""
        handoff = draft.handoff
        conversation: JSON = {
            "source_id": handoff.id, "inbox_id": self._settings.inbox, "contact_id": await self._contacts.of(handoff),
            "status": "open", "custom_attributes": {**draft.fields, OURS: handoff.id},
            "message": {"content": subject(handoff), "message_type": "outgoing", "private": True},
        }  # fmt: skip
        if draft.queue:
            conversation["team_id"] = await self._team(draft.queue)
        made = (await self._ask("POST", "conversations", json=conversation)).json()
        try:
            return await self._shown_to_people(made)
        except SendError as error:
            raise OutcomeUnknown(f"the conversation is there, and not finished: {error}") from error

    async def complete(self, ticket_id: str, draft: Draft) -> None:
        """Its priority and its labels."""
        path = f"conversations/{ticket_number(ticket_id)}"
        priority = draft.priority or PRIORITIES[draft.handoff.urgency]
        await self._ask("POST", f"{path}/toggle_priority", json={"priority": priority})
        if draft.tags:
            labels = ["-".join(each.lower().split()) for each in draft.tags]
            await self._ask("POST", f"{path}/labels", json={"labels": labels})

    def packet(self, handoff: Handoff) -> str:
        """Chatwoot shows Markdown."""
        return self._document(handoff, as_markdown, transcript=False)

    async def post(self, ticket_id: str, post: Post) -> str:
        """A message of the customer's, or a private note."""
        path, said = f"conversations/{ticket_number(ticket_id)}/messages", post.author is Author.CUSTOMER
        rest = post.files[FILES:]
        for start in range(0, len(rest), FILES):
            more = {"content": "", "message_type": "outgoing", "private": True}
            await self._ask("POST", path, data=form(more, rest[start : start + FILES]))
        message = {"content": words(post), "message_type": "incoming" if said else "outgoing", "private": not said}
        body: dict[str, Any] = {"data": form(message, post.files[:FILES])} if post.files else {"json": message}
        try:
            made = (await self._ask("POST", path, **body)).json()
        except SendError as error:
            if rest:
                raise OutcomeUnknown(f"some files are there, and the words are not: {error}") from error
            raise
        return str(Fields(made).whole("id", 1, 1 << 62))

    def written(self, post: Post) -> str:
        """Chatwoot keeps every word."""
        return words(self._fitting(post))

    async def thread(self, ticket_id: str, since: str) -> Thread:
        """The conversation with all its messages; what was deleted stays there, marked."""
        conversation = await self._conversation(ticket_id)
        me = await self._who_we_are()
        remarks = [remark(each, me) for each in await self._messages(ticket_id)]
        assignee = (conversation.get("meta") or {}).get("assignee") or {}
        owned = assignee.get("id") not in {None, me}
        return Thread(
            state=STATES.get(str(conversation.get("status")), TicketState.OPEN), remarks=tuple(remarks),
            owner_id=str(assignee["id"]) if owned else "", owner_name=name_of(assignee) if owned else "", complete=True,
        )  # fmt: skip

    async def move(self, ticket_id: str, state: TicketState) -> None:
        """Resolve it, or open it again for whoever had it."""
        before = await self._conversation(ticket_id)
        wanted = "open" if state is TicketState.OPEN else "resolved"
        if before.get("status") != wanted:
            await self._set_status(ticket_id, wanted)
        if wanted == "open":
            await self._keep_assignee(ticket_id, before)

    async def changed(self, since: str) -> tuple[Sequence[str], str]:
        """By the time of their last activity, the newest first."""
        if not since:
            return (), str(int(time.time()))
        found: list[str] = []
        newest = since_s = int(since)
        for page in range(1, PAGES):
            params = {"status": "all", "inbox_id": str(self._settings.inbox), "page": str(page)}
            listing = listed(await self._ask("GET", "conversations", params=params))
            recent = [each for each in listing if int(each.get("last_activity_at") or 0) >= since_s]
            found += [str(each["id"]) for each in recent if each.get("id")]
            newest = max([newest, *(int(each["last_activity_at"]) for each in recent)])
            if not listing or len(recent) < len(listing):
                break
        settled = newest < time.time() - 5  # nothing more can come of that second
        return found, str(newest + 1 if found and settled else newest)

    async def forget(self, ticket_id: str) -> None:
        """Delete the conversation with its messages, and a contact of ours that has no other."""
        path = f"conversations/{ticket_number(ticket_id)}"
        answer = await self._ask("GET", path, refuse=False)
        if answer.status == 404:
            return
        await self._contacts.forget((answer.json().get("meta") or {}).get("sender") or {}, ticket_id)
        gone = await self._ask("DELETE", path, refuse=False)
        if gone.status not in {200, 404}:
            raise Undeliverable(f"Chatwoot deletes no conversation for us: it answered {gone.status}")

    async def fetch(self, file: RemoteFile) -> AsyncIterator[bytes]:
        """The bytes of a message's file, which Chatwoot keeps itself or in the cloud."""
        async for chunk in self._client.download(file.ref):
            yield chunk

    async def check(self) -> list[Finding]:
        """The token, the inbox, the teams, and whether Chatwoot may call."""
        try:
            me = (await self._call("GET", "api/v1/profile")).json()
            inbox = (await self._ask("GET", f"inboxes/{self._settings.inbox}")).json()
            bot = (await self._ask("GET", f"inboxes/{self._settings.inbox}/agent_bot", refuse=False)).json()
            teams = {str(each.get("name")).casefold() for each in await self._teams()}
        except SendError as error:
            remedy = "Compare url, account, inbox and token; a proxy before Chatwoot must let api_access_token through."
            return [failed("Chatwoot does not know us", error, remedy)]
        found = [good(f"Chatwoot knows us as {me.get('email')}")]
        if inbox.get("channel_type") != "Channel::Api":
            found.append(
                bad(f"inbox {self._settings.inbox} is not of the kind API", "Add one: Settings, Inboxes, API.")
            )
        if bot.get("agent_bot"):
            found.append(
                bad("a bot of Chatwoot's own answers in the inbox", "Disconnect it: Inbox, Bot Configuration.")
            )
        wanted = (each.casefold() for each in self._common.queues)
        found += all_there("Chatwoot", "team", wanted, teams, numbers=True)
        if not self._settings.webhook_secret.get_secret_value() and not self._settings.url_secret.get_secret_value():
            found.append(good(f"no webhook_secret: Chatwoot is asked every {self._common.poll_s:g} s"))
        return found

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()

    # what is said here

    def verify(self, request: Request) -> None:
        """The signature over time and body; from a version that does not sign, the secret in the address."""
        settings = self._settings
        prove(request, settings.webhook_secret.get_secret_value(), settings.url_secret.get_secret_value())

    def parse(self, request: Request) -> Sequence[News]:
        """The conversation is read, unless what happened in it is our own doing or nobody's business."""
        return (told(request, self.name, self._shown),)

    # small parts

    async def _ask(self, method: str, path: str, **request: Any) -> VendorAnswer:
        return await self._call(method, f"api/v1/accounts/{self._settings.account}/{path}", **request)

    async def _call(self, method: str, path: str, **request: Any) -> VendorAnswer:
        async with self._pace.turn():
            return await self._client.call(method, path, **request)

    async def _who_we_are(self) -> int:
        if not self._me:
            self._me = Fields((await self._call("GET", "api/v1/profile")).json()).whole("id", 1, 1 << 62)
        return self._me

    async def _conversation(self, ticket_id: str) -> JSON:
        return (await self._ask("GET", f"conversations/{ticket_number(ticket_id)}")).json()

    async def _messages(self, ticket_id: str) -> list[JSON]:
        """All of them, by their ids."""
        found: dict[int, JSON] = {}
        for _ in range(PAGES):
            params = {"after": str(max(found, default=0))}
            answer = await self._ask("GET", f"conversations/{ticket_number(ticket_id)}/messages", params=params)
            fresh = {int(each["id"]): each for each in listed(answer) if each.get("id")}
            if not fresh.keys() - found.keys():
                break
            found |= fresh
            if len(fresh) < PAGE:
                break
        return [found[each] for each in sorted(found)]

    async def _shown_to_people(self, conversation: JSON) -> Opened:
        """An inbox with a bot makes every conversation "pending", whatever we asked for, and hides it so."""
        number = Fields(conversation).whole("id", 1, 1 << 62)
        if conversation.get("status") != "open":
            await self._set_status(str(number), "open")
            await self._keep_assignee(str(number), conversation)
        url = f"{self._settings.url}/app/accounts/{self._settings.account}/conversations/{number}"
        return Opened(ticket_id=str(number), number=str(number), url=url)

    async def _set_status(self, ticket_id: str, status: str) -> None:
        path = f"conversations/{ticket_number(ticket_id)}/toggle_status"
        payload = (await self._ask("POST", path, json={"status": status})).json().get("payload") or {}
        if payload.get("current_status") != status:
            raise TryLater(f"Chatwoot did not make the conversation {status}")

    async def _keep_assignee(self, ticket_id: str, before: JSON) -> None:
        """Chatwoot gives a conversation to whoever opens it; it is to be had by who had it, or by nobody."""
        me = await self._who_we_are()
        now = ((await self._conversation(ticket_id)).get("meta") or {}).get("assignee") or {}
        if now.get("id") == me:
            had = ((before.get("meta") or {}).get("assignee") or {}).get("id")
            body = {"assignee_id": had if had != me else None}
            await self._ask("POST", f"conversations/{ticket_number(ticket_id)}/assignments", json=body)

    async def _team(self, queue: str) -> int:
        """A team's number by its name, which Chatwoot keeps in small letters."""
        if queue.isdecimal():
            return int(queue)
        for each in await self._teams():
            if str(each.get("name")).casefold() == queue.casefold():
                return Fields(each).whole("id", 1, 1 << 62)
        raise Undeliverable(f"Chatwoot has no team {queue}: set queue or placements in desks.yml to one that it has")

    async def _teams(self) -> list[JSON]:
        found = parse_json((await self._ask("GET", "teams")).body)
        return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
