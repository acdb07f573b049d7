"""What people do behind the counter of a real Request Tracker, by the interface that it has for programs."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from typing import Any

import aiohttp

from connectors.message import JSON
from tests.contract.helpdesk_bench import HelpdeskBench
from tests.contract.vendor_bench import Hook
from tests.fakes.desks.base import FakeFile
from tests.fakes.servers.gateway import Gateway
from tests.fakes.servers.request_tracker import AGENT_PASSWORD, RequestTracker
from tests.fakes.vendors.base import Trouble

PEOPLE = {"a1": "li", "a2": "mei"}
SECRET = "scrip-5b8e2d90f41c7a36"


class RequestTrackerBench(HelpdeskBench):
    """A Request Tracker, reached by a line on which troubles can happen."""

    kind = "request_tracker"

    def __init__(self, server: RequestTracker, gateway: Gateway, session: aiohttp.ClientSession) -> None:
        self.server, self.gateway, self._session = server, gateway, session
        self.secrets = (server.token, SECRET)
        self.changes: JSON = {}  # of the settings

    def settings(self) -> JSON:
        return {
            "url": self.gateway.url, "token": self.server.token, "queue": "Support", "poll_s": 0.2,
            "requests_per_minute": 6_000, "webhook_secret": SECRET, "fields": {"Topic": "{category}"},
            **self.changes,
        }  # fmt: skip

    async def ask(self, method: str, path: str, agent: str = "a1", **request: Any) -> Any:
        """Somebody who works there does something; the JSON of the answer."""
        headers = {"Authorization": aiohttp.encode_basic_auth(PEOPLE[agent], AGENT_PASSWORD)}
        url = f"{self.server.url}/REST/2.0/{path}"
        async with self._session.request(method, url, headers=headers, **request) as answer:
            assert answer.status in {200, 201}, await answer.text()
            return {**answer.headers, "json": await answer.json()}

    async def tickets_of(self, reference: str) -> list[str]:
        found = await self.ask("GET", "tickets", params={"query": f"Subject LIKE '[{reference}]'"})
        return [each["id"] for each in found["json"]["items"]]

    async def shown(self, ticket_id: str) -> str:
        ticket = (await self.ask("GET", f"ticket/{ticket_id}"))["json"]
        parts = await self._parts(ticket_id)
        return "\n".join([ticket["Subject"], *(str(each["Content"]) for each in parts if not each["Filename"])])

    async def files(self, ticket_id: str) -> dict[str, bytes]:
        parts = [each for each in await self._parts(ticket_id) if each["Filename"]]
        return dict(await asyncio.gather(*(self._file(each) for each in parts)))

    async def resolved(self, ticket_id: str) -> bool:
        return (await self.ask("GET", f"ticket/{ticket_id}"))["json"]["Status"] == "resolved"

    async def takes(self, ticket_id: str, agent: str = "a1") -> None:
        await self.ask("PUT", f"ticket/{ticket_id}/take", agent, json={})

    async def replies(self, ticket_id: str, text: str, files: Sequence[FakeFile] = (), agent: str = "a1") -> str:
        return await self._write(f"ticket/{ticket_id}/correspond", text, files, agent)

    async def notes(self, ticket_id: str, text: str, agent: str = "a1") -> None:
        await self._write(f"ticket/{ticket_id}/comment", text, (), agent)

    async def resolves(self, ticket_id: str) -> None:
        await self.ask("PUT", f"ticket/{ticket_id}", json={"Status": "resolved"})

    async def reopens(self, ticket_id: str) -> None:
        await self.ask("PUT", f"ticket/{ticket_id}", json={"Status": "open"})

    def call(self, ticket_id: str) -> Hook | None:
        return signed(json.dumps({"ticket": int(ticket_id)}).encode())

    def malformed(self) -> Iterable[Hook]:
        yield signed(b'{"ticket": "17"}')
        yield signed(b"ticket=17")

    def trouble(self, *troubles: object) -> None:
        self.gateway.troubles.extend(each for each in troubles if isinstance(each, Trouble))

    async def goes_down(self) -> None:
        await self.gateway.closes()

    async def comes_back(self) -> None:
        await self.gateway.opens()

    async def _write(self, path: str, text: str, files: Sequence[FakeFile], agent: str) -> str:
        body = {"Content": text, "ContentType": "text/plain"}
        attached = [
            {"FileName": each.name.encode().decode("latin-1"), "FileType": each.media_type, "FileContent": _coded(each)}
            for each in files
        ]
        answer = await self.ask("POST", path, agent, json={**body, "Attachments": attached} if attached else body)
        return str(answer["Location"]).rpartition("/")[2]

    async def _parts(self, ticket_id: str) -> list[JSON]:
        params = {"fields": "Filename,ContentType,Content", "per_page": "100"}
        found = await self.ask("GET", f"ticket/{ticket_id}/attachments", params=params)
        return [each for each in found["json"]["items"] if not each["ContentType"].startswith("multipart/")]

    async def _file(self, part: JSON) -> tuple[str, bytes]:
        content = (await self.ask("GET", f"attachment/{part['id']}"))["json"]["Content"]
        return part["Filename"], base64.b64decode(content)


def _coded(file: FakeFile) -> str:
    return base64.b64encode(file.data).decode()


def signed(body: bytes) -> Hook:
    """What the Scrip sends."""
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-Front-Door-Signature": f"sha256={signature}"}
    return Hook(headers=headers, body=body)
