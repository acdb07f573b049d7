"""A company's own helpdesk at the other end of the webhook desk, written from docs/handoff/webhook.md and schemas."""

import hashlib
import hmac
import json
import time
from pathlib import Path
from typing import Any

import jsonschema_rs
from aiohttp import web

from connectors.message import JSON
from connectors.portable_model import SCHEMA
from tests.fakes.desks.base import FakeFile, FakeHelpdesk, FakeRemark, FakeTicket

SECRET = "7c1f0b6a9d2e4f8391b5c7d9e0f1a2b3"
PREVIOUS = "44aa11bb22cc33dd44ee55ff66007799"
DOCS = Path(__file__).resolve().parents[3] / "docs" / "handoff"


def _schema(name: str) -> JSON:
    found: JSON = json.loads((DOCS / f"{name}.schema.json").read_text(encoding="utf-8"))
    return found


HANDOFF = jsonschema_rs.Registry([(SCHEMA, _schema("handoff-1"))])
REQUEST: Any = jsonschema_rs.validator_for(_schema("desk-request-1"), registry=HANDOFF, validate_formats=True)
EVENTS: Any = jsonschema_rs.validator_for(_schema("desk-events-1"), validate_formats=True)
CLOSING = {"withdrawn": "closed", "abandoned": "closed", "reopened": "open"}


def signed(body: bytes, *, secret: str = SECRET, at: float | None = None) -> str:
    """The header, as the page says it is made."""
    now = int(time.time() if at is None else at)
    return f"t={now},v1={hmac.new(secret.encode(), f'{now}.'.encode() + body, hashlib.sha256).hexdigest()}"


class FakeWebhookDesk(FakeHelpdesk):
    """POST /frontdoor, and files of replies at /files/<name>."""

    def routes(self) -> None:
        self.secret = SECRET
        self.events: list[JSON] = []
        self.files: dict[str, bytes] = {}
        self.app.router.add_post("/frontdoor", self._take)
        self.app.router.add_get("/files/{name}", self._file)

    def tell(self, kind: str, ticket_id: str, **values: Any) -> JSON:
        """Something happens: an event that is told and can be asked for."""
        event = {"type": kind, "id": f"e-{self.number()}", "ticket_id": ticket_id, **values}
        self.events.append(event)
        return event

    def told(self, ticket_id: str) -> bytes:
        """A call that tells all events of a ticket."""
        events = [each for each in self.events if each["ticket_id"] == ticket_id]
        body = {"version": "1", "events": events}
        assert [error.message for error in EVENTS.iter_errors(body)] == []
        return json.dumps(body, ensure_ascii=False).encode()

    async def _take(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        at, *proofs = request.headers.get("Front-Door-Signature", "").split(",")
        expected = signed(raw, secret=self.secret, at=float(at.removeprefix("t=") or 0)).partition(",")[2]
        if expected not in proofs or abs(time.time() - int(at.removeprefix("t="))) > 300:
            return self.wrong("the signature")
        body = json.loads(raw)
        if errors := [f"{error.instance_path}: {error.message}" for error in REQUEST.iter_errors(body)]:
            return self.wrong(f"the body: {errors}")
        if request.headers["Front-Door-Message-Id"] != body["id"]:
            return self.wrong("the id")

        async def do() -> web.StreamResponse:
            return getattr(self, f"_{body['type']}")(body)  # type: ignore[no-any-return]

        reads = body["type"] in {"find", "events", "ping"}
        return await (do() if reads else self.sending(do))

    def _open(self, body: JSON) -> web.Response:
        handoff = body["handoff"]
        if body["id"] != handoff["id"]:
            return self.wrong("the key of an open is the handoff's id")
        ticket = self._of(handoff["id"])
        if ticket is None:
            ticket = FakeTicket(id=f"T-{self.number()}", subject=handoff["reference"], state="open", data=body)
            for line in handoff["transcript"]:
                self._say(ticket, line)
            self.add(ticket)
        return web.json_response(
            {"ticket_id": ticket.id, "number": ticket.id, "url": f"https://desk.example/{ticket.id}"}
        )  # fmt: skip

    def _find(self, body: JSON) -> web.Response:
        ticket = self._of(body["handoff_id"])
        return web.json_response({"ticket_id": ticket.id} if ticket else {}, status=200 if ticket else 404)

    def _append(self, body: JSON) -> web.Response:
        ticket = self.tickets.get(body["ticket_id"])
        if ticket is None:
            return web.json_response({}, status=404)
        if body["id"] != body["line"]["id"]:
            return self.wrong("the key of an append is the line's id")
        self._say(ticket, body["line"])
        return web.json_response({})

    def _change(self, body: JSON) -> web.Response:
        ticket = self.tickets.get(body["ticket_id"])
        if ticket is None:
            return web.json_response({}, status=404)
        if body["id"] not in [each.id for each in ticket.remarks]:
            told = {"change": body["change"], "data": body["data"]}
            ticket.remarks.append(FakeRemark(id=body["id"], text=body["note"], data=told))
            ticket.state = CLOSING.get(body["change"], ticket.state)
        return web.json_response({})

    def _forget(self, body: JSON) -> web.Response:
        gone = self.tickets.pop(body["ticket_id"], None)
        return web.json_response({}, status=200 if gone else 404)

    def _events(self, body: JSON) -> web.Response:
        if body.get("ticket_id", "") not in {"", *self.tickets}:
            return web.json_response({}, status=404)
        begin = int(body["after"] or 0)
        found = self.events[begin : begin + 100]
        wanted = [each for each in found if body.get("ticket_id", each["ticket_id"]) == each["ticket_id"]]
        return web.json_response({"version": "1", "events": wanted, "cursor": str(begin + len(found))})

    def _ping(self, _: JSON) -> web.Response:
        return web.Response(status=204)

    def _of(self, handoff_id: str) -> FakeTicket | None:
        return next((each for each in self.tickets.values() if each.data["id"] == handoff_id), None)

    def _say(self, ticket: FakeTicket, line: JSON) -> None:
        if line["id"] not in [each.id for each in ticket.remarks]:
            files = [
                FakeFile(name=each["name"], data=each["url"].encode(), media_type=each["media_type"])
                for each in line.get("attachments", ())
            ]
            ticket.remarks.append(FakeRemark(id=line["id"], text=line.get("text", ""), files=files))

    async def _file(self, request: web.Request) -> web.Response:
        return web.Response(body=self.files[request.match_info["name"]])
