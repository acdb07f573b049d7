"""What people do behind the counter of a real Redmine, by its API."""

from collections.abc import Sequence
from typing import Any

import aiohttp

from connectors.message import JSON
from tests.contract.helpdesk_bench import HelpdeskBench
from tests.fakes.desks.base import FakeFile
from tests.fakes.servers.gateway import Gateway
from tests.fakes.servers.redmine import AGENT, AGENT_PASSWORD, Redmine
from tests.fakes.vendors.base import Trouble


class RedmineBench(HelpdeskBench):
    """A Redmine, reached by a line on which troubles can happen."""

    kind = "redmine"

    def __init__(self, server: Redmine, gateway: Gateway, session: aiohttp.ClientSession) -> None:
        self.server, self.gateway, self._session = server, gateway, session
        self.secrets = (server.key,)
        self.changes: JSON = {}  # of the settings

    def settings(self) -> JSON:
        return {
            "url": self.gateway.url, "key": self.server.key, "queue": "support", "formatting": "common_mark",
            "poll_s": 0.5, "requests_per_minute": 6_000, "fields": {"Front Door handoff": "{handoff_id}"},
            **self.changes,
        }  # fmt: skip

    async def ask(self, method: str, path: str, **request: Any) -> Any:
        """Somebody who works there does something; the JSON of the answer."""
        headers = {"Authorization": aiohttp.encode_basic_auth(AGENT, AGENT_PASSWORD), **request.pop("headers", {})}
        url = f"{self.server.url}/{path}"
        async with self._session.request(method, url, headers=headers, **request) as answer:
            assert answer.status in {200, 201, 204}, await answer.text()
            return await answer.json() if answer.status != 204 else None

    async def issue(self, ticket_id: str) -> JSON:
        """A ticket as they see it."""
        params = {"include": "journals,attachments"}
        found: JSON = (await self.ask("GET", f"issues/{ticket_id}.json", params=params))["issue"]
        return found

    async def change(self, ticket_id: str, **values: Any) -> None:
        """They change a ticket."""
        await self.ask("PUT", f"issues/{ticket_id}.json", json={"issue": values})

    async def upload(self, file: FakeFile) -> str:
        """They attach a file; what names it then."""
        headers = {"Content-Type": "application/octet-stream"}
        params = {"filename": file.name}
        answer = await self.ask("POST", "uploads.json", params=params, data=file.data, headers=headers)
        return str(answer["upload"]["token"])

    async def any_ticket(self) -> int:
        """The number of a ticket that is there."""
        issue = {"project_id": "records", "subject": "another", "priority_id": self.server.priorities["Normal"]}
        return int((await self.ask("POST", "issues.json", json={"issue": issue}))["issue"]["id"])

    async def rendered(self, text: str, formatting: str) -> str:
        """A text as Redmine puts it on a page, in HTML."""
        asked = {"text": text, "formatting": {"plain": ""}.get(formatting, formatting)}
        async with self._session.post(f"{self.server.url}/rendered", json=asked) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.text()

    async def tickets_of(self, reference: str) -> list[str]:
        found = await self.ask("GET", "issues.json", params={"subject": f"~{reference}", "status_id": "*"})
        return [str(each["id"]) for each in found["issues"] if f"[{reference}]" in each["subject"]]

    async def shown(self, ticket_id: str) -> str:
        issue = await self.issue(ticket_id)
        notes = [each["notes"] or "" for each in issue["journals"]]
        return "\n".join([issue["subject"], issue["description"], *notes])

    async def files(self, ticket_id: str) -> dict[str, bytes]:
        return {each["filename"]: await self._bytes(each) for each in (await self.issue(ticket_id))["attachments"]}

    async def resolved(self, ticket_id: str) -> bool:
        status = (await self.issue(ticket_id))["status"]
        return status["is_closed"] or status["name"] == "Resolved"

    async def takes(self, ticket_id: str, agent: str = "a1") -> None:
        await self.change(ticket_id, assigned_to_id=self.server.agent)

    async def replies(self, ticket_id: str, text: str, files: Sequence[FakeFile] = (), agent: str = "a1") -> str:
        uploads = [
            {"token": await self.upload(each), "filename": each.name, "content_type": each.media_type} for each in files
        ]
        await self.change(ticket_id, notes=text, uploads=uploads)
        return str((await self.issue(ticket_id))["journals"][-1]["id"])

    async def notes(self, ticket_id: str, text: str, agent: str = "a1") -> None:
        await self.change(ticket_id, notes=text, private_notes=True)

    async def edits(self, ticket_id: str, reply_id: str, text: str) -> None:
        await self.ask("PUT", f"journals/{reply_id}.json", json={"journal": {"notes": text}})

    async def deletes(self, ticket_id: str, reply_id: str) -> None:
        await self.edits(ticket_id, reply_id, "")

    async def resolves(self, ticket_id: str) -> None:
        await self.change(ticket_id, status_id=self.server.statuses["Resolved"])

    async def reopens(self, ticket_id: str) -> None:
        await self.change(ticket_id, status_id=self.server.statuses["Feedback"])

    def trouble(self, *troubles: object) -> None:
        self.gateway.troubles.extend(each for each in troubles if isinstance(each, Trouble))

    async def goes_down(self) -> None:
        await self.gateway.closes()

    async def comes_back(self) -> None:
        await self.gateway.opens()

    async def _bytes(self, attachment: JSON) -> bytes:
        headers = {"X-Redmine-API-Key": self.server.key}
        async with self._session.get(attachment["content_url"], headers=headers) as answer:
            assert answer.status == 200
            return await answer.read()
