"""What people do behind the counter of a real django-helpdesk, by its API and on its pages; and who listens to it."""

import json
import re
import threading
from collections.abc import Iterable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import aiohttp

from connectors.html_text import to_text
from connectors.message import JSON
from tests.contract.helpdesk_bench import HelpdeskBench
from tests.contract.vendor_bench import Hook
from tests.fakes.desks.base import FakeFile
from tests.fakes.servers.django_helpdesk import AGENT, AGENT_PASSWORD, DjangoHelpdesk
from tests.fakes.servers.gateway import Gateway
from tests.fakes.vendors.base import Trouble

SECRET = "webhook-3f1c8a90d27be645"
_LINK = re.compile(r"/view/\?ticket=\S+&key=[\w-]+")
_CSRF = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


class Listener:
    """Takes the site's calls and keeps them. A site that reaches nobody fails its agents' requests."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, bytes]] = []  # path with query, body
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.heard.append((self.path, body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *said: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/desks/django_helpdesk/webhook?secret={SECRET}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class DjangoHelpdeskBench(HelpdeskBench):
    """A django-helpdesk, reached by a line on which troubles can happen."""

    kind = "django_helpdesk"

    def __init__(self, server: DjangoHelpdesk, gateway: Gateway, session: aiohttp.ClientSession) -> None:
        self.server, self.gateway, self._session = server, gateway, session
        self.secrets = (server.token, SECRET)
        self.changes: JSON = {}  # of the settings

    def settings(self) -> JSON:
        return {
            "url": self.gateway.url, "token": self.server.token, "queue": str(self.server.queues["support"]),
            "poll_s": 1, "requests_per_minute": 6_000, "webhook_secret": SECRET,
            "agents": {str(self.server.agent): "Li Na"}, "fields": {"frontdoor_handoff": "{handoff_id}"},
            **self.changes,
        }  # fmt: skip

    async def ask(self, method: str, path: str, **request: Any) -> Any:
        """Somebody who works there does something by the API; the JSON of the answer."""
        headers = {"Authorization": f"Token {self.server.agent_token}"}
        async with self._session.request(method, f"{self.server.url}/api/{path}", headers=headers, **request) as answer:
            assert answer.status in {200, 201, 204}, await answer.text()
            return await answer.json() if answer.status != 204 else None

    async def updates(self, ticket_id: str, **form: str) -> None:
        """They write on a ticket's page, and send its form."""
        ticket = await self.ask("GET", f"tickets/{ticket_id}/")
        same = {name: str(ticket[name]) for name in ("title", "queue", "priority")}
        await self.sends(f"tickets/{ticket_id}/update/", **same, **form)

    async def sends(self, path: str, **form: str) -> None:
        """They send the form of a page."""
        await self._signs_in()
        await self._send(f"{self.server.url}/{path}", form, f"{self.server.url}/tickets/submit/")

    async def read(self, path: str) -> str:
        """What they read on a page, without what nobody sees."""
        await self._signs_in()
        async with self._session.get(f"{self.server.url}/{path}") as answer:
            return to_text(await answer.text(), reply=False).replace("\u2060", "")

    async def accepts(self, ticket_id: str) -> None:
        """Somebody who has the site's mail, and no account, closes the ticket, which the site notes."""
        mail = next(each for each in reversed(self.server.mails) if f"-{ticket_id}]" in each)
        link = _LINK.search(mail)
        assert link is not None, mail
        url = f"{self.server.url}{link[0]}&close"
        async with aiohttp.ClientSession() as stranger, stranger.get(url, allow_redirects=False) as answer:
            assert answer.status == 302

    async def tickets_of(self, reference: str) -> list[str]:
        found = (await self.ask("GET", "tickets/", params={"page_size": "1000"}))["results"]
        return [str(each["id"]) for each in found if f"[{reference}]" in each["title"]]

    async def shown(self, ticket_id: str) -> str:
        ticket = await self.ask("GET", f"tickets/{ticket_id}/")
        comments = [each["comment"] or "" for each in ticket["followup_set"]]
        return "\n".join([ticket["title"], ticket["description"], *comments])

    async def files(self, ticket_id: str) -> dict[str, bytes]:
        ticket = await self.ask("GET", f"tickets/{ticket_id}/")
        files = [file for each in ticket["followup_set"] for file in each["followupattachment_set"]]
        return {each["filename"]: await self._bytes(each["file"]) for each in files}

    async def resolved(self, ticket_id: str) -> bool:
        return (await self.ask("GET", f"tickets/{ticket_id}/"))["status"] in {3, 4, 5}

    async def takes(self, ticket_id: str, agent: str = "a1") -> None:
        await self.ask("PATCH", f"tickets/{ticket_id}/", json={"assigned_to": self.server.agent})

    async def replies(self, ticket_id: str, text: str, files: Sequence[FakeFile] = (), agent: str = "a1") -> str:
        form = aiohttp.FormData(quote_fields=False)
        for field, value in {"ticket": ticket_id, "comment": text, "public": "true"}.items():
            form.add_field(field, value)
        for each in files:
            form.add_field("attachments", each.data, filename=each.name, content_type=each.media_type)
        return str((await self.ask("POST", "followups/", data=form))["id"])

    async def notes(self, ticket_id: str, text: str, agent: str = "a1") -> None:
        await self.ask("POST", "followups/", json={"ticket": int(ticket_id), "comment": text, "public": False})

    async def edits(self, ticket_id: str, reply_id: str, text: str) -> None:
        await self.ask("PATCH", f"followups/{reply_id}/", json={"comment": text})

    async def deletes(self, ticket_id: str, reply_id: str) -> None:
        await self.ask("DELETE", f"followups/{reply_id}/")

    async def resolves(self, ticket_id: str) -> None:
        await self.ask("PATCH", f"tickets/{ticket_id}/", json={"status": 3})

    async def reopens(self, ticket_id: str) -> None:
        await self.ask("PATCH", f"tickets/{ticket_id}/", json={"status": 2})

    def call(self, ticket_id: str) -> Hook | None:
        return called(json.dumps({"ticket": {"id": int(ticket_id)}, "queue_slug": "support", "followup_id": 1}))

    def forged(self, ticket_id: str) -> Iterable[Hook]:
        body = b'{"ticket": {"id": 1}}'
        yield Hook(body=body)
        yield Hook(body=body, query={"secret": SECRET[:-1]})
        yield Hook(body=body, headers={"secret": SECRET})

    def malformed(self) -> Iterable[Hook]:
        yield called('{"ticket": {"id": "17"}}')
        yield called('{"ticket": 17}')
        yield called("{}")

    def trouble(self, *troubles: object) -> None:
        self.gateway.troubles.extend(each for each in troubles if isinstance(each, Trouble))

    async def goes_down(self) -> None:
        await self.gateway.closes()

    async def comes_back(self) -> None:
        await self.gateway.opens()

    async def _signs_in(self) -> None:
        if not len(self._session.cookie_jar):
            login = f"{self.server.url}/login/"
            await self._send(login, {"username": AGENT, "password": AGENT_PASSWORD}, login)

    async def _bytes(self, url: str) -> bytes:
        async with self._session.get(url) as answer:
            assert answer.status == 200
            return await answer.read()

    async def _send(self, url: str, form: dict[str, str], seen_at: str) -> None:
        async with self._session.get(seen_at) as answer:
            token = _CSRF.search(await answer.text())
        data = {**form, "csrfmiddlewaretoken": token[1] if token else ""}
        async with self._session.post(url, data=data, headers={"Referer": url}) as answer:
            assert answer.status == 200, await answer.text()
            assert str(answer.url) != url, "the form came back"


def called(body: str | bytes) -> Hook:
    """What the site sends: its secret is in the address."""
    data = body.encode() if isinstance(body, str) else body
    return Hook(query={"secret": SECRET}, headers={"Content-Type": "application/json"}, body=data)
