"""Jira Service Management at the wire, as https://developer.atlassian.com/cloud/jira/service-desk/rest/ and
…/cloud/jira/platform/rest/v3/ have it.

Its search knows of a change only after `lag_s`. `screens` are the fields that may be set on an issue. `keeps_internal`
is whether the property `sd.public.comment` counts.
"""

import base64
import datetime
import re
import time
from typing import Any

from aiohttp import web
from aiohttp.web_request import FileField

from connectors.message import JSON
from tests.fakes.desks.base import FakeFile, FakeHelpdesk, FakeRemark, FakeTicket

EMAIL, TOKEN = "bot@hearthline.example", "jira-token-7b3d9f1a5c2e"
KEY = base64.b64encode(f"{EMAIL}:{TOKEN}".encode()).decode()
DESK = "4"
REQUEST = frozenset(
    {"serviceDeskId", "requestTypeId", "requestFieldValues", "raiseOnBehalfOf", "requestParticipants", "channel"}
)
US = "557058:front-door"
STATUSES = {"To Do": "new", "In Progress": "indeterminate", "Done": "done", "Bot": "indeterminate"}
STEPS = {"11": ("Back to work", "In Progress"), "21": ("Resolve", "Done")}
FIELDS = [
    {"id": "summary", "name": "Summary", "schema": {"type": "string"}},
    {"id": "customfield_10050", "name": "Channel", "schema": {"type": "option"}},
    {"id": "customfield_10051", "name": "Reference", "schema": {"type": "string"}},
]


class JiraVendor(FakeHelpdesk):
    """A site with one service project."""

    agents = {"a1": "557058:li-na", "a2": "557058:wang-wei"}  # noqa: RUF012 - the same for all
    types = {"30": "Get help", "31": "Senior"}  # noqa: RUF012 - the same for all

    def __init__(self) -> None:
        self.customers: dict[str, JSON] = {}
        self.uploads: dict[str, FakeFile] = {}
        self.fields: dict[str, JSON] = {}  # of issues, by their ids
        self.lag_s = 0.3
        self.screens = {"priority", "labels", "customfield_10050", "customfield_10051"}
        self.keeps_internal = True
        super().__init__()

    def routes(self) -> None:
        add, desk, issue = self.app.router.add_route, "/rest/servicedeskapi", "/rest/api/3/issue/{id}"
        add("GET", "/rest/api/3/myself", self._myself)
        add("GET", "/rest/api/3/field", self._field)
        add("POST", "/rest/api/3/search/jql", self._search)
        add("GET", f"{desk}/servicedesk/{{desk}}", self._desk)
        add("GET", f"{desk}/servicedesk/{{desk}}/requesttype", self._types)
        add("GET", f"{desk}/servicedesk/{{desk}}/customer", self._customers)
        add("POST", f"{desk}/servicedesk/{{desk}}/customer", self._add_customer)
        add("POST", f"{desk}/customer", self._make_customer)
        add("POST", f"{desk}/servicedesk/{{desk}}/attachTemporaryFile", self._upload)
        add("POST", f"{desk}/request", self._request)
        add("POST", f"{desk}/request/{{id}}/attachment", self._attach)
        add("GET", f"{desk}/request/{{id}}/comment", self._public_comments)
        add("GET", issue, self._issue)
        add("PUT", issue, self._edit)
        add("DELETE", issue, self._delete)
        add("GET", f"{issue}/comment", self._comments)
        add("POST", f"{issue}/comment", self._comment)
        add("DELETE", f"{issue}/comment/{{comment}}", self._delete_comment)
        add("GET", f"{issue}/transitions", self._transitions)
        add("POST", f"{issue}/transitions", self._transit)
        add("GET", "/secure/attachment/{comment}/{n}/{name}", self._file)

    # the site and the project

    async def _myself(self, request: web.Request) -> web.Response:
        return self._unknown(request) or web.json_response({"accountId": US, "displayName": "Front Door"})

    async def _field(self, request: web.Request) -> web.Response:
        return self._unknown(request) or web.json_response(FIELDS)

    async def _desk(self, request: web.Request) -> web.Response:
        if request.match_info["desk"] not in {DESK, "SUP"}:
            return self._missing()
        desk = {"id": DESK, "projectId": "10010", "projectKey": "SUP", "projectName": "Support"}
        return self._unknown(request) or web.json_response(desk)

    async def _types(self, request: web.Request) -> web.Response:
        return self._unknown(request) or self._page([{"id": n, "name": name} for n, name in self.types.items()])

    async def _customers(self, request: web.Request) -> web.Response:
        if request.headers.get("X-ExperimentalApi") != "opt-in":
            return self.wrong("an experimental method without opting in")
        query = request.query["query"].casefold()
        found = [each for each in self.customers.values() if query in each["emailAddress"].casefold()]
        return self._unknown(request) or self._page(found)

    async def _make_customer(self, request: web.Request) -> web.Response:
        body = await request.json()
        if refused := self._unknown(request):
            return refused
        if set(body) != {"email", "displayName"}:
            return self.wrong(f"the customer {sorted(body)}")
        if any(each["emailAddress"] == body["email"] for each in self.customers.values()):
            return web.json_response({"errorMessage": "exists"}, status=400)
        account = f"qm:{self.number()}"
        made = {"accountId": account, "emailAddress": body["email"], "displayName": body["displayName"]}
        self.customers[account] = made
        return web.json_response(made, status=201)

    async def _add_customer(self, request: web.Request) -> web.Response:
        body = await request.json()
        if not set(body["accountIds"]) <= set(self.customers):
            return self.wrong(f"the accounts {body}")
        return self._unknown(request) or web.Response(status=204)

    async def _request(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if refused := self._unknown(request):
            return refused
        if not {"serviceDeskId", "requestTypeId", "requestFieldValues"} <= set(body) <= REQUEST:
            return self.wrong(f"the request {sorted(body)}")
        if body["serviceDeskId"] != DESK or body["requestTypeId"] not in self.types:
            return self.wrong(f"the desk or the request type {body}")
        values, customer = body["requestFieldValues"], body.get("raiseOnBehalfOf")
        if set(values) != {"summary", "description"} or "\n" in values["summary"] or len(values["summary"]) > 255:
            return self.wrong(f"the field values {values}")
        if customer is not None and customer not in self.customers:
            return web.json_response({"errorMessage": "The customer may not be in this project."}, status=400)

        async def send() -> web.Response:
            ticket = FakeTicket(id=self.number(), subject=values["summary"], state="To Do", data=body)
            self.add(ticket)
            self.fields[ticket.id] = {"labels": []}
            shape = {"issueId": ticket.id, "issueKey": f"SUP-{ticket.id}", "requestTypeId": body["requestTypeId"]}
            return web.json_response(shape, status=201)

        return await self.sending(send)

    async def _upload(self, request: web.Request) -> web.Response:
        if refused := self._unknown(request):
            return refused
        if request.headers.get("X-Atlassian-Token") != "no-check":
            return web.json_response({"errorMessage": "XSRF check failed"}, status=403)
        made: list[JSON] = []
        for name, value in (await request.post()).items():
            if name != "file" or not isinstance(value, FileField):
                return self.wrong(f"the upload's part {name}")
            number = f"temp{self.number()}"
            kind = value.content_type
            self.uploads[number] = FakeFile(name=value.filename, data=value.file.read(), media_type=kind)
            made.append({"temporaryAttachmentId": number, "fileName": value.filename})
        return web.json_response({"temporaryAttachments": made}, status=201)

    async def _attach(self, request: web.Request) -> web.StreamResponse:
        body, ticket = await request.json(), self._ticket(request)
        if refused := self._unknown(request):
            return refused
        if set(body) != {"temporaryAttachmentIds", "public"} or body["public"] is not False:
            return self.wrong(f"the attachment {body}")
        if ticket is None:
            return self._missing()
        files = [self.uploads.pop(each) for each in body["temporaryAttachmentIds"]]
        self.remark(ticket.id, "", files=files)
        return web.json_response({"comment": {"id": ticket.remarks[-1].id, "public": False}}, status=201)

    async def _public_comments(self, request: web.Request) -> web.Response:
        ticket = self._ticket(request)
        if refused := self._unknown(request):
            return refused
        if ticket is None or request.query.get("internal") != "false" or request.query.get("expand") != "attachment":
            return self.wrong(f"the comments {dict(request.query)}")
        shown = [each for each in ticket.remarks if each.public and not each.deleted]
        return self._page([{"id": each.id, "attachments": {"values": self._links(each)}} for each in shown])

    # issues

    async def _search(self, request: web.Request) -> web.Response:
        body = await request.json()
        if refused := self._unknown(request):
            return refused
        if not {"jql", "fields"} <= set(body) <= {"jql", "fields", "maxResults", "nextPageToken"}:
            return self.wrong(f"the search {sorted(body)}")
        visible = [each for each in self.tickets.values() if each.changed_at <= time.time() - self.lag_s]
        if (named := re.fullmatch(r'project = "SUP" AND summary ~ "\\"([^"\\]+)\\""', body["jql"])) is not None:
            found = [each for each in visible if named[1] in each.subject]
        elif (since := re.fullmatch(r'project = "SUP" AND updated >= "-(\d+)m" .*', body["jql"])) is not None:
            found = [each for each in visible if each.changed_at >= time.time() - 60 * int(since[1])]
        else:
            return self.wrong(f"the query {body['jql']}")
        at, token = int(body.get("nextPageToken") or 0), {}
        if at + 2 < len(found):
            token = {"nextPageToken": str(at + 2)}
        shapes = [self._shape(each, body["fields"]) for each in found[at : at + 2]]
        return web.json_response({"issues": shapes, "isLast": not token, **token})

    async def _issue(self, request: web.Request) -> web.Response:
        ticket = self._ticket(request)
        if refused := self._unknown(request):
            return refused
        return web.json_response(self._shape(ticket, request.query["fields"].split(","))) if ticket else self._missing()

    async def _edit(self, request: web.Request) -> web.Response:
        body, ticket = await request.json(), self._ticket(request)
        if refused := self._unknown(request):
            return refused
        if ticket is None or set(body) != {"fields", "update"}:
            return self.wrong(f"the change {sorted(body)}")
        named = {*body["fields"], *body["update"]}
        if unset := named - self.screens:
            problem = "cannot be set. It is not on the appropriate screen, or unknown."
            errors = {each: f"Field '{each}' {problem}" for each in unset}
            return web.json_response({"errorMessages": [], "errors": errors}, status=400)
        if any(" " in each["add"] for each in body["update"].get("labels", ())):
            return self.wrong("a label with a space")
        self.fields[ticket.id] |= body["fields"]
        self.fields[ticket.id]["labels"] += [each["add"] for each in body["update"].get("labels", ())]
        return web.Response(status=204)

    async def _delete(self, request: web.Request) -> web.Response:
        gone = self.tickets.pop(request.match_info["id"], None)
        return self._unknown(request) or (web.Response(status=204) if gone else self._missing())

    async def _comments(self, request: web.Request) -> web.Response:
        ticket = self._ticket(request)
        if refused := self._unknown(request):
            return refused
        if ticket is None:
            return self._missing()
        start, shown = int(request.query["startAt"]), [each for each in ticket.remarks if not each.deleted]
        page = [self._remark(each) for each in shown[start : start + 100]]
        return web.json_response({"startAt": start, "maxResults": 100, "total": len(shown), "comments": page})

    async def _comment(self, request: web.Request) -> web.StreamResponse:
        body, ticket = await request.json(), self._ticket(request)
        if refused := self._unknown(request):
            return refused
        if not {"body"} <= set(body) <= {"body", "properties", "visibility"} or not _is_document(body["body"]):
            return self.wrong(f"the comment {body}")
        if ticket is None:
            return self._missing()

        async def send() -> web.Response:
            asked = {"key": "sd.public.comment", "value": {"internal": True}} in body.get("properties", [])
            public = not (asked and self.keeps_internal)
            made = self.remark(ticket.id, "", public=public, data={"body": body["body"]})
            return web.json_response(self._remark(made), status=201)

        return await self.sending(send)

    async def _delete_comment(self, request: web.Request) -> web.Response:
        ticket = self._ticket(request)
        if refused := self._unknown(request):
            return refused
        for each in ticket.remarks if ticket else ():
            each.deleted = each.deleted or each.id == request.match_info["comment"]
        return web.Response(status=204)

    async def _transitions(self, request: web.Request) -> web.Response:
        ticket = self._ticket(request)
        if refused := self._unknown(request):
            return refused
        if ticket is None:
            return self._missing()
        steps = [
            {"id": n, "name": name, "to": _status(to), "fields": self._screen(to)}
            for n, (name, to) in STEPS.items()
            if to != ticket.state
        ]
        return web.json_response({"transitions": steps})

    async def _transit(self, request: web.Request) -> web.StreamResponse:
        body, ticket = await request.json(), self._ticket(request)
        if refused := self._unknown(request):
            return refused
        if not {"transition"} <= set(body) <= {"transition", "fields"} or body["transition"]["id"] not in STEPS:
            return self.wrong(f"the step {body}")
        if ticket is None:
            return self._missing()
        _, to = STEPS[body["transition"]["id"]]
        if to == "Done" and body.get("fields") != {"resolution": {"id": "10000"}}:
            return web.json_response({"errors": {"resolution": "Resolution is required."}}, status=400)

        async def send() -> web.Response:
            ticket.state = to
            return web.Response(status=204)

        return await self.sending(send)

    async def _file(self, request: web.Request) -> web.Response:
        if refused := self._unknown(request):
            return refused
        remarks = [each for ticket in self.tickets.values() for each in ticket.remarks]
        remark = next(each for each in remarks if each.id == request.match_info["comment"])
        return web.Response(body=remark.files[int(request.match_info["n"])].data)

    # shapes

    def _ticket(self, request: web.Request) -> FakeTicket | None:
        return self.tickets.get(request.match_info["id"])

    def _shape(self, ticket: FakeTicket, fields: list[str]) -> JSON:
        owner = {"accountId": self.agents.get(ticket.owner), "displayName": self.people.get(ticket.owner)}
        files = [file for each in ticket.remarks if not each.deleted for file in each.files]
        values: JSON = {
            "summary": ticket.subject, "status": _status(ticket.state), "assignee": owner if ticket.owner else None,
            "reporter": {"accountId": ticket.data.get("raiseOnBehalfOf", US)}, "updated": _moment(ticket.changed_at),
            "attachment": [{"filename": each.name, "size": len(each.data)} for each in files],
        }  # fmt: skip
        return {"id": ticket.id, "key": f"SUP-{ticket.id}", "fields": {name: values[name] for name in fields}}

    def _remark(self, remark: FakeRemark) -> JSON:
        account = remark.data.get("account") or self.agents.get(remark.author, US)
        kind = "customer" if account in self.customers else "atlassian"
        name = self.people.get(remark.author, "Front Door")
        body = remark.data.get("body") or written(remark.text)
        media = [{"type": "mediaSingle", "content": [{"type": "media", "attrs": {"id": "m"}}]} for _ in remark.files]
        shape = {
            "id": remark.id, "author": {"accountId": account, "accountType": kind, "displayName": name},
            "body": {**body, "content": [*body["content"], *media]}, "created": _moment(remark.at),
            "updated": _moment(remark.at), "jsdPublic": remark.public,
        }  # fmt: skip
        return {**shape, "visibility": {"type": "role", "value": "Team"}} if remark.data.get("role") else shape

    def _links(self, remark: FakeRemark) -> list[JSON]:
        return [
            {
                "filename": each.name, "size": len(each.data), "mimeType": each.media_type,
                "_links": {"content": f"{self.url}/secure/attachment/{remark.id}/{n}/file"},
            }
            for n, each in enumerate(remark.files)
        ]  # fmt: skip

    def _screen(self, to: str) -> JSON:
        resolution = {"required": True, "allowedValues": [{"id": "10000", "name": "Done"}]}
        return {"resolution": resolution} if to == "Done" else {}

    def _page(self, found: list[Any]) -> web.Response:
        return web.json_response({"size": len(found), "start": 0, "isLastPage": True, "values": found})

    def _unknown(self, request: web.Request) -> web.Response | None:
        if request.headers.get("Authorization") == f"Basic {KEY}":
            return None
        return web.json_response({"errorMessages": ["You are not authenticated."]}, status=401)

    def _missing(self) -> web.Response:
        return web.json_response({"errorMessages": ["Issue does not exist."]}, status=404)


def written(text: str) -> JSON:
    """What an agent types, as Jira's editor keeps it: a paragraph for each line."""
    content = [{"type": "paragraph", "content": [{"type": "text", "text": each}]} for each in text.split("\n") if each]
    return {"type": "doc", "version": 1, "content": content}


def _is_document(body: Any) -> bool:
    """Whether it is a document of paragraphs, texts (which are never empty and may be links) and line breaks."""
    if not isinstance(body, dict) or (body.get("type"), body.get("version")) != ("doc", 1):
        return False
    nodes = [node for paragraph in body["content"] for node in paragraph["content"]]
    right = all(each == {"type": "hardBreak"} or _is_text(each) for each in nodes)
    return right and all(each["type"] == "paragraph" for each in body["content"])


def _is_text(node: JSON) -> bool:
    marks = node.get("marks", [{"type": "link", "attrs": {"href": "https://"}}])
    (kind, href) = (marks[0]["type"], marks[0]["attrs"]["href"])
    return {*node} - {"marks"} == {"type", "text"} and bool(node["text"]) and kind == "link" and "://" in href


def _status(name: str) -> JSON:
    return {"name": name, "statusCategory": {"key": STATUSES[name]}}


def _moment(at: float) -> str:
    zone = datetime.timezone(datetime.timedelta(hours=8))
    moment = datetime.datetime.fromtimestamp(at, zone)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}+0800"
