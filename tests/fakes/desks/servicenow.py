"""ServiceNow at the wire, as https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html and
…/c_AttachmentAPI.html have it.

Columns that it does not know, or that the account may not write (`unwritable`), are left away without a word.
`basic_plane` is a database that leaves away what is beyond the first 65,536 characters of Unicode. `cut_off` answers
the next reading with 200 and a failure at its end.
"""

import base64
import datetime
import json
import re
import secrets
import time
from typing import Any

from aiohttp import web

from connectors.message import JSON
from tests.fakes.desks.base import FakeFile, FakeHelpdesk, FakeRemark, FakeTicket

USER, PASSWORD = "front.door", "servicenow-pass-6e1a9c3f7b2d"
CLIENT, CLIENT_SECRET = "client-1", "servicenow-client-4b8d2f6a1c9e"
BASIC = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
COLUMNS = frozenset(
    {
        "short_description", "description", "contact_type", "correlation_id", "correlation_display", "impact",
        "urgency", "assignment_group", "caller_id", "state", "close_code", "close_notes", "work_notes", "u_channel",
    }
)  # fmt: skip
ID = re.compile(r"[0-9a-f]{32}")


class ServiceNowVendor(FakeHelpdesk):
    """An instance with incidents; agents are known by their user names."""

    agents = {"a1": "li.na", "a2": "wang.wei"}  # noqa: RUF012 - the same for all
    groups = {"Service Desk": "a" * 32, "Senior": "b" * 32}  # noqa: RUF012 - the same for all

    def __init__(self) -> None:
        super().__init__()
        self.users: dict[str, JSON] = {}
        self.unwritable: set[str] = set()
        self.basic_plane = self.cut_off = self.may_make_users = False
        self.tokens: set[str] = set()
        for name, user in (("Li Na", "li.na"), ("Wang Wei", "wang.wei")):
            self.user(name, user, f"{user}@hearthline.example")

    def user(self, name: str, user_name: str, email: str) -> JSON:
        """Somebody whom the instance knows."""
        made = {"sys_id": self.number(), "name": name, "user_name": user_name, "email": email, "active": "true"}
        self.users[made["sys_id"]] = made
        return made

    def number(self) -> str:
        return secrets.token_hex(16)

    def routes(self) -> None:
        add = self.app.router.add_route
        add("POST", "/oauth_token.do", self._oauth)
        add("GET", "/api/now/attachment", self._attachments)
        add("POST", "/api/now/attachment/file", self._attach)
        add("GET", "/api/now/attachment/{id}/file", self._download)
        add("GET", "/api/now/table/{table}", self._rows)
        add("POST", "/api/now/table/{table}", self._make)
        add("GET", "/api/now/table/{table}/{id}", self._row)
        add("PATCH", "/api/now/table/{table}/{id}", self._change)
        add("DELETE", "/api/now/table/{table}/{id}", self._delete)

    # tables

    async def _oauth(self, request: web.Request) -> web.Response:
        form = dict(await request.post())
        wanted = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": CLIENT_SECRET}
        if form != wanted:
            return web.json_response({"error": "access_denied"}, status=401)
        token = f"token-{self.number()}"
        self.tokens.add(token)
        return web.json_response({"access_token": token, "token_type": "Bearer", "expires_in": 1799})

    async def _rows(self, request: web.Request) -> web.Response:
        if refused := self._unknown(request):
            return refused
        query = request.query
        if not {"sysparm_query", "sysparm_fields"} <= set(query) or query["sysparm_exclude_reference_link"] != "true":
            return self.wrong(f"the question {dict(query)}")
        rows = {
            "incident": [self._shape(each) for each in self.tickets.values()],
            "sys_journal_field": [self._entry(t, each) for t in self.tickets.values() for each in t.remarks],
            "sys_user": list(self.users.values()),
            "sys_user_group": [{"name": name, "sys_id": sys_id} for name, sys_id in self.groups.items()],
        }.get(request.match_info["table"])
        if rows is None:
            return self.wrong(f"the table {request.match_info['table']}")
        found = _found(rows, query["sysparm_query"])
        if found is None:
            return self.wrong(f"the query {query['sysparm_query']}")
        begin, most = int(query["sysparm_offset"]), int(query["sysparm_limit"])
        page = [_with(each, query["sysparm_fields"]) for each in found[begin : begin + most]]
        return self._answer(page)

    async def _row(self, request: web.Request) -> web.Response:
        if refused := self._unknown(request):
            return refused
        ticket = self.tickets.get(request.match_info["id"])
        return self._answer(_with(self._shape(ticket), request.query["sysparm_fields"])) if ticket else self._missing()

    async def _make(self, request: web.Request) -> web.StreamResponse:
        if refused := self._unknown(request):
            return refused
        values, table = await request.json(), request.match_info["table"]
        if table == "sys_user":
            if not self.may_make_users:
                return web.json_response({"error": {"message": "Operation Failed"}, "status": "failure"}, status=403)
            made = self.user(f"{values['first_name']} {values['last_name']}", "", values["email"])
            return web.json_response({"result": made}, status=201)
        if table != "incident" or not all(isinstance(each, str) for each in values.values()):
            return self.wrong(f"the record {table} {values}")
        if len(values["short_description"]) > 160 or "\n" in values["short_description"]:
            return self.wrong("the short description")

        async def send() -> web.Response:
            kept = {name: each for name, each in values.items() if name in COLUMNS - self.unwritable}
            ticket = FakeTicket(id=self.number(), subject=values["short_description"], state="1", data=kept)
            self.add(ticket)
            return web.json_response({"result": self._shape(ticket)}, status=201)

        return await self.sending(send)

    async def _change(self, request: web.Request) -> web.StreamResponse:
        if refused := self._unknown(request):
            return refused
        values, ticket = await request.json(), self.tickets.get(request.match_info["id"])
        if not set(values) <= COLUMNS:
            return self.wrong(f"the change {sorted(values)}")
        if ticket is None:
            return self._missing()
        if values.get("state") == "6" and not (values.get("close_code") and values.get("close_notes")):
            problem = {"message": "Operation Failed", "detail": "Data Policy Exception"}
            return web.json_response({"error": problem, "status": "failure"}, status=403)

        async def send() -> web.Response:
            if "state" not in self.unwritable:
                ticket.state = values.get("state", ticket.state)
            if values.get("work_notes") and "work_notes" not in self.unwritable:
                text = values["work_notes"]
                text = "".join(each for each in text if each <= "\uffff") if self.basic_plane else text
                self.remark(ticket.id, text)
            return web.json_response({"result": self._shape(ticket)})

        return await self.sending(send)

    async def _delete(self, request: web.Request) -> web.Response:
        if refused := self._unknown(request):
            return refused
        gone = self.tickets.pop(request.match_info["id"], None)
        return web.Response(status=204) if gone else self._missing()

    # attachments

    async def _attachments(self, request: web.Request) -> web.Response:
        if refused := self._unknown(request):
            return refused
        found = _found([each for _, each in self._attached()], request.query["sysparm_query"])
        return self.wrong(f"the query {request.query['sysparm_query']}") if found is None else self._answer(found)

    async def _attach(self, request: web.Request) -> web.StreamResponse:
        if refused := self._unknown(request):
            return refused
        query, ticket = request.query, self.tickets.get(request.query.get("table_sys_id", ""))
        if set(query) != {"table_name", "table_sys_id", "file_name"} or query["table_name"] != "incident":
            return self.wrong(f"the attachment {dict(query)}")
        if ticket is None:
            return self._missing()
        file = FakeFile(name=query["file_name"], data=await request.read(), media_type=request.content_type)
        ticket.data.setdefault("files", []).append((self.number(), USER, time.time(), file))
        return web.json_response({"result": {"file_name": file.name}}, status=201)

    async def _download(self, request: web.Request) -> web.Response:
        if refused := self._unknown(request):
            return refused
        found = next(file for file, each in self._attached() if each["sys_id"] == request.match_info["id"])
        return web.Response(body=found.data)

    def _attached(self) -> list[tuple[FakeFile, JSON]]:
        """What is attached to anything, ours and what agents have attached just before a comment."""
        found: list[tuple[FakeFile, JSON]] = []
        for ticket in self.tickets.values():
            own = ticket.data.get("files", ())
            theirs = [
                (f"{remark.id[:30]}{n:02}", self._author(remark), remark.at - 5, file)
                for remark in ticket.remarks
                for n, file in enumerate(remark.files)
            ]
            for sys_id, author, at, file in (*own, *theirs):
                shape = {
                    "sys_id": sys_id, "file_name": file.name, "size_bytes": str(len(file.data)),
                    "content_type": file.media_type, "sys_created_by": author, "sys_created_on": _stamp(at),
                    "table_name": "incident", "table_sys_id": ticket.id,
                }  # fmt: skip
                found.append((file, shape))
        return found

    # shapes

    def _shape(self, ticket: FakeTicket) -> JSON:
        values = {name: each for name, each in ticket.data.items() if name != "files"}
        caller = self.users.get(str(values.get("caller_id")), {})
        user = self.agents.get(ticket.owner, "")
        owner = next((each for each in self.users.values() if each["user_name"] == user), {})
        return {
            **values, "sys_id": ticket.id, "number": f"INC{ticket.id[:7]}", "state": ticket.state,
            "assigned_to": owner.get("sys_id", ""), "assigned_to.name": owner.get("name", ""),
            "caller_id.user_name": caller.get("user_name", ""), "sys_updated_on": _stamp(ticket.changed_at),
        }  # fmt: skip

    def _entry(self, ticket: FakeTicket, remark: FakeRemark) -> JSON:
        return {
            "sys_id": remark.id, "name": "incident", "element": "comments" if remark.public else "work_notes",
            "element_id": ticket.id, "value": remark.text, "sys_created_on": _stamp(remark.at),
            "sys_created_by": self._author(remark),
        }  # fmt: skip

    def _author(self, remark: FakeRemark) -> str:
        return str(remark.data.get("by") or self.agents.get(remark.author, USER))

    def _answer(self, result: Any) -> web.Response:
        if self.cut_off:
            self.cut_off = False
            body = (
                json.dumps({"result": result})[:-1] + ',"error":{"message":"Transaction cancelled"},"status":"failure"}'
            )
            return web.Response(text=body, content_type="application/json")
        return web.json_response({"result": result})

    def _unknown(self, request: web.Request) -> web.Response | None:
        kind, _, proof = request.headers.get("Authorization", "").partition(" ")
        if (kind == "Basic" and proof == BASIC) or (kind == "Bearer" and proof in self.tokens):
            return None
        return web.json_response({"error": {"message": "User Not Authenticated"}, "status": "failure"}, status=401)

    def _missing(self) -> web.Response:
        problem = {"message": "No Record found", "detail": "Record doesn't exist or ACL restricts the record retrieval"}
        return web.json_response({"error": problem, "status": "failure"}, status=404)


def _found(rows: list[JSON], query: str) -> list[JSON] | None:
    """The rows that an encoded query finds; None for what is none."""
    parts = [each for each in query.split("^") if each]
    order = [each.removeprefix("ORDERBY") for each in parts if each.startswith("ORDERBY")]
    groups: list[list[str]] = []
    for each in (part for part in parts if not part.startswith("ORDERBY")):
        if each.startswith("OR") and groups:
            groups[-1].append(each.removeprefix("OR"))
        else:
            groups.append([each])
    try:
        found = [row for row in rows if all(any(_fits(row, one) for one in group) for group in groups)]
    except ValueError:
        return None
    return sorted(found, key=lambda row: str(row.get(order[0]))) if order else found


def _fits(row: JSON, condition: str) -> bool:
    match = re.fullmatch(r"([a-z_]+)(>=|=|LIKE|IN)(.*)", condition, re.DOTALL)
    if match is None:
        raise ValueError(condition)
    value, operator, wanted = str(row.get(match[1], "")), match[2], match[3]
    match operator:
        case "=":
            return value.casefold() == wanted.casefold()
        case ">=":
            return value >= wanted
        case "LIKE":
            return wanted in value
        case _:
            return value in wanted.split(",")


def _with(row: JSON, fields: str) -> JSON:
    return {name: row.get(name, "") for name in fields.split(",")}


def _stamp(at: float) -> str:
    return f"{datetime.datetime.fromtimestamp(at, datetime.UTC):%Y-%m-%d %H:%M:%S}"
