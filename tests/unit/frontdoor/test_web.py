"""What the HTTP face answers when the database is in trouble."""

from pathlib import Path
from unittest.mock import Mock

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy.exc import OperationalError

from connectors.channel import Limits, Receipt, Request
from connectors.errors import Forged
from connectors.message import Content, Event, Inbound, Outbound
from frontdoor.doors import Rules
from frontdoor.web import FORGED_PER_MIN, Face, application


class Vendor:
    """A vendor's webhook that anyone may call."""

    name, limits = "vendor", Limits()

    def verify(self, request: Request) -> None: ...

    def parse(self, request: Request) -> list[Inbound]:
        return [Inbound(channel="vendor", address="42", external_id="1", content=Content(text=request.body.decode()))]

    async def send(self, message: Outbound) -> Receipt:
        return Receipt()

    async def close(self) -> None: ...


class LockedInbox:
    """An inbox whose database is locked."""

    async def accept(self, event: Event) -> None:
        raise OperationalError("INSERT", {}, Exception("database is locked"))


def site(pages: Path, requests_per_ip_per_min: int = 1_000) -> web.Application:
    for name in ("widget", "demo", "desk"):
        (pages / name).mkdir()
    face = Face(
        database=Mock(), accept=LockedInbox().accept, files=Mock(), readiness=Mock(), webhooks={"vendor": Vendor()},  # type: ignore[arg-type]
        desk_webhooks={}, accept_news=Mock(),
        pages=pages, public_url="https://support.example", internal_token="a-token-of-the-tests", metrics_token="",
        body_bytes=1_000,
        requests_per_ip_per_min=requests_per_ip_per_min, rules=Rules(connections_per_ip=10, request_s=5),
    )  # fmt: skip
    return application(face, ())


async def test_what_cannot_be_stored_is_not_acknowledged(tmp_path: Path) -> None:
    async with TestClient(TestServer(site(tmp_path))) as client:
        response = await client.post("/webhooks/vendor/webhook", data="hello")
        assert (response.status, response.headers["Retry-After"]) == (503, "2")
        assert (await response.json())["error"]["code"] == "unavailable"


async def test_only_a_vendor_that_says_so_may_send_long_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with TestClient(TestServer(site(tmp_path))) as client:
        assert (await client.post("/webhooks/vendor/webhook", data="x" * 2_000)).status == 413
        monkeypatch.setattr(Vendor, "limits", Limits(delivery_bytes=3_000))
        assert (await client.post("/webhooks/vendor/webhook", data="x" * 2_000)).status == 503  # read, not stored
        assert (await client.post("/webhooks/vendor/webhook", data="x" * 4_000)).status == 413


class Suspicious(Vendor):
    """A vendor that signs nothing today."""

    def verify(self, request: Request) -> None:
        raise Forged("no signature")


async def test_a_vendor_may_call_as_often_as_it_likes_and_a_forger_may_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """given few requests a minute, then a vendor is never told to wait, and who forges is, but the vendor is not."""
    async with TestClient(TestServer(site(tmp_path, requests_per_ip_per_min=5))) as client:
        statuses = [(await client.post("/webhooks/vendor/webhook", data="x")).status for _ in range(50)]
        assert set(statuses) == {503}  # read, and not stored
        monkeypatch.setattr(Vendor, "verify", Suspicious.verify)
        statuses = [(await client.post("/webhooks/vendor/webhook", data="x")).status for _ in range(FORGED_PER_MIN + 9)]
        assert statuses.count(403) == FORGED_PER_MIN
        assert set(statuses[-5:]) == {429}
        monkeypatch.undo()
        assert (await client.post("/webhooks/vendor/webhook", data="x")).status == 503
        assert [(await client.get("/healthz")).status for _ in range(8)].count(429) == 3


async def test_a_token_of_strange_bytes_is_only_wrong(tmp_path: Path) -> None:
    async with TestClient(TestServer(site(tmp_path))) as client:
        headers = {"Authorization": "Bearer \udcff\udcfe"}
        response = await client.get("/internal/v1/conversations/x/tickets", headers=headers)
        assert response.status == 401
