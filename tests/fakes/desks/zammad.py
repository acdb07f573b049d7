"""Zammad at the wire, as https://docs.zammad.org/en/latest/api/ticket/index.html has it."""

import base64
import datetime
import re
from typing import Any

from aiohttp import web

from connectors.message import JSON
from tests.fakes.desks.base import FakeFile, FakeHelpdesk, FakeRemark, FakeTicket

TOKEN = "zammad-token-9c1e5b2d7f4a"
TICKET = frozenset(
    {"title", "group", "customer_id", "article", "priority", "tags", "state", "owner_id", "fd_reference"}
)
ARTICLE = frozenset(
    {
        "ticket_id",
        "subject",
        "body",
        "content_type",
        "type",
        "internal",
        "sender",
        "attachments",
        "origin_by_id",
        "to",
        "cc",
    }
)
FILE = frozenset({"filename", "data", "mime-type"})
SCRIPT = re.compile(r"<(script|style)\b.*?</\1>", re.DOTALL)


class ZammadVendor(FakeHelpdesk):
    """A Zammad whose search knows of a ticket at once; `us` is the number of the account that we use."""

    us = 3
    agents = {"a1": 11, "a2": 12}  # noqa: RUF012 - the same for all

    def routes(self) -> None:
        add = self.app.router.add_route
        add("GET", "/api/v1/users/me", self._me)
        add("GET", "/api/v1/users/{id}", self._user)
        add("GET", "/api/v1/groups", self._groups)
        add("GET", "/api/v1/tickets/search", self._search)
        add("POST", "/api/v1/tickets", self._create)
        add("GET", "/api/v1/tickets/{id}", self._show)
        add("PUT", "/api/v1/tickets/{id}", self._update)
        add("DELETE", "/api/v1/tickets/{id}", self._delete)
        add("GET", "/api/v1/ticket_articles/by_ticket/{id}", self._articles)
        add("POST", "/api/v1/ticket_articles", self._article)
        add("GET", "/api/v1/ticket_attachment/{ticket}/{article}/{file}", self._file)

    async def _me(self, request: web.Request) -> web.Response:
        return self._unknown(request) or web.json_response({"id": self.us, "login": "bot@hearthline.example"})

    async def _user(self, request: web.Request) -> web.Response:
        if refused := self._unknown(request):
            return refused
        name = self.people.get(self._agent(int(request.match_info["id"])), "")
        first, _, last = name.partition(" ")
        return web.json_response({"id": int(request.match_info["id"]), "firstname": first, "lastname": last})

    async def _groups(self, request: web.Request) -> web.Response:
        return self._unknown(request) or web.json_response([{"id": 1, "name": "Users"}, {"id": 2, "name": "Senior"}])

    async def _search(self, request: web.Request) -> web.Response:
        if refused := self._unknown(request):
            return refused
        query = request.query["query"]
        if (title := re.fullmatch(r'title:"([^"]+)"', query)) is not None:
            found = [each for each in self.tickets.values() if title[1] in each.subject]
        elif (since := re.fullmatch(r"updated_at:>=(\S+)", query)) is not None:
            moment = datetime.datetime.fromisoformat(since[1]).timestamp()
            found = [each for each in self.tickets.values() if each.changed_at >= moment]
        else:
            return self.wrong(f"the query {query}")
        return web.json_response([self._shape(each) for each in found[: int(request.query.get("limit", "10"))]])

    async def _create(self, request: web.Request) -> web.StreamResponse:
        if refused := self._unknown(request):
            return refused
        body = await request.json()
        if not {"title", "group", "customer_id", "article"} <= set(body) <= TICKET:
            return self.wrong(f"the ticket {sorted(body)}")
        if not str(body["customer_id"]).startswith("guess:") or body["group"] not in {"Users", "Senior"}:
            return self.wrong(f"the ticket's customer or group {body['customer_id']} {body['group']}")
        if (article := self._made(body["article"])) is None:
            return self.wrong(f"the article {body['article']}")

        async def send() -> web.Response:
            ticket = FakeTicket(id=self.number(), subject=body["title"], state="new", remarks=[article], data=body)
            self.add(ticket)
            return web.json_response(self._shape(ticket), status=201)

        return await self.sending(send)

    async def _show(self, request: web.Request) -> web.Response:
        if refused := self._unknown(request):
            return refused
        ticket = self.tickets.get(request.match_info["id"])
        return web.json_response(self._shape(ticket)) if ticket else self._missing()

    async def _update(self, request: web.Request) -> web.StreamResponse:
        if refused := self._unknown(request):
            return refused
        body, ticket = await request.json(), self.tickets.get(request.match_info["id"])
        if set(body) != {"state"} or body["state"] not in {"open", "closed", "pending reminder"}:
            return self.wrong(f"the change {body}")
        if ticket is None:
            return self._missing()

        async def send() -> web.Response:
            ticket.state = body["state"]
            return web.json_response(self._shape(ticket))

        return await self.sending(send)

    async def _delete(self, request: web.Request) -> web.Response:
        if refused := self._unknown(request):
            return refused
        gone = self.tickets.pop(request.match_info["id"], None)
        return web.json_response({}) if gone else self._missing()

    async def _articles(self, request: web.Request) -> web.Response:
        if refused := self._unknown(request):
            return refused
        ticket = self.tickets.get(request.match_info["id"])
        if ticket is None:
            return self._missing()
        return web.json_response([self._remark(each) for each in ticket.remarks if not each.deleted])

    async def _article(self, request: web.Request) -> web.StreamResponse:
        if refused := self._unknown(request):
            return refused
        body = await request.json()
        ticket, made = self.tickets.get(str(body.get("ticket_id"))), self._made(body)
        if made is None:
            return self.wrong(f"the article {sorted(body)}")
        if ticket is None:
            return self._missing()

        async def send() -> web.Response:
            ticket.remarks.append(made)
            return web.json_response(self._remark(made), status=201)

        return await self.sending(send)

    async def _file(self, request: web.Request) -> web.Response:
        if refused := self._unknown(request):
            return refused
        found = request.match_info
        remarks = self.tickets[found["ticket"]].remarks
        article = next(each for each in remarks if each.id == found["article"])
        return web.Response(body=article.files[int(found["file"])].data)

    def _made(self, article: Any) -> FakeRemark | None:
        """An article as Zammad keeps it: scripts are gone. None for what it would refuse."""
        if not isinstance(article, dict) or not {"body"} <= set(article) <= ARTICLE or article.get("type") != "note":
            return None
        if not article["body"] or any(set(each) != FILE for each in article.get("attachments", ())):
            return None
        files = [
            FakeFile(
                name=each["filename"], data=base64.b64decode(each["data"], validate=True), media_type=each["mime-type"]
            )
            for each in article.get("attachments", ())
        ]
        text = SCRIPT.sub("", article["body"])
        data = {"sender": article.get("sender", "Agent"), "content_type": article.get("content_type", "text/plain")}
        return FakeRemark(id=self.number(), text=text, public=not article.get("internal"), files=files, data=data)

    def _shape(self, ticket: FakeTicket) -> JSON:
        return {
            "id": int(ticket.id), "number": f"53{ticket.id}", "title": ticket.subject, "state": ticket.state,
            "owner_id": self.agents.get(ticket.owner, 1), "group": ticket.data["group"],
            "updated_at": f"{datetime.datetime.fromtimestamp(ticket.changed_at, datetime.UTC):%Y-%m-%dT%H:%M:%S.000Z}",
        }  # fmt: skip

    def _remark(self, remark: FakeRemark) -> JSON:
        moment = datetime.datetime.fromtimestamp(remark.at, datetime.UTC)
        return {
            "id": int(remark.id), "internal": not remark.public, "body": remark.text,
            "content_type": remark.data.get("content_type", "text/html"), "sender": remark.data.get("sender", "Agent"),
            "from": self.people.get(remark.author, "Front Door"), "created_at": f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}",
            "created_by_id": self.agents.get(remark.author, self.us),
            "attachments": [_attachment(n, each) for n, each in enumerate(remark.files)],
        }  # fmt: skip

    def _agent(self, number: int) -> str:
        return next((name for name, each in self.agents.items() if each == number), "")

    def _unknown(self, request: web.Request) -> web.Response | None:
        if request.headers.get("Authorization") == f"Token token={TOKEN}":
            return None
        return web.json_response({"error": "Invalid token!"}, status=401)

    def _missing(self) -> web.Response:
        return web.json_response({"error": "Couldn't find Ticket"}, status=404)


def _attachment(number: int, file: FakeFile) -> JSON:
    kind = {"Content-Type": file.media_type}
    return {"id": number, "filename": file.name, "size": str(len(file.data)), "preferences": kind}
