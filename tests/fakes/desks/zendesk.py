"""Zendesk at the wire, as its OpenAPI description (https://developer.zendesk.com/zendesk/oas.yaml) and the pages at
https://developer.zendesk.com/api-reference/ticketing/ have it: the models below are the parts of it that we use.
"""

import base64
import datetime
import itertools
import re
import time
from typing import Any, Literal, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from connectors.message import JSON
from tests.fakes.desks.base import FakeFile, FakeHelpdesk, FakeRemark, FakeTicket

EMAIL, TOKEN = "bot@hearthline.example", "zendesk-token-6Yb1qkP0x9"
PROOF = "Basic " + base64.b64encode(f"{EMAIL}/token:{TOKEN}".encode()).decode()
ANONYMOUS = {"id": None, "name": "Anonymous user", "role": "end-user"}
GROUPS = {"Support": 31, "Senior": 32}
SCRIPT = re.compile(r"<(script|style)\b.*?</\1>", re.DOTALL)
Priority = Literal["low", "normal", "high", "urgent"]
Kind = Literal["problem", "incident", "question", "task"]


class Documented(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


Input = TypeVar("Input", bound=Documented)


class CommentInput(Documented):
    """Of `TicketCommentObject`, what is not read-only."""

    body: str = ""
    html_body: str = ""
    public: bool = True
    author_id: int | None = None
    uploads: list[str] = []


class NewUser(Documented):
    name: str
    email: str
    locale_id: int | None = None


class FieldValue(Documented):
    id: int
    value: str


class UpdateInput(Documented):
    """`TicketUpdateInput`."""

    comment: CommentInput | None = None
    status: Literal["new", "open", "pending", "hold", "solved", "closed"] | None = None
    assignee_id: int | None = None
    safe_update: bool = False
    updated_stamp: str = ""


class CreateInput(Documented):
    """`TicketCreateInput`, with what the page adds to it (`requester`)."""

    comment: CommentInput
    subject: str = ""
    external_id: str = ""
    priority: Priority | None = None
    type: Kind | None = None
    status: Literal["new", "open", "pending", "hold", "solved"] | None = None
    group_id: int | None = None
    assignee_id: int | None = None
    brand_id: int | None = None
    requester_id: int | None = None
    requester: NewUser | None = None
    tags: list[str] = []
    custom_fields: list[FieldValue] = []
    via_followup_source_id: int | None = None


class ZendeskVendor(FakeHelpdesk):
    """A Zendesk. `role` is that of the account we use; `lags` is how many lists do not know the newest ticket; an agent
    changes each ticket `hasty` seconds after it was shown, where that is not 0.
    """

    us = 900
    agents = {"a1": 901, "a2": 902}  # noqa: RUF012 - the same for all
    group, brand, field = 32, 51, 61

    def __init__(self) -> None:
        self.role = "admin"
        self.lags, self.hasty = 0, 0
        self.users: dict[int, JSON] = {}
        self.keys: dict[str, tuple[bytes, JSON]] = {}
        self.uploads: dict[str, FakeFile] = {}
        self.trash: dict[str, FakeTicket] = {}
        self._accounts = itertools.count(950)
        super().__init__()
        self.users[self.us] = {"id": self.us, "name": "Front Door Bot", "email": EMAIL}
        for each, number in self.agents.items():
            self.users[number] = {
                "id": number,
                "name": self.people[each],
                "role": "agent",
                "email": f"{each}@h.example",
            }

    def routes(self) -> None:
        for method, path, handler in (
            ("GET", "users/me", self._me),
            ("GET", "users/search", self._find_user),
            ("GET", "users/{id}", self._user),
            ("GET", "{kind:groups|brands|ticket_fields|locales}", self._named),
            ("POST", "uploads", self._upload),
            ("GET", "tickets", self._list),
            ("POST", "tickets", self._create),
            ("GET", "tickets/{id}", self._show),
            ("PUT", "tickets/{id}", self._update),
            ("DELETE", "tickets/{id}", self._delete),
            ("DELETE", "deleted_tickets/{id}", self._scrub),
            ("GET", "tickets/{id}/comments", self._comments),
            ("GET", "incremental/tickets/cursor", self._changes),
        ):
            self.app.router.add_route(method, f"/api/v2/{path}", self._known(handler))
        self.app.router.add_route("GET", "/attachments/token/{comment}/{file}", self._known(self._attachment))
        self.app.router.add_route("GET", "/cdn/{comment}/{file}", self._cdn)

    def _known(self, handler: Any) -> Any:
        async def answer(request: web.Request) -> web.StreamResponse:
            given = request.headers.get("Authorization", "")
            if given == PROOF:
                found: web.StreamResponse = await handler(request)
                return found
            if not given and request.path.endswith("/users/me"):
                return web.json_response({"user": ANONYMOUS})  # nobody is somebody here, too
            return web.json_response({"error": "Couldn't authenticate you"}, status=401)

        return answer

    async def _me(self, request: web.Request) -> web.Response:
        return web.json_response({"user": self.users[self.us] | {"role": self.role}})

    async def _user(self, request: web.Request) -> web.Response:
        return web.json_response({"user": self.users[int(request.match_info["id"])]})

    async def _find_user(self, request: web.Request) -> web.Response:
        what, _, value = request.query["query"].partition(":")
        found = [each for each in self.users.values() if str(each.get(what)) == value]
        return web.json_response({"users": found})

    async def _named(self, request: web.Request) -> web.Response:
        kind = request.match_info["kind"]
        found: list[JSON] = {
            "groups": [{"id": number, "name": name} for name, number in GROUPS.items()],
            "brands": [{"id": self.brand, "name": "Hearthline", "active": True}],
            "ticket_fields": [
                {"id": self.field, "title": "Front Door reference", "active": True},
                {"id": 62, "title": "Front Door reference", "active": False},
            ],
            "locales": [{"id": 1, "locale": "en-US"}, {"id": 10, "locale": "zh-CN"}],
        }[kind]
        return web.json_response({kind: found} if kind == "locales" else self._page(request, kind, found))

    async def _upload(self, request: web.Request) -> web.Response:
        if set(request.query) != {"filename"} or "/" not in request.content_type:
            return self.wrong(f"the upload {dict(request.query)}")
        token = f"upload-{self.number()}"
        self.uploads[token] = FakeFile(
            name=request.query["filename"], data=await request.read(), media_type=request.content_type
        )
        return web.json_response({"upload": {"token": token, "attachment": {}}}, status=201)

    async def _create(self, request: web.Request) -> web.StreamResponse:
        key, body = request.headers.get("Idempotency-Key", ""), await request.read()
        if not 0 < len(key) <= 255:
            return self.wrong("a ticket without an idempotency key")
        if key in self.keys:
            if self.keys[key][0] != body:
                return web.json_response({"error": "IdempotentRequestError", "description": "no match"}, status=400)
            return web.json_response({"ticket": self.keys[key][1]}, status=201, headers={"x-idempotency-lookup": "hit"})
        made = self._read(CreateInput, await request.json())
        if isinstance(made, web.Response):
            return made
        source = self.tickets.get(str(made.via_followup_source_id or ""))
        if made.via_followup_source_id and (source is None or source.state != "closed"):
            return self.wrong("a follow-up of a ticket that is not closed")
        if made.group_id not in {None, *GROUPS.values()} or (made.status == "solved" and not made.assignee_id):
            return _invalid("group_id" if made.group_id else "assignee_id")

        async def send() -> web.Response:
            ticket = FakeTicket(id=self.number(), subject=made.subject, state=made.status or "new")
            ticket.data = made.model_dump(exclude={"comment", "requester"}) | {"requester_id": self._requester(made)}
            if source is not None:
                source.data.setdefault("followup_ids", []).append(int(ticket.id))
                ticket.data["tags"] = made.tags or source.data["tags"]
            ticket.remarks.append(self._made(made.comment))
            self.add(ticket)
            self.keys[key] = (body, self._shape(ticket))
            return web.json_response(
                {"ticket": self._shape(ticket)}, status=201, headers={"x-idempotency-lookup": "miss"}
            )

        return await self.sending(send)

    async def _list(self, request: web.Request) -> web.Response:
        if set(request.query) != {"external_id"}:
            return self.wrong(f"the list {dict(request.query)}")
        found = [each for each in self.tickets.values() if each.data["external_id"] == request.query["external_id"]]
        if self.lags:
            self.lags, found = self.lags - 1, []
        return web.json_response({"tickets": [self._shape(each) for each in found]})

    async def _show(self, request: web.Request) -> web.Response:
        ticket = self.tickets.get(request.match_info["id"])
        if ticket is None:
            return _missing()
        shown = self._shape(ticket)
        ticket.changed_at += self.hasty
        return web.json_response({"ticket": shown})

    async def _update(self, request: web.Request) -> web.StreamResponse:
        ticket, sent = self.tickets.get(request.match_info["id"]), await request.json()
        made = self._read(UpdateInput, sent)
        if isinstance(made, web.Response):
            return made
        if ticket is None:
            return _missing()
        if ticket.state == "closed":
            return _invalid("status")
        if made.safe_update and made.updated_stamp != _stamp(ticket.changed_at):
            return web.json_response({"error": "UpdateConflict", "description": "Safe Update prevented"}, status=409)
        assignee = made.assignee_id if "assignee_id" in sent["ticket"] else self._owner(ticket)
        if made.status == "solved" and not assignee:
            return _invalid("assignee_id")

        async def send() -> web.Response:
            ticket.data["assignee_id"], ticket.state = assignee, made.status or ticket.state
            ticket.owner = next((each for each, number in self.agents.items() if number == assignee), "")
            ticket.changed_at = time.time()
            events: list[JSON] = [{"id": int(self.number()), "type": "Change", "field_name": "status"}]
            if made.comment is not None:
                ticket.remarks.append(self._made(made.comment))
                events.append({"id": int(ticket.remarks[-1].id), "type": "Comment", "public": made.comment.public})
            return web.json_response({"ticket": self._shape(ticket), "audit": {"id": 1, "events": events}})

        return await self.sending(send)

    async def _delete(self, request: web.Request) -> web.Response:
        gone = self.tickets.pop(request.match_info["id"], None)
        if gone is None:
            return _missing()
        self.trash[gone.id] = gone
        return web.Response(status=204)

    async def _scrub(self, request: web.Request) -> web.Response:
        gone = self.trash.pop(request.match_info["id"], None)
        return web.json_response({"job_status": {"id": "j1", "status": "queued"}}) if gone else _missing()

    async def _comments(self, request: web.Request) -> web.Response:
        ticket = self.tickets.get(request.match_info["id"])
        if ticket is None:
            return _missing()
        if not set(request.query) <= {"include", "include_inline_images", "sort", "page[size]", "page[after]"}:
            return self.wrong(f"the comments {dict(request.query)}")
        page = self._page(request, "comments", [self._comment(each) for each in ticket.remarks])
        authors = {each["author_id"] for each in page["comments"]}
        users = [self.users[each] for each in sorted(authors)] if request.query.get("include") == "users" else []
        return web.json_response(page | {"users": users})

    async def _changes(self, request: web.Request) -> web.Response:
        if self.role != "admin":
            return web.json_response({"error": "Forbidden"}, status=403)
        start = request.query.get("start_time") or request.query.get("cursor", "")
        if len({"start_time", "cursor"} & set(request.query)) != 1 or (
            float(start) > time.time() - 59 and "." not in start
        ):
            return self.wrong(f"the export {dict(request.query)}")
        found = sorted(
            (each for each in self.tickets.values() if each.changed_at > float(start)), key=lambda x: x.changed_at
        )
        page = found[: int(request.query["per_page"])]
        cursor = repr(page[-1].changed_at) if page else None
        return web.json_response(
            {"tickets": [self._shape(each) for each in page], "after_cursor": cursor, "end_of_stream": page == found}
        )

    async def _attachment(self, request: web.Request) -> web.Response:
        raise web.HTTPFound(request.path.replace("/attachments/token", "/cdn"))

    async def _cdn(self, request: web.Request) -> web.Response:
        remarks = {each.id: each for ticket in self.tickets.values() for each in ticket.remarks}
        return web.Response(body=remarks[request.match_info["comment"]].files[int(request.match_info["file"])].data)

    def _read(self, model: type[Input], body: Any) -> Input | web.Response:
        if set(body) != {"ticket"}:
            return self.wrong(f"the members {sorted(body)}")
        try:
            return model.model_validate(body["ticket"])
        except ValidationError as error:
            return self.wrong(f"the ticket {[(each['loc'], each['msg']) for each in error.errors()]}")

    def _made(self, comment: CommentInput) -> FakeRemark:
        """A comment as Zendesk keeps it. An upload is used up by it."""
        words = comment.html_body or comment.body
        if not words or len(words.encode()) > 65_535:
            self.wrong(f"a comment of {len(words)} characters")
        text = f'<div class="zd-comment" dir="auto">{SCRIPT.sub("", words)}</div>'
        files = [self.uploads.pop(token) for token in comment.uploads]
        return FakeRemark(id=self.number(), text=text, public=comment.public, files=files)

    def _requester(self, made: CreateInput) -> int:
        if made.requester is None:
            return made.requester_id or self.us
        for number, user in self.users.items():
            if user["email"] == made.requester.email:
                return number
        number = next(self._accounts)
        self.users[number] = {"id": number, "role": "end-user", "phone": None, **made.requester.model_dump()}
        return number

    def _owner(self, ticket: FakeTicket) -> int | None:
        return self.agents[ticket.owner] if ticket.owner else ticket.data.get("assignee_id")

    def _shape(self, ticket: FakeTicket) -> JSON:
        return {
            **ticket.data, "id": int(ticket.id), "subject": ticket.subject, "status": ticket.state,
            "assignee_id": self._owner(ticket), "updated_at": _stamp(ticket.changed_at),
        }  # fmt: skip

    def _comment(self, remark: FakeRemark) -> JSON:
        return {
            "id": int(remark.id), "type": "Comment", "html_body": remark.text, "public": remark.public,
            "author_id": remark.data.get("author_id") or self.agents.get(remark.author, self.us),
            "created_at": _stamp(remark.at),
            "attachments": [
                {
                    "id": n, "file_name": each.name, "content_type": each.media_type, "size": len(each.data),
                    "content_url": f"{self.url}/attachments/token/{remark.id}/{n}",
                    "malware_scan_result": "malware_found" if b"EICAR" in each.data else "malware_not_found",
                }
                for n, each in enumerate(remark.files)
            ],
        }  # fmt: skip

    def _page(self, request: web.Request, name: str, found: list[JSON]) -> JSON:
        size, start = int(request.query.get("page[size]", "0")), int(request.query.get("page[after]", "0"))
        if not 0 < size <= 100:
            self.wrong(f"a page of {size}")
        more = len(found) > start + size
        return {name: found[start : start + size], "meta": {"has_more": more, "after_cursor": str(start + size)}}


def _stamp(at: float) -> str:
    return f"{datetime.datetime.fromtimestamp(at, datetime.UTC):%Y-%m-%dT%H:%M:%SZ}"


def _missing() -> web.Response:
    return web.json_response({"error": "RecordNotFound", "description": "Not found"}, status=404)


def _invalid(field: str) -> web.Response:
    details = {field: [{"description": f"{field}: said with what the customer wrote"}]}
    return web.json_response({"error": "RecordInvalid", "description": "errors", "details": details}, status=422)
