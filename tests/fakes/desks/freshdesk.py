"""Freshdesk at the wire, as https://developers.freshdesk.com/api/ has it: a field that it does not know is refused."""

import base64
import datetime
import itertools
import re
import time
from typing import Any, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from connectors.message import JSON
from tests.fakes.desks.base import FakeFile, FakeHelpdesk, FakeRemark, FakeTicket

KEY = "freshdesk-key-Zk3vQ9sW2u"
PROOF = "Basic " + base64.b64encode(f"{KEY}:X".encode()).decode()
GROUPS = {"Support": 31, "Senior": 32}
FIELDS = [
    {"name": "subject", "label": "Subject", "type": "default_subject", "default": True},
    {"name": "cf_reference", "label": "Reference", "type": "custom_text", "default": False},
    {"name": "cf_orders", "label": "Orders", "type": "custom_number", "default": False},
    {"name": "cf_topic", "label": "Topic", "type": "custom_dropdown", "default": False, "choices": ["web", "mail"]},
]
ATTACHED = 20_000_000  # bytes of all files of one ticket
SCRIPT = re.compile(r"<(script|style)\b.*?</\1>", re.DOTALL)


class Documented(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class TicketInput(Documented):
    """What "Create a Ticket" takes, as far as it is used here."""

    subject: str
    description: str
    status: int = Field(ge=2)
    priority: int = Field(ge=1, le=4)
    source: Literal[1, 2, 3, 7, 9, 10]
    type: str | None = None
    group_id: int | None = None
    tags: list[str] = []
    custom_fields: dict[str, str | int | float | bool] = {}
    name: str = ""
    requester_id: int | None = None
    email: str = ""
    phone: str = ""
    unique_external_id: str = ""

    @model_validator(mode="after")
    def as_documented(self) -> "TicketInput":
        if not (self.requester_id or self.email or self.phone or self.unique_external_id):
            raise ValueError("somebody must ask")
        if not self.email and not self.requester_id and not self.name:
            raise ValueError("a new contact without an address needs a name")
        known = {each["name"]: each for each in FIELDS if not each["default"]}
        for name, value in self.custom_fields.items():
            if name not in known or (known[name]["type"] == "custom_number") != isinstance(value, int):
                raise ValueError(f"datatype_mismatch {name}")
            if value not in known[name].get("choices", [value]):  # type: ignore[operator]
                raise ValueError(f"invalid_value {name}")
        if any(len(tag) > 32 for tag in self.tags):
            raise ValueError("a long tag")
        return self


class NoteInput(Documented):
    """What "Create a Note" takes."""

    body: str = Field(min_length=1)
    private: bool = True
    incoming: bool = False
    notify_emails: list[str] = []
    user_id: int | None = None


class FreshdeskVendor(FakeHelpdesk):
    """A Freshdesk; `administrator`: whether the account that we use may know agents."""

    us = 432
    agents = {"a1": 433, "a2": 434}  # noqa: RUF012 - the same for all

    def __init__(self) -> None:
        self.administrator = True
        self.contacts: dict[int, JSON] = {}
        self._accounts = itertools.count(6001)
        super().__init__()

    def routes(self) -> None:
        for method, path, handler in (
            ("GET", "agents/me", self._me),
            ("GET", "agents/{id}", self._agent),
            ("GET", "groups", self._groups),
            ("GET", "ticket_fields", self._fields),
            ("GET", "contacts", self._find_contact),
            ("GET", "contacts/{id}", self._contact),
            ("DELETE", "contacts/{id}/hard_delete", self._hard_delete),
            ("GET", "tickets", self._list),
            ("POST", "tickets", self._create),
            ("GET", "tickets/{id}", self._show),
            ("PUT", "tickets/{id}", self._update),
            ("DELETE", "tickets/{id}", self._delete),
            ("GET", "tickets/{id}/conversations", self._conversations),
            ("POST", "tickets/{id}/notes", self._note_added),
        ):
            self.app.router.add_route(method, f"/api/v2/{path}", self._known(handler))
        self.app.router.add_route("GET", "/cdn/{remark}/{file}", self._cdn)

    def _known(self, handler: Any) -> Any:
        async def answer(request: web.Request) -> web.StreamResponse:
            if request.headers.get("Authorization") != PROOF:
                return web.json_response({"code": "invalid_credentials", "message": "No."}, status=401)
            found: web.StreamResponse = await handler(request)
            found.headers["X-RateLimit-Remaining"] = "199"
            return found

        return answer

    async def _me(self, request: web.Request) -> web.Response:
        return web.json_response({"id": self.us, "contact": {"name": "Front Door Bot", "email": "bot@h.example"}})

    async def _agent(self, request: web.Request) -> web.Response:
        if not self.administrator:
            return web.json_response({"code": "access_denied", "message": "No."}, status=403)
        number = int(request.match_info["id"])
        name = next((self.people[each] for each, known in self.agents.items() if known == number), "")
        if number == self.us:
            return await self._me(request)
        return web.json_response({"id": number, "contact": {"name": name}}) if name else web.Response(status=404)

    async def _groups(self, request: web.Request) -> web.Response:
        return self._page(request, [{"id": number, "name": name} for name, number in GROUPS.items()])

    async def _fields(self, request: web.Request) -> web.Response:
        return self.wrong(f"the fields {dict(request.query)}") if request.query else web.json_response(FIELDS)

    async def _find_contact(self, request: web.Request) -> web.Response:
        (name,) = set(request.query) & {"email", "phone", "mobile"}
        return self._page(request, [each for each in self.contacts.values() if each[name] == request.query[name]])

    async def _contact(self, request: web.Request) -> web.Response:
        found = self.contacts.get(int(request.match_info["id"]))
        return web.json_response(found) if found else web.Response(status=404)

    async def _hard_delete(self, request: web.Request) -> web.Response:
        gone = self.contacts.pop(int(request.match_info["id"]), None)
        if gone is None or request.query.get("force") != "true":
            return web.Response(status=404 if gone is None else 400)
        self.tickets = {n: each for n, each in self.tickets.items() if each.data["requester_id"] != gone["id"]}
        return web.Response(status=204)

    async def _list(self, request: web.Request) -> web.Response:
        query = dict(request.query)
        order = query.get("order_by")
        if (
            set(query) != {"updated_since", "order_by", "order_type", "page", "per_page"}
            or query["order_type"] != "asc"
        ):
            return self.wrong(f"the list {query}")
        since = datetime.datetime.fromisoformat(query["updated_since"]).timestamp()
        shapes = [self._shape(each) for each in self.tickets.values() if int(each.changed_at) >= since]
        found = sorted((each for each in shapes if not each["deleted"]), key=lambda each: str(each[str(order)]))
        return self._page(request, found)

    async def _create(self, request: web.Request) -> web.StreamResponse:
        made = self._read(TicketInput, await request.json())
        if isinstance(made, web.Response):
            return made

        async def send() -> web.Response:
            ticket = FakeTicket(id=self.number(), subject=made.subject, state=str(made.status))
            ticket.data = made.model_dump(exclude={"name", "email", "phone", "unique_external_id"})
            ticket.data |= {"requester_id": self._requester(made), "deleted": False}
            return web.json_response(self._shape(self.add(ticket)), status=201)

        return await self.sending(send)

    async def _show(self, request: web.Request) -> web.Response:
        ticket = self.tickets.get(request.match_info["id"])
        return web.json_response(self._shape(ticket)) if ticket else web.Response(status=404)

    async def _update(self, request: web.Request) -> web.StreamResponse:
        body, ticket = await request.json(), self.tickets.get(request.match_info["id"])
        if set(body) != {"status"} or body["status"] not in {2, 3, 4, 5, 6}:
            return self.wrong(f"the change {body}")
        if ticket is None:
            return web.Response(status=404)

        async def send() -> web.Response:
            ticket.state, ticket.changed_at = str(body["status"]), time.time()
            return web.json_response(self._shape(ticket))

        return await self.sending(send)

    async def _delete(self, request: web.Request) -> web.Response:
        ticket = self.tickets.get(request.match_info["id"])
        if ticket is None or ticket.data["deleted"]:
            return web.Response(status=404)
        ticket.data["deleted"] = True
        return web.Response(status=204)

    async def _conversations(self, request: web.Request) -> web.Response:
        ticket = self.tickets.get(request.match_info["id"])
        if ticket is None:
            return web.Response(status=404)
        return self._page(request, [self._entry(each) for each in ticket.remarks if not each.deleted])

    async def _note_added(self, request: web.Request) -> web.StreamResponse:
        ticket, files = self.tickets.get(request.match_info["id"]), list[FakeFile]()
        if request.content_type == "multipart/form-data":
            posted = await request.post()
            body: JSON = {name: value for name, value in posted.items() if name != "attachments[]"}
            body["private"] = {"true": True, "false": False}[body["private"]]
            for each in posted.getall("attachments[]"):
                assert isinstance(each, web.FileField)
                files.append(FakeFile(name=each.filename, data=each.file.read(), media_type=each.content_type))
        else:
            body = await request.json()
        made = self._read(NoteInput, body)
        if isinstance(made, web.Response):
            return made
        if ticket is None:
            return web.Response(status=404)
        whole = [*files, *(file for each in ticket.remarks for file in each.files)]
        if files and sum(len(each.data) for each in whole) > ATTACHED:
            return _invalid("attachments")

        async def send() -> web.Response:
            text = f"<div>{SCRIPT.sub('', made.body)}</div>"
            remark = FakeRemark(id=self.number(), text=text, public=not made.private, files=files, data={"source": 2})
            ticket.remarks.append(remark)
            ticket.changed_at = time.time()
            return web.json_response(self._entry(remark), status=201)

        return await self.sending(send)

    async def _cdn(self, request: web.Request) -> web.Response:
        if "Authorization" in request.headers:
            return self.wrong("our key, told to whoever keeps the files")
        remarks = {each.id: each for ticket in self.tickets.values() for each in ticket.remarks}
        return web.Response(body=remarks[request.match_info["remark"]].files[int(request.match_info["file"])].data)

    def _read(self, model: Any, body: JSON) -> Any:
        try:
            return model.model_validate(body)
        except ValidationError as error:
            return self.wrong(f"{model.__name__} {[(each['loc'], each['msg']) for each in error.errors()]}")

    def _requester(self, made: TicketInput) -> int:
        known = {name: getattr(made, name) or None for name in ("email", "phone", "unique_external_id")}
        for number, contact in self.contacts.items():
            if number == made.requester_id or any(value and contact[name] == value for name, value in known.items()):
                return number
        number = next(self._accounts)
        self.contacts[number] = {"id": number, "name": made.name, **known}
        return number

    def _shape(self, ticket: FakeTicket) -> JSON:
        return {
            **ticket.data, "id": int(ticket.id), "subject": ticket.subject, "status": int(ticket.state),
            "responder_id": self.agents.get(ticket.owner), "updated_at": _stamp(ticket.changed_at),
            "created_at": _stamp(ticket.changed_at), "spam": False,
        }  # fmt: skip

    def _entry(self, remark: FakeRemark) -> JSON:
        return {
            "id": int(remark.id), "body": remark.text, "body_text": re.sub(r"<[^>]+>", " ", remark.text),
            "incoming": False, "private": not remark.public, "source": 0, "created_at": _stamp(remark.at),
            "user_id": self.agents.get(remark.author, self.us), **remark.data,
            "attachments": [
                {
                    "id": n, "name": each.name, "content_type": each.media_type, "size": len(each.data),
                    "attachment_url": f"{self.url}/cdn/{remark.id}/{n}",
                }
                for n, each in enumerate(remark.files)
            ],
        }  # fmt: skip

    def _page(self, request: web.Request, found: list[JSON]) -> web.Response:
        size, page = int(request.query.get("per_page", "30")), int(request.query.get("page", "1"))
        if not 0 < size <= 100:
            return self.wrong(f"a page of {size}")
        return web.json_response(found[(page - 1) * size : page * size])


def _stamp(at: float) -> str:
    return f"{datetime.datetime.fromtimestamp(at, datetime.UTC):%Y-%m-%dT%H:%M:%SZ}"


def _invalid(field: str) -> web.Response:
    wrong = {"field": field, "message": "with what the customer wrote", "code": "invalid_value"}
    return web.json_response({"description": "Validation failed", "errors": [wrong]}, status=400)
