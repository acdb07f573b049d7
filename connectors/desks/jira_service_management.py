"""Jira Service Management in the cloud (https://www.atlassian.com/software/jira/service-management): each ticket is a
request in a service project.

Requests are made by https://developer.atlassian.com/cloud/jira/service-desk/rest/, so that they have their request
type and their customer; all else is done by https://developer.atlassian.com/cloud/jira/platform/rest/v3/, whose rich
text gives our words back as they were. docs/desks/jira_service_management.md has the steps over there.
"""

import math
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from urllib.parse import quote

from connectors.channel import Finding, Request, Standing
from connectors.desk import Look, News
from connectors.desk_answers import only_asked, prove_signed, ticket_number
from connectors.desk_ports import Attempt, DeskPorts, Opened
from connectors.desks.jira_adf import document, has_files
from connectors.desks.jira_api import JiraApi, remark, seconds
from connectors.desks.jira_people import People
from connectors.desks.jira_settings import JiraSettings
from connectors.errors import OutcomeUnknown, SendError, TryLater, Undeliverable
from connectors.fields import Fields, parse_json
from connectors.findings import bad, failed, good
from connectors.helpdesk import Helpdesk
from connectors.helpdesk_model import Draft, Features, Post, RemoteFile, Thread, TicketState
from connectors.message import JSON, Ignored
from connectors.packet_document import subject

PRIORITIES = {"low": "Low", "normal": "Medium", "high": "High", "urgent": "Highest"}
INTERNAL = {"key": "sd.public.comment", "value": {"internal": True}}
"""The property that keeps a comment from customers."""
OVERLAP_S = 120
"""How far behind the newest change the search is asked again: its index follows with a delay."""


class JiraServiceManagement(Helpdesk):
    """The connector. All that we add is an internal comment; the customer reads the agents' public ones."""

    Settings = JiraSettings
    standing = Standing.UNVERIFIED
    features = Features(
        packet_apart=True,
        calls_us="HMAC-SHA256",
        finds="search by reference",
        finds_after_s=120,
        file_bytes=20_000_000,
        text_length=30_000,
        forgets=True,
        returns="a status of your own",
    )

    def __init__(self, settings: JiraSettings, ports: DeskPorts) -> None:
        super().__init__(settings, ports)
        self._settings = settings
        self._api = JiraApi(settings, self._pace)
        self._people = People(self._api.ask, settings)

    # what is asked there

    async def find(self, attempt: Attempt) -> Opened | None:
        """By the reference, which stands in the summary."""
        desk = await self._api.service_desk()
        jql = f'project = "{desk["projectKey"]}" AND summary ~ "\\"{attempt.reference}\\""'
        for each in await self._api.search(jql, "summary"):
            if attempt.reference in str((each.get("fields") or {}).get("summary")):
                return self._opened_as(str(each.get("id")), str(each.get("key")))
        return None

    async def create(self, draft: Draft) -> Opened:
        """A request with what was asked; the customer may read it in the portal, so the packet follows."""
        handoff, desk = draft.handoff, await self._api.service_desk()
        asked = handoff.question or handoff.summary or handoff.reason_detail
        request: JSON = {
            "serviceDeskId": str(desk["id"]), "requestTypeId": await self._api.request_type(draft.queue),
            "requestFieldValues": {"summary": subject(handoff), "description": asked[: self._longest]},
        }  # fmt: skip
        if customer := await self._people.of(handoff, str(desk["id"])):
            request["raiseOnBehalfOf"] = customer
        path = "rest/servicedeskapi/request"
        answer = await self._api.ask("POST", path, json=request, refuse=not customer)
        if answer.status in {400, 403}:  # not for that customer: better a request of ours than none
            request.pop("raiseOnBehalfOf", None)
            answer = await self._api.ask("POST", path, json=request)
        made = answer.json()
        return self._opened_as(str(made.get("issueId")), str(made.get("issueKey")))

    async def complete(self, ticket_id: str, draft: Draft) -> None:
        """Priority, labels and custom fields; without those that are not on the project's screens."""
        fields: JSON = {"priority": {"name": draft.priority or PRIORITIES[draft.handoff.urgency]}}
        for name, value in draft.fields.items():
            fields |= await self._api.custom(name, str(value))
        update = {"labels": [{"add": "_".join(each.split())} for each in draft.tags]} if draft.tags else {}
        while fields or update:
            body = {"fields": fields, "update": update}
            answer = await self._api.ask("PUT", f"rest/api/3/issue/{ticket_number(ticket_id)}", json=body, refuse=False)
            refused = set(answer.json().get("errors") or ()) & {*fields, *update}
            if answer.status != 400 or not refused:
                break  # done; or none of these may be set by us, and the packet is worth more than they are
            fields = {name: each for name, each in fields.items() if name not in refused}
            update = {name: each for name, each in update.items() if name not in refused}

    async def post(self, ticket_id: str, post: Post) -> str:
        """Files first, which make an internal comment of their own; then the words as another."""
        number = str(ticket_number(ticket_id))
        if post.files:
            await self._api.attach(number, post.files, again=post.again)
        words = document(f"{post.heading}\n{post.text}".strip(), self._ports.public_url)
        body = {"body": words, "properties": [INTERNAL]}
        try:
            made = (await self._api.ask("POST", f"rest/api/3/issue/{number}/comment", json=body)).json()
        except SendError as error:
            if post.files:
                raise OutcomeUnknown(f"the files are there, and the words are not: {error}") from error
            raise
        if made.get("jsdPublic") is not False:
            await self._api.ask("DELETE", f"rest/api/3/issue/{number}/comment/{made.get('id')}")
            raise Undeliverable("Jira made our comment public, so it was deleted: is this a service project?")
        return Fields(made).text("id", longest=40)

    async def thread(self, ticket_id: str, since: str) -> Thread:
        """The request with all its comments."""
        number = str(ticket_number(ticket_id))
        me = await self._api.who_we_are()
        params = {"fields": "status,assignee,reporter"}
        fields = (await self._api.ask("GET", f"rest/api/3/issue/{number}", params=params)).json().get("fields") or {}
        customer = str((fields.get("reporter") or {}).get("accountId") or "")
        comments = await self._api.comments(number)
        remarks = [remark(each, me, customer) for each in comments]
        if any(each.public for each in remarks) and any(has_files(each.get("body")) for each in comments):
            files = await self._api.files(number)
            remarks = [replace(each, files=files.get(each.id, ()) if each.public else ()) for each in remarks]
        assignee = fields.get("assignee") or {}
        owned = assignee.get("accountId") not in {None, me}
        return Thread(
            state=self._state(fields.get("status") or {}), remarks=tuple(remarks), complete=True,
            owner_id=str(assignee["accountId"]) if owned else "",
            owner_name=str(assignee.get("displayName") or "") if owned else "",
        )  # fmt: skip

    async def move(self, ticket_id: str, state: TicketState) -> None:
        """Take the step of the workflow that leads there, and look whether it did."""
        number, done = str(ticket_number(ticket_id)), state is TicketState.RESOLVED
        if await self._is_done(number) is done:
            return
        name = self._settings.resolve_transition if done else self._settings.reopen_transition
        path = f"rest/api/3/issue/{number}/transitions"
        answer = await self._api.ask("GET", path, params={"expand": "transitions.fields"})
        steps = [each for each in answer.json().get("transitions") or () if _leads_to(each, name, done=done)]
        if not steps:
            raise Undeliverable("Jira's workflow has no step from here: see resolve_transition and reopen_transition")
        await self._api.ask("POST", path, json=_taken(steps[0]))
        if await self._is_done(number) is not done:
            raise TryLater("Jira has taken the step, and the request is not there")

    async def changed(self, since: str) -> tuple[Sequence[str], str]:
        """By the time of their last change; asked in minutes from now, as dates would be in our account's zone."""
        if not since:
            return (), str(int(time.time()))
        desk = await self._api.service_desk()
        minutes = math.ceil((time.time() - int(since) + OVERLAP_S) / 60)
        jql = f'project = "{desk["projectKey"]}" AND updated >= "-{minutes}m" ORDER BY updated ASC'
        found = await self._api.search(jql, "updated")
        newest = max((seconds(str((each.get("fields") or {}).get("updated"))) for each in found), default=0)
        return [str(each["id"]) for each in found if each.get("id")], str(max(newest, int(since)))

    async def forget(self, ticket_id: str) -> None:
        """Delete the request with its comments and files."""
        path = f"rest/api/3/issue/{ticket_number(ticket_id)}"
        answer = await self._api.ask("DELETE", path, params={"deleteSubtasks": "true"}, refuse=False)
        if answer.status not in {204, 404}:
            raise Undeliverable(f"Jira deletes no request for us: it answered {answer.status}")

    async def fetch(self, file: RemoteFile) -> AsyncIterator[bytes]:
        """The bytes of a comment's file."""
        async for chunk in self._api.download(file.ref):
            yield chunk

    async def check(self) -> list[Finding]:
        """The token, the service project, the request types, and whether Jira may call."""
        try:
            me = (await self._api.ask("GET", "rest/api/3/myself")).json()
            desk = await self._api.service_desk()
            types = await self._api.request_types()
        except SendError as error:
            remedy = "Compare url, email, token and service_desk; the account must be an agent of the project."
            return [failed("Jira does not know us", error, remedy)]
        found = [good(f"Jira knows us as {me.get('displayName')}, and the project {desk.get('projectName')}")]
        known = {str(each.get(name)).casefold() for each in types for name in ("id", "name")}
        if missing := sorted(each for each in self._common.queues if each.casefold() not in known):
            names = ", ".join(sorted(str(each.get("name")) for each in types))
            return [*found, bad(f"the project has no request type {', '.join(missing)}", f"Known: {names}.")]
        found.append(good("the request types are there"))
        return found + only_asked("Jira", self._settings.webhook_secret.get_secret_value(), self._common.poll_s)

    async def close(self) -> None:
        """Release connections."""
        await self._api.close()

    # what is said here

    def verify(self, request: Request) -> None:
        """The signature over the body."""
        prove_signed(request, "x-hub-signature", self._settings.webhook_secret.get_secret_value(), kind="sha256")

    def parse(self, request: Request) -> Sequence[News]:
        """Whatever it says: the request is read, unless it is only that somebody wrote to colleagues."""
        data = Fields(parse_json(request.body))
        issue, comment = data.object("issue"), data.object("comment")
        if issue is None:
            return (Ignored(channel=self.name, why="no_ticket"),)
        if data.data.get("webhookEvent") == "comment_created" and comment and comment.data.get("jsdPublic") is False:
            return (Ignored(channel=self.name, why="no_reply"),)
        number = issue.text("id", longest=20)
        if not number.isdecimal():
            raise issue.wrong("id", "must be a number")
        return (Look(ticket_id=number),)

    # small parts

    @property
    def _longest(self) -> int:
        return self.features.text_length or 0

    async def _is_done(self, number: str) -> bool:
        answer = await self._api.ask("GET", f"rest/api/3/issue/{number}", params={"fields": "status"})
        status = (answer.json().get("fields") or {}).get("status") or {}
        return self._state(status) is TicketState.RESOLVED

    def _state(self, status: JSON) -> TicketState:
        if self._settings.returned_state and status.get("name") == self._settings.returned_state:
            return TicketState.RETURNED
        done = (status.get("statusCategory") or {}).get("key") == "done"
        return TicketState.RESOLVED if done else TicketState.OPEN

    def _opened_as(self, number: str, key: str) -> Opened:
        if not number.isdecimal():
            raise OutcomeUnknown("Jira did not say which request it made")
        return Opened(ticket_id=number, number=key, url=f"{self._settings.url}/browse/{quote(key)}")


def _leads_to(step: JSON, name: str, *, done: bool) -> bool:
    if name:
        return str(step.get("name")).casefold() == name.casefold()
    return (((step.get("to") or {}).get("statusCategory") or {}).get("key") == "done") is done


def _taken(step: JSON) -> JSON:
    """A step, with a resolution where its screen asks for one."""
    body: JSON = {"transition": {"id": str(step.get("id"))}}
    resolution = (step.get("fields") or {}).get("resolution") or {}
    if resolution.get("required") and (allowed := resolution.get("allowedValues")):
        body["fields"] = {"resolution": {"id": str(allowed[0].get("id"))}}
    return body
