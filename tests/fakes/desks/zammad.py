"""Zammad at the wire, as its source and https://docs.zammad.org/en/latest/api/ticket/index.html have it.

Stricter than Zammad in one thing: attributes that a ticket or an article does not have are refused, where Zammad leaves
them away without a word.
"""

import base64
import binascii
import datetime
import re
from typing import Any

from aiohttp import web

from connectors.message import JSON
from tests.fakes.desks.base import FakeFile, FakeHelpdesk, FakeRemark, FakeTicket

TOKEN = "zammad-token-9c1e5b2d7f4a"
NOBODY = 1
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
SEARCH = frozenset({"condition", "expand", "per_page", "page", "sort_by", "order_by"})
SCRIPT = re.compile(r"<(script|style|meta|title)\b.*?</\1>", re.DOTALL)
GROUPS = ("Users", "Senior")
PRIORITIES = ("1 low", "2 normal", "3 high")
STATES = {
    "new": "new",
    "open": "open",
    "pending reminder": "pending reminder",
    "closed": "closed",
    "merged": "merged",
    "pending close": "pending action",
    "solved by phone": "closed",
}
LONGEST_TITLE, LONGEST_BODY, MOST_FOUND = 250, 1_500_000, 200


class ZammadVendor(FakeHelpdesk):
    """A Zammad. `us` is the number of the account that we use, `customers` are the others' addresses by number."""

    us = 3
    agents = {"a1": 11, "a2": 12}  # noqa: RUF012 - the same for all
    admin = True

    def __init__(self) -> None:
        self.customers = {21: "wang@example.com"}
        super().__init__()

    def routes(self) -> None:
        add = self.app.router.add_route
        add("GET", "/api/v1/users/me", self._me)
        add("GET", "/api/v1/users/search", self._people)
        add("GET", "/api/v1/users/{id}", self._user)
        add("GET", "/api/v1/groups", self._groups)
        add("GET", "/api/v1/ticket_priorities", self._priorities)
        add("GET", "/api/v1/ticket_states", self._states)
        add("POST", "/api/v1/tickets/search", self._search)
        add("GET", "/api/v1/tickets", self._tickets)
        add("POST", "/api/v1/tickets", self._create)
        add("GET", "/api/v1/tickets/{id}", self._show)
        add("PUT", "/api/v1/tickets/{id}", self._update)
        add("DELETE", "/api/v1/tickets/{id}", self._delete)
        add("GET", "/api/v1/ticket_articles/by_ticket/{id}", self._articles)
        add("POST", "/api/v1/ticket_articles", self._article)
        add("GET", "/api/v1/ticket_attachment/{ticket}/{article}/{file}", self._file)

    async def _me(self, request: web.Request) -> web.Response:
        return self._unknown(request) or web.json_response({"id": self.us, "login": "bot@hearthline.example"})

    async def _people(self, request: web.Request) -> web.Response:
        if refused := self._unknown(request):
            return refused
        asked = request.query["query"].lower()
        found = [number for number, email in self.customers.items() if asked in email]
        return web.json_response([self._person(each) for each in found])

    async def _user(self, request: web.Request) -> web.Response:
        if refused := self._unknown(request):
            return refused
        number = int(request.match_info["id"])
        if number not in self.customers and not self._agent(number):
            return self._missing("User", number)
        return web.json_response(self._person(number))

    async def _groups(self, request: web.Request) -> web.Response:
        named = [{"id": n, "name": each, "active": True} for n, each in enumerate(GROUPS, 1)]
        return self._unknown(request) or web.json_response([*named, {"id": 9, "name": "Gone", "active": False}])

    async def _priorities(self, request: web.Request) -> web.Response:
        named = [{"id": n, "name": each, "active": True} for n, each in enumerate(PRIORITIES, 1)]
        return self._unknown(request) or web.json_response(named)

    async def _states(self, request: web.Request) -> web.Response:
        """Of the type, only its number, unless `expand` is asked for."""
        kinds = sorted(set(STATES.values()))
        named = [
            {"id": n, "name": name, "state_type_id": kinds.index(kind) + 1, "active": True}
            | ({"state_type": kind} if request.query.get("expand") == "true" else {})
            for n, (name, kind) in enumerate(STATES.items(), 1)
        ]
        return self._unknown(request) or web.json_response(named)

    async def _tickets(self, request: web.Request) -> web.Response:
        most = int(request.query.get("per_page", "100"))
        found = [self._shape(each) for each in list(self.tickets.values())[:most]]
        return self._unknown(request) or web.json_response(found)

    async def _search(self, request: web.Request) -> web.Response:
        """By conditions, as in https://docs.zammad.org/en/latest/api/intro.html#condition-based-search."""
        if refused := self._unknown(request):
            return refused
        body = await request.json()
        if not {"condition", "expand"} <= set(body) <= SEARCH or body["expand"] is not True:
            return self.wrong(f"the search {sorted(body)}")
        size, page = min(int(body.get("per_page", 50)), MOST_FOUND), int(body.get("page", 1))
        found = sorted(self.tickets.values(), key=lambda each: each.changed_at)
        for name, condition in body["condition"].items():
            match name, condition["operator"], condition["value"]:
                case "ticket.title", "contains", str(value) if value:
                    found = [each for each in found if value.lower() in each.subject.lower()]
                case "ticket.created_by_id", "is", list(value):
                    found = found if value == [self.us] else []
                case "ticket.updated_at", "after (absolute)", str(value):
                    since = datetime.datetime.fromisoformat(value).timestamp()
                    found = [each for each in found if each.changed_at >= since]
                case _:
                    return self.wrong(f"the condition {name} {condition}")
        return web.json_response([self._shape(each) for each in found[size * (page - 1) : size * page]])

    async def _create(self, request: web.Request) -> web.StreamResponse:
        if refused := self._unknown(request):
            return refused
        body = await request.json()
        if (
            not {"title", "group", "customer_id", "article"} <= set(body) <= TICKET
            or len(body["title"]) > LONGEST_TITLE
        ):
            return self.wrong(f"the ticket {sorted(body)}")
        if not isinstance(body.get("tags", ""), str) or body.get("state", "new") not in STATES:
            return self.wrong(f"the ticket's tags or state {body}")
        for name, known in (("group", GROUPS), ("priority", PRIORITIES)):
            if body.get(name, known[0]) not in known:
                return _refused(f"No lookup value found for '{name}': \"{body[name]}\"")
        if (customer := self._customer(body["customer_id"])) is None:
            return _refused(f"Invalid email '{body['customer_id'].removeprefix('guess:')}' of customer")
        if (article := self._made(body["article"])) is None:
            return self.wrong(f"the article {sorted(body['article'])}")

        async def send() -> web.Response:
            data = body | {"customer": customer}
            ticket = FakeTicket(id=self.number(), subject=body["title"], state="new", remarks=[article], data=data)
            self.add(ticket)
            return web.json_response(self._shape(ticket), status=201)

        return await self.sending(send)

    async def _show(self, request: web.Request) -> web.Response:
        if refused := self._unknown(request):
            return refused
        ticket = self.tickets.get(request.match_info["id"])
        return web.json_response(self._shape(ticket)) if ticket else self._no_ticket(request)

    async def _update(self, request: web.Request) -> web.StreamResponse:
        if refused := self._unknown(request):
            return refused
        body, ticket = await request.json(), self.tickets.get(request.match_info["id"])
        if set(body) != {"state"} or body["state"] not in STATES or body["state"].startswith("pending"):
            return self.wrong(f"the change {body}")  # what is pending needs a time
        if ticket is None:
            return self._no_ticket(request)

        async def send() -> web.Response:
            ticket.state = body["state"]
            return web.json_response(self._shape(ticket))

        return await self.sending(send)

    async def _delete(self, request: web.Request) -> web.Response:
        if refused := self._unknown(request):
            return refused
        if request.match_info["id"] not in self.tickets:
            return self._no_ticket(request)
        if not self.admin:
            return web.json_response({"error": "Not authorized"}, status=403)
        del self.tickets[request.match_info["id"]]
        return web.Response()

    async def _articles(self, request: web.Request) -> web.Response:
        if refused := self._unknown(request):
            return refused
        ticket = self.tickets.get(request.match_info["id"])
        if ticket is None:
            return self._no_ticket(request)
        return web.json_response([self._remark(ticket, each) for each in ticket.remarks if not each.deleted])

    async def _article(self, request: web.Request) -> web.StreamResponse:
        if refused := self._unknown(request):
            return refused
        body = await request.json()
        ticket, made = self.tickets.get(str(body.get("ticket_id"))), self._made(body)
        if made is None:
            return self.wrong(f"the article {sorted(body)}")
        if ticket is None:
            return self._missing("Ticket", body.get("ticket_id"))

        async def send() -> web.Response:
            ticket.remarks.append(made)
            return web.json_response(self._remark(ticket, made), status=201)

        return await self.sending(send)

    async def _file(self, request: web.Request) -> web.Response:
        if refused := self._unknown(request):
            return refused
        asked = request.match_info
        remarks = self.tickets[asked["ticket"]].remarks
        article = next((each for each in remarks if each.id == asked["article"]), None)
        if article is None or int(asked["file"]) >= len(article.files):
            return web.json_response({"error": "The file does not belong to the specified article."}, status=403)
        return web.Response(body=article.files[int(asked["file"])].data)

    def _customer(self, given: object) -> int | None:
        """Whose ticket it is: a number, or the account with the address after `guess:`, which is made if need be."""
        if isinstance(given, int):
            return given
        email = str(given).removeprefix("guess:").lower()
        if not str(given).startswith("guess:") or not re.fullmatch(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", email, re.ASCII):
            return None
        known = {address: number for number, address in self.customers.items()}
        number = known.get(email) or int(self.number())
        self.customers[number] = email
        return number

    def _made(self, article: Any) -> FakeRemark | None:
        """An article as Zammad keeps it; HTML without scripts. None for what it would refuse."""
        if not isinstance(article, dict) or not {"body"} <= set(article) <= ARTICLE or article.get("type") != "note":
            return None
        if not 0 < len(article["body"]) <= LONGEST_BODY or article.get("sender", "Agent") not in {"Agent", "Customer"}:
            return None
        files = []
        for each in article.get("attachments", ()):
            try:
                data = base64.b64decode(each["data"], validate=True)
            except (KeyError, binascii.Error):
                return None
            if set(each) != FILE:
                return None
            files.append(FakeFile(name=each["filename"], data=data, media_type=each["mime-type"]))
        kind = article.get("content_type", "text/plain")
        text = SCRIPT.sub("", article["body"]) if "html" in kind else article["body"]
        kept = {"sender": article.get("sender", "Agent"), "content_type": kind, "kind": "Mime-Type"}
        return FakeRemark(id=self.number(), text=text, public=not article.get("internal"), files=files, data=kept)

    def _shape(self, ticket: FakeTicket) -> JSON:
        return {
            "id": int(ticket.id), "number": f"53{ticket.id}", "title": ticket.subject,
            "state_id": list(STATES).index(ticket.state) + 1, "owner_id": self.agents.get(ticket.owner, NOBODY),
            "customer_id": ticket.data.get("customer", NOBODY), "group_id": GROUPS.index(ticket.data["group"]) + 1,
            "updated_at": _moment(ticket.changed_at), "created_by_id": self.us, "fd_reference": None,
        }  # fmt: skip

    def _remark(self, ticket: FakeTicket, remark: FakeRemark) -> JSON:
        """`from` is a name only of notes; of mails, it is the group's with its address."""
        kind, author = remark.data.get("type", "note"), self.people.get(remark.author, "Front Door")
        return {
            "id": int(remark.id), "ticket_id": int(ticket.id), "internal": not remark.public, "body": remark.text,
            "type": kind, "content_type": remark.data.get("content_type", "text/html"),
            "sender": remark.data.get("sender", "Agent"), "created_at": _moment(remark.at),
            "from": '"Support" <support@hearthline.example>' if kind == "email" else author,
            "to": remark.data.get("to"), "cc": remark.data.get("cc"), "created_by": f"{author}@hearthline.example",
            "created_by_id": self.agents.get(remark.author, self.us),
            "attachments": [
                _attachment(n, each, remark.data.get("kind", "Content-Type"))
                for n, each in enumerate(remark.files) if f"/{n}?view=inline" not in remark.text
            ],
        }  # fmt: skip

    def _person(self, number: int) -> JSON:
        first, _, last = self.people.get(self._agent(number), "").partition(" ")
        return {"id": number, "firstname": first, "lastname": last, "email": self.customers.get(number, "")}

    def _agent(self, number: int) -> str:
        return next((name for name, each in self.agents.items() if each == number), "")

    def _unknown(self, request: web.Request) -> web.Response | None:
        if request.headers.get("Authorization") == f"Token token={TOKEN}":
            return None
        return web.json_response({"error": "Can't find User for Token"}, status=401)

    def _no_ticket(self, request: web.Request) -> web.Response:
        return self._missing("Ticket", request.match_info["id"])

    def _missing(self, what: str, number: object) -> web.Response:
        return web.json_response({"error": f"Couldn't find {what} with 'id'={number}"}, status=404)


def _refused(error: str) -> web.Response:
    return web.json_response({"error": error, "error_human": error}, status=422)


def _attachment(number: int, file: FakeFile, kind: str) -> JSON:
    """What came by the API has its type under another name than what came from a browser."""
    return {"id": number, "filename": file.name, "size": str(len(file.data)), "preferences": {kind: file.media_type}}


def _moment(at: float) -> str:
    return f"{datetime.datetime.fromtimestamp(at, datetime.UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
