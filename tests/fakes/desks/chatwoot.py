"""Chatwoot at the wire, as https://developers.chatwoot.com/api-reference and its sources have it.

`bot`: the inbox has a bot of its own, so that every conversation begins as "pending". `administrator`: our user is one;
whoever is an agent is given the conversations that they open. Messages are given 100 at a time.
"""

from typing import Any
from urllib.parse import quote

from aiohttp import web
from aiohttp.web_request import FileField

from connectors.message import JSON
from tests.fakes.desks.base import FakeFile, FakeHelpdesk, FakeRemark, FakeTicket

TOKEN = "chatwoot-token-5d2a9c7e1b4f"
ACCOUNT, INBOX = 3, 7
CONVERSATION = frozenset(
    {
        "source_id", "inbox_id", "contact_id", "additional_attributes", "custom_attributes", "status", "assignee_id",
        "team_id", "snoozed_until", "message",
    }
)  # fmt: skip
CONTACT = frozenset(
    {
        "inbox_id", "name", "email", "blocked", "phone_number", "identifier", "additional_attributes",
        "custom_attributes", "source_id",
    }
)  # fmt: skip
MESSAGE = {"content": str, "message_type": str, "private": bool}
STATUSES = {"open", "resolved", "pending", "snoozed"}
UNIQUE = ("email", "phone_number", "identifier")


class ChatwootVendor(FakeHelpdesk):
    """One account with one inbox; `us` is the number of the user whose token we have."""

    us = 3
    agents = {"a1": 11, "a2": 12}  # noqa: RUF012 - the same for all
    teams = {"support": 1, "senior": 2}  # noqa: RUF012 - the same for all

    def __init__(self) -> None:
        self.contacts: dict[int, JSON] = {}
        self.bot, self.administrator = False, True
        super().__init__()

    def routes(self) -> None:
        add, account = self.app.router.add_route, f"/api/v1/accounts/{ACCOUNT}"
        add("GET", "/api/v1/profile", self._profile)
        add("GET", f"{account}/inboxes/{INBOX}", self._inbox)
        add("GET", f"{account}/inboxes/{INBOX}/agent_bot", self._agent_bot)
        add("GET", f"{account}/teams", self._teams)
        add("GET", f"{account}/contacts/search", self._search)
        add("POST", f"{account}/contacts", self._contact)
        add("DELETE", f"{account}/contacts/{{id}}", self._contact_gone)
        add("GET", f"{account}/contacts/{{id}}/conversations", self._contact_conversations)
        add("GET", f"{account}/conversations", self._index)
        add("POST", f"{account}/conversations", self._create)
        add("GET", f"{account}/conversations/{{id}}", self._show)
        add("DELETE", f"{account}/conversations/{{id}}", self._delete)
        add("GET", f"{account}/conversations/{{id}}/messages", self._messages)
        add("POST", f"{account}/conversations/{{id}}/messages", self._message)
        add("POST", f"{account}/conversations/{{id}}/toggle_status", self._toggle_status)
        add("POST", f"{account}/conversations/{{id}}/toggle_priority", self._toggle_priority)
        add("POST", f"{account}/conversations/{{id}}/labels", self._labels)
        add("POST", f"{account}/conversations/{{id}}/assignments", self._assign)
        add("GET", "/rails/active_storage/blobs/redirect/{message}/{n}/{name}", self._blob)
        add("GET", "/rails/active_storage/disk/{message}/{n}/{name}", self._disk)

    # the account

    async def _profile(self, request: web.Request) -> web.Response:
        return self._unknown(request) or web.json_response({"id": self.us, "email": "bot@hearthline.example"})

    async def _inbox(self, request: web.Request) -> web.Response:
        return self._unknown(request) or web.json_response({"id": INBOX, "channel_type": "Channel::Api"})

    async def _agent_bot(self, request: web.Request) -> web.Response:
        return self._unknown(request) or web.json_response({"agent_bot": {"id": 1} if self.bot else {}})

    async def _teams(self, request: web.Request) -> web.Response:
        listing = [{"id": number, "name": name} for name, number in self.teams.items()]
        return self._unknown(request) or web.json_response(listing)

    # contacts

    async def _search(self, request: web.Request) -> web.Response:
        if refused := self._unknown(request):
            return refused
        wanted = request.query["q"].casefold()
        names = ("name", *UNIQUE)
        found = [
            each for each in self.contacts.values() if any(wanted in str(each.get(n) or "").casefold() for n in names)
        ]
        return web.json_response({"meta": {"count": len(found)}, "payload": found[:15]})

    async def _contact(self, request: web.Request) -> web.Response:
        if refused := self._unknown(request):
            return refused
        body = await request.json()
        if not {"inbox_id", "name"} <= set(body) <= CONTACT or body["inbox_id"] != INBOX:
            return self.wrong(f"the contact {sorted(body)}")
        if any(body.get(n) and body[n] == each.get(n) for n in UNIQUE for each in self.contacts.values()):
            return web.json_response({"message": "Email has already been taken"}, status=422)
        contact = {"id": int(self.number()), **body}
        self.contacts[contact["id"]] = contact
        return web.json_response({"payload": {"contact": contact, "contact_inbox": {"source_id": "s"}}})

    async def _contact_gone(self, request: web.Request) -> web.Response:
        gone = self.contacts.pop(int(request.match_info["id"]), None)
        return self._unknown(request) or web.Response(status=200 if gone else 404)

    async def _contact_conversations(self, request: web.Request) -> web.Response:
        number = int(request.match_info["id"])
        found = [self._shape(each) for each in self.tickets.values() if each.data["contact_id"] == number]
        return self._unknown(request) or web.json_response({"payload": found})

    # conversations

    async def _index(self, request: web.Request) -> web.Response:
        if refused := self._unknown(request):
            return refused
        query, page = request.query.get("q", ""), int(request.query.get("page", "1"))
        if request.query.get("status") != "all" or request.query.get("inbox_id") != str(INBOX):
            return self.wrong(f"the search {dict(request.query)}")
        found = sorted(self.tickets.values(), key=lambda each: -each.changed_at)
        if query:
            found = [each for each in found if any(query.casefold() in r.text.casefold() for r in each.remarks)]
        shapes = [self._shape(each) for each in found[25 * (page - 1) : 25 * page]]
        return web.json_response({"data": {"meta": {"all_count": len(found)}, "payload": shapes}})

    async def _create(self, request: web.Request) -> web.StreamResponse:
        if refused := self._unknown(request):
            return refused
        body = await request.json()
        if not {"source_id", "inbox_id", "contact_id"} <= set(body) <= CONVERSATION:
            return self.wrong(f"the conversation {sorted(body)}")
        if body["inbox_id"] != INBOX or body.get("status") not in STATUSES or body["contact_id"] not in self.contacts:
            return self.wrong(f"the conversation's inbox, status or contact {body}")
        if body.get("team_id") not in {None, *self.teams.values()} or not self._is_message(body["message"]):
            return self.wrong(f"the conversation's team or message {body}")

        async def send() -> web.Response:
            first = self._made(body["message"], [])
            ticket = FakeTicket(
                id=self.number(), subject=first.text, state="pending" if self.bot else body["status"], remarks=[first],
                data={**body, "labels": [], "priority": None},
            )  # fmt: skip
            self.add(ticket)
            return web.json_response(self._shape(ticket))

        return await self.sending(send)

    async def _show(self, request: web.Request) -> web.Response:
        if refused := self._unknown(request):
            return refused
        ticket = self._ticket(request)
        return web.json_response(self._shape(ticket)) if ticket else self._missing()

    async def _delete(self, request: web.Request) -> web.Response:
        if refused := self._unknown(request):
            return refused
        if not self.administrator:
            return web.json_response({"error": "You are not authorized to do this action"}, status=401)
        gone = self.tickets.pop(request.match_info["id"], None)
        return web.Response() if gone else self._missing()

    async def _toggle_status(self, request: web.Request) -> web.StreamResponse:
        body, ticket = await request.json(), self._ticket(request)
        if refused := self._unknown(request):
            return refused
        if set(body) != {"status"} or body["status"] not in STATUSES:
            return self.wrong(f"the status {body}")
        if ticket is None:
            return self._missing()

        async def send() -> web.Response:
            ticket.state = body["status"]
            if body["status"] == "open" and not self.administrator:
                ticket.owner = "us"
            payload = {"success": True, "current_status": ticket.state, "conversation_id": int(ticket.id)}
            return web.json_response({"meta": {}, "payload": payload})

        return await self.sending(send)

    async def _toggle_priority(self, request: web.Request) -> web.Response:
        body, ticket = await request.json(), self._ticket(request)
        if refused := self._unknown(request):
            return refused
        if set(body) != {"priority"} or body["priority"] not in {"low", "medium", "high", "urgent"}:
            return self.wrong(f"the priority {body}")
        if ticket is None:
            return self._missing()
        ticket.data["priority"] = body["priority"]
        return web.Response()

    async def _labels(self, request: web.Request) -> web.Response:
        body, ticket = await request.json(), self._ticket(request)
        if refused := self._unknown(request):
            return refused
        if set(body) != {"labels"} or not all(isinstance(each, str) for each in body["labels"]):
            return self.wrong(f"the labels {body}")
        if ticket is None:
            return self._missing()
        ticket.data["labels"] = body["labels"]
        return web.json_response({"payload": body["labels"]})

    async def _assign(self, request: web.Request) -> web.Response:
        body, ticket = await request.json(), self._ticket(request)
        if refused := self._unknown(request):
            return refused
        if set(body) != {"assignee_id"}:
            return self.wrong(f"the assignment {body}")
        if ticket is None:
            return self._missing()
        ticket.owner = next((name for name, each in self.agents.items() if each == body["assignee_id"]), "")
        return web.json_response(None)

    # messages

    async def _messages(self, request: web.Request) -> web.Response:
        if refused := self._unknown(request):
            return refused
        ticket = self._ticket(request)
        if ticket is None:
            return self._missing()
        after = int(request.query.get("after", "-1"))
        fresh = [each for each in ticket.remarks if int(each.id) > after]
        shown = fresh[-20:] if after < 0 else fresh[:100]
        return web.json_response({"meta": {}, "payload": [self._remark(each) for each in shown]})

    async def _message(self, request: web.Request) -> web.StreamResponse:
        if refused := self._unknown(request):
            return refused
        body, files = await self._read(request)
        ticket = self._ticket(request)
        if not self._is_message(body) or (not body["content"] and not files) or len(files) > 15:
            return self.wrong(f"the message {body}")
        if ticket is None:
            return self._missing()

        async def send() -> web.Response:
            made = self._made(body, files)
            ticket.remarks.append(made)
            if body["message_type"] == "incoming" and ticket.state in {"resolved", "snoozed"}:
                ticket.state = "open"
            return web.json_response(self._remark(made))

        return await self.sending(send)

    async def _read(self, request: web.Request) -> tuple[JSON, list[FakeFile]]:
        """A message in JSON, or one with files as a form."""
        if request.content_type == "application/json":
            return await request.json(), []
        body: JSON = {}
        files: list[FakeFile] = []
        for name, value in (await request.post()).items():
            if isinstance(value, FileField) and name == "attachments[]":
                files.append(FakeFile(name=value.filename, data=value.file.read(), media_type=value.content_type))
            else:
                body[name] = {"true": True, "false": False}.get(str(value), value)
        return body, files

    def _is_message(self, body: Any) -> bool:
        return (
            isinstance(body, dict) and set(body) == set(MESSAGE)
            and all(isinstance(body[name], kind) for name, kind in MESSAGE.items())
            and body["message_type"] in {"incoming", "outgoing"} and len(body["content"]) <= 150_000
        )  # fmt: skip

    def _made(self, body: JSON, files: list[FakeFile]) -> FakeRemark:
        data = {"kind": 0 if body["message_type"] == "incoming" else 1}
        private = bool(body["private"])
        public = not private and data["kind"] == 1
        return FakeRemark(id=self.number(), text=body["content"], public=public, files=files, data=data)

    async def _blob(self, request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": request.path.replace("blobs/redirect", "disk")})

    async def _disk(self, request: web.Request) -> web.Response:
        found = request.match_info
        remarks = [each for ticket in self.tickets.values() for each in ticket.remarks]
        remark = next(each for each in remarks if each.id == found["message"])
        return web.Response(body=remark.files[int(found["n"])].data)

    # shapes

    def _ticket(self, request: web.Request) -> FakeTicket | None:
        return self.tickets.get(request.match_info["id"])

    def _shape(self, ticket: FakeTicket) -> JSON:
        number = self.us if ticket.owner == "us" else self.agents.get(ticket.owner)
        assignee = {"id": number, "name": self.people.get(ticket.owner, "Front Door")}
        sender = self.contacts.get(ticket.data["contact_id"], {})
        return {
            "id": int(ticket.id), "status": ticket.state, "custom_attributes": ticket.data["custom_attributes"],
            "inbox_id": INBOX, "labels": ticket.data["labels"], "priority": ticket.data["priority"],
            "last_activity_at": int(ticket.changed_at),
            "meta": {"sender": sender, **({"assignee": assignee} if number else {})},
        }  # fmt: skip

    def _remark(self, remark: FakeRemark) -> JSON:
        kind = remark.data.get("kind", 1)
        user = {
            "id": self.agents.get(remark.author, self.us), "name": self.people.get(remark.author, "Front Door"),
            "type": "user",
        }  # fmt: skip
        shape: JSON = {
            "id": int(remark.id), "content": remark.text, "message_type": kind, "created_at": int(remark.at),
            "private": kind == 1 and not remark.public, "content_attributes": {},
            "sender": {"id": 1, "name": "Somebody", "type": "contact"} if kind == 0 else user,
        }  # fmt: skip
        if remark.deleted:
            return {**shape, "content": "This message was deleted", "content_attributes": {"deleted": True}}
        if remark.files:
            shape["attachments"] = [self._attachment(remark, n, each) for n, each in enumerate(remark.files)]
        return shape

    def _attachment(self, remark: FakeRemark, n: int, file: FakeFile) -> JSON:
        url = f"{self.url}/rails/active_storage/blobs/redirect/{remark.id}/{n}/{quote(file.name)}"
        return {"id": n, "message_id": int(remark.id), "data_url": url, "file_size": len(file.data)}

    def _unknown(self, request: web.Request) -> web.Response | None:
        if request.headers.get("api_access_token") == TOKEN:
            return None
        return web.json_response({"errors": ["You need to sign in or sign up before continuing."]}, status=401)

    def _missing(self) -> web.Response:
        return web.json_response({"error": "Resource could not be found"}, status=404)
