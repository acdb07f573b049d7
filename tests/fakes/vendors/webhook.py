"""A company's own program at the other end of the webhook, written from docs/channels/webhook.md and its schemas."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jsonschema_rs
from aiohttp import web

from connectors.message import JSON
from tests.contract.vendor_bench import CUSTOMER, Hook, VendorBench
from tests.fakes.vendors.base import Choice, FakeVendor, Said, Trouble

SECRET = "b9f1c3d5e7081a2b3c4d5e6f708192a3"
PREVIOUS = "00aa11bb22cc33dd44ee55ff66007788"
SCHEMAS = Path(__file__).resolve().parents[3] / "docs" / "channels" / "schema"


def schema(name: str) -> Any:
    """A validator of `inbound` or `outbound`."""
    return jsonschema_rs.validator_for(json.loads((SCHEMAS / f"webhook.v1.{name}.json").read_text(encoding="utf-8")))


INBOUND, OUTBOUND = schema("inbound"), schema("outbound")


def signed(body: bytes, *, secret: str = SECRET, at: float | None = None) -> str:
    """The header, as the page says it is made."""
    now = int(time.time() if at is None else at)
    digest = hmac.new(secret.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={now},v1={digest}"


class WebhookVendor(FakeVendor):
    """POST /frontdoor, and files at /files/<name>."""

    def routes(self) -> None:
        self.secret = SECRET
        self.bodies: list[JSON] = []
        self.files: dict[str, bytes] = {}
        self.redirects: dict[str, str] = {}
        self.app.router.add_post("/frontdoor", self._take)
        self.app.router.add_get("/files/{name}", self._file)

    async def _take(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        at, *proofs = request.headers.get("Front-Door-Signature", "").split(",")
        expected = signed(raw, secret=self.secret, at=float(at.removeprefix("t=") or 0)).partition(",")[2]
        if expected not in proofs or abs(time.time() - int(at.removeprefix("t="))) > 300:
            return self.wrong("the signature")
        body = json.loads(raw)
        if errors := [error.message for error in OUTBOUND.iter_errors(body)]:
            return self.wrong(f"the body: {errors}")
        if request.headers["Front-Door-Message-Id"] != body["id"]:
            return self.wrong("the id")

        async def show() -> web.Response:
            if body["id"] not in [each["id"] for each in self.bodies]:
                self.bodies.append(body)
                if body["type"] in {"message", "public_reply"}:
                    self.show(_said(body))
            return web.Response(status=204)

        return await self.sending(show)

    async def _file(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name in self.redirects:
            raise web.HTTPFound(self.redirects[name])
        if name not in self.files:
            raise web.HTTPNotFound
        return web.Response(body=self.files[name])


def _said(body: JSON) -> Said:
    choices = tuple(Choice(title=each["title"], data=each["token"]) for each in body.get("buttons", ()))
    return Said(address=body["customer"]["id"], text=body.get("text", ""), choices=choices, raw=body)


class WebhookBench(VendorBench):
    """The customers of such a program."""

    kind = "webhook"
    vendor_class = WebhookVendor
    secrets = (SECRET, PREVIOUS)

    def __init__(self, vendor: FakeVendor) -> None:
        super().__init__(vendor)
        self.more: JSON = {}

    def settings(self) -> JSON:
        return {"url": f"{self.vendor.url}/frontdoor", "secret": SECRET, "previous_secret": PREVIOUS, **self.more}

    def sign(self, hook: Hook) -> Hook:
        return Hook(headers={**hook.headers, "Front-Door-Signature": signed(hook.body)}, body=hook.body)

    def event(self, **body: object) -> Hook:
        """A signed event that is as the schema has it."""
        INBOUND.validate(body)
        return self.sign(Hook.json(body))

    def message(self, text: str, message_id: str, address: str = CUSTOMER) -> Hook:
        return self.event(version=1, type="message", id=message_id, customer={"id": address}, text=text)

    def press(self, said: Said, index: int, message_id: str, address: str = CUSTOMER) -> Hook:
        return self.event(type="button", id=message_id, customer={"id": address}, token=said.choices[index].data)

    def forged(self) -> Iterable[Hook]:
        hook = self.message("let me in", "forged-1")
        hour = time.time()
        bad = (
            "", "t=1", "v1=aa", "t=,v1=", "t=x,v1=aa", "nonsense", "é=ü", "t=9" * 600,
            signed(hook.body, secret="somebody-elses-secret"),
            signed(hook.body + b" "),
            signed(hook.body, at=hour - 301),
            signed(hook.body, at=hour + 301),
            signed(hook.body).replace("v1", "v0"),
        )  # fmt: skip
        for header in bad:
            yield Hook(headers={**hook.headers, "Front-Door-Signature": header}, body=hook.body)

    def malformed(self) -> Iterable[Hook]:
        yield from super().malformed()
        whole = json.loads(self.message("hello", "m-1").body)
        wrong = (
            {"version": 2}, {"type": 7}, {"id": ""}, {"id": None}, {"id": "x" * 151}, {"customer": "ann"},
            {"customer": {}}, {"customer": {"id": 7}}, {"text": " "}, {"text": ["x"]}, {"unknown": 1}, {"edits": 7},
            {"customer": {"id": "ann", "email": "nobody"}}, {"customer": {"id": "ann", "phone": "0138"}},
            {"attachments": {}}, {"attachments": [{}] * 11}, {"attachments": ["x"]}, {"attachments": [{}]},
            {"attachments": [{"url": "file:///etc/passwd"}]}, {"attachments": [{"content": "not base64!"}]},
            {"attachments": [{"content": "QQ==", "url": "https://a.example/b"}]},
            {"type": "button", "text": None}, {"type": "action", "action": "feedback", "text": None},
            {"type": "status", "message_id": "m", "status": "sent"},
        )  # fmt: skip
        for each in wrong:
            body = {name: value for name, value in (whole | each).items() if value is not None or name in ("id",)}
            yield self.sign(Hook.json(body))
        yield self.sign(Hook(body=b'{"type": "message", "type": "button"}'))
        yield self.sign(Hook(body=b"\xff\xfe"))

    def unsupported(self) -> Iterable[Hook]:
        yield self.sign(Hook.json({"type": "reaction", "emoji": "👍"}))

    def limited(self) -> Trouble:
        return Trouble(status=429, headers={"Retry-After": "1"}, body={})

    def blocked(self) -> list[Trouble]:
        return [Trouble(status=status, body={}) for status in (403, 404, 410)]
