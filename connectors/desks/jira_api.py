"""What is asked of one Jira, in the shapes that its answers have.

https://developer.atlassian.com/cloud/jira/service-desk/rest/ and …/cloud/jira/platform/rest/v3/
"""

import base64
import datetime
from collections.abc import AsyncIterator, Iterable
from typing import Any
from urllib.parse import quote

import aiohttp

from connectors.desks.jira_adf import text_of
from connectors.desks.jira_people import EXPERIMENTAL, values
from connectors.desks.jira_settings import JiraSettings
from connectors.errors import Undeliverable
from connectors.fields import Fields, parse_json
from connectors.helpdesk_model import Remark, RemoteFile, Upload
from connectors.message import JSON
from connectors.pace import Pace
from connectors.vendor import VendorAnswer, VendorClient

PAGE, PAGES = 100, 50
XSRF = {"X-Atlassian-Token": "no-check"}


class JiraApi:
    """One site, asked as one account, about one service project. All raise `SendError`."""

    def __init__(self, settings: JiraSettings, pace: Pace) -> None:
        self._settings, self._pace = settings, pace
        key = base64.b64encode(f"{settings.email}:{settings.token.get_secret_value()}".encode()).decode()
        headers = {"Authorization": f"Basic {key}", "Accept": "application/json"}
        self._client = VendorClient("Jira", settings.url, headers=headers, patient=True)
        self._me = ""
        self._desk: JSON = {}

    async def ask(self, method: str, path: str, **request: Any) -> VendorAnswer:
        """One request, in its turn; as `VendorClient.call`."""
        async with self._pace.turn():
            return await self._client.call(method, path, **request)

    def download(self, address: str) -> AsyncIterator[bytes]:
        """The bytes of a file."""
        return self._client.download(address)

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()

    async def who_we_are(self) -> str:
        """The id of the account."""
        if not self._me:
            me = Fields((await self.ask("GET", "rest/api/3/myself")).json())
            self._me = me.text("accountId", longest=200)
        return self._me

    async def service_desk(self) -> JSON:
        """`id`, `projectKey` and `projectName`."""
        if not self._desk:
            key = quote(self._settings.service_desk, safe="")
            self._desk = (await self.ask("GET", f"rest/servicedeskapi/servicedesk/{key}")).json()
        return self._desk

    async def request_types(self) -> list[JSON]:
        """The request types of the project."""
        desk = await self.service_desk()
        path = f"rest/servicedeskapi/servicedesk/{desk['id']}/requesttype"
        return await self.every(path, {})

    async def request_type(self, queue: str) -> str:
        """The number of a request type, by its name."""
        if queue.isdecimal():
            return queue
        for each in await self.request_types():
            if str(each.get("name")).casefold() == queue.casefold():
                return str(each.get("id"))
        raise Undeliverable(f"Jira has no request type {queue}: set queue or placements in desks.yml to one it has")

    async def custom(self, name: str, value: str) -> JSON:
        """A custom field by its id, its number or its name, in the shape that its kind wants."""
        listing = parse_json((await self.ask("GET", "rest/api/3/field")).body)
        ids = {name, f"customfield_{name}"}
        for each in listing if isinstance(listing, list) else ():
            if each.get("id") in ids or each.get("name") == name:
                kind = str((each.get("schema") or {}).get("type"))
                shapes: JSON = {"option": {"value": value}, "array": [value]}
                return {str(each["id"]): shapes.get(kind, value)}
        return {}

    async def attach(self, number: str, files: Iterable[Upload], *, again: bool) -> None:
        """Files that only its people see; `again`: without those that a try before has left."""
        there = await self._attached(number) if again else set()
        fresh = [each for each in files if (each.name, len(each.data)) not in there]
        if not fresh:
            return
        form = aiohttp.FormData(quote_fields=False)
        for file in fresh:
            form.add_field("file", file.data, filename=file.name, content_type=file.media_type)
        desk = await self.service_desk()
        path = f"rest/servicedeskapi/servicedesk/{desk['id']}/attachTemporaryFile"
        uploaded = (await self.ask("POST", path, data=form, headers={**EXPERIMENTAL, **XSRF})).json()
        ids = [str(each.get("temporaryAttachmentId")) for each in uploaded.get("temporaryAttachments") or ()]
        body = {"temporaryAttachmentIds": ids, "public": False}
        await self.ask("POST", f"rest/servicedeskapi/request/{number}/attachment", json=body)

    async def _attached(self, number: str) -> set[tuple[str, int]]:
        answer = await self.ask("GET", f"rest/api/3/issue/{number}", params={"fields": "attachment"})
        listing = (answer.json().get("fields") or {}).get("attachment") or ()
        return {(str(each.get("filename")), int(each.get("size") or 0)) for each in listing}

    async def comments(self, number: str) -> list[JSON]:
        """All comments, the oldest first."""
        found: list[JSON] = []
        for _ in range(PAGES):
            params = {"startAt": str(len(found)), "maxResults": str(PAGE), "orderBy": "created"}
            page = (await self.ask("GET", f"rest/api/3/issue/{number}/comment", params=params)).json()
            found += page.get("comments") or ()
            if not page.get("comments") or len(found) >= int(page.get("total") or 0):
                break
        return found

    async def files(self, number: str) -> dict[str, tuple[RemoteFile, ...]]:
        """The files of public comments, by the comments' ids."""
        params = {"public": "true", "internal": "false", "expand": "attachment"}
        comments = await self.every(f"rest/servicedeskapi/request/{number}/comment", params)
        return {
            str(each.get("id")): tuple(_file(file) for file in (each.get("attachments") or {}).get("values") or ())
            for each in comments
        }

    async def every(self, path: str, params: dict[str, str]) -> list[JSON]:
        """All pages of a list of the service desk's."""
        found: list[JSON] = []
        for _ in range(PAGES):
            asked = {**params, "start": str(len(found)), "limit": str(PAGE)}
            answer = await self.ask("GET", path, params=asked, headers=EXPERIMENTAL)
            found += values(answer)
            if answer.json().get("isLastPage") is not False or not values(answer):
                break
        return found

    async def search(self, jql: str, field: str) -> list[JSON]:
        """The issues that a query finds, with one of their fields."""
        found: list[JSON] = []
        body: JSON = {"jql": jql, "fields": [field], "maxResults": PAGE}
        for _ in range(PAGES):
            page = (await self.ask("POST", "rest/api/3/search/jql", json=body)).json()
            found += page.get("issues") or ()
            if not page.get("nextPageToken"):
                break
            body = {**body, "nextPageToken": page["nextPageToken"]}
        return found


def remark(comment: JSON, me: str, customer: str) -> Remark:
    """A comment as it stands. What customers write in the portal, or by mail, is public and no answer to them; nor is
    what only a role or a group may read (`visibility`).
    """
    author = comment.get("author") or {}
    account = str(author.get("accountId") or "")
    ours = account == me
    from_customer = author.get("accountType") == "customer" or account == customer
    return Remark(
        id=str(comment.get("id")), at=seconds(str(comment.get("created"))) * 1000, text=text_of(comment.get("body")),
        public=comment.get("jsdPublic") is True and not comment.get("visibility") and not ours and not from_customer,
        ours=ours,
        author_id=account, author_name="" if ours else str(author.get("displayName") or ""),
    )  # fmt: skip


def _file(data: JSON) -> RemoteFile:
    links = data.get("_links") or {}
    return RemoteFile(
        ref=str(links.get("content") or ""), name=str(data.get("filename") or "file"),
        media_type=str(data.get("mimeType") or ""), size=int(data.get("size") or 0),
    )  # fmt: skip


def seconds(moment: str) -> int:
    """A moment of Jira's, in seconds since 1970."""
    try:
        return int(datetime.datetime.fromisoformat(moment).timestamp())
    except ValueError:
        return 0
