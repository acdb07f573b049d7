"""The Graph API at the wire, as far as Meta's products share it."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aiohttp import web

from connectors.message import JSON
from tests.contract.vendor_bench import Hook
from tests.fakes.vendors.base import FakeVendor, Trouble

TOKEN = "EAAJB7hZAkd8oBO2fZC0y6frontdoor9Qw3xZD"
APP_SECRET = "5d1b9c0e7f3a48d2b6c4e8a1f0937d25"
VERIFY_TOKEN = "we-are-the-front-door-of-hearthline"
APP_ID = "670843887433847"
VERSION = "v25.0"


class GraphVendor(FakeVendor):
    """What every request has to have: the version in the path, and the token as a bearer's."""

    def __init__(self) -> None:
        self.subscriptions: list[JSON] = []
        super().__init__()

    def routes(self) -> None:
        self.app.router.add_post("/{version}/{id}/subscriptions", self._subscribe)

    def unlike_graph(self, request: web.Request, token: str = TOKEN) -> web.Response | None:
        """The refusal of a request that is not as the Graph API has it."""
        if not re.fullmatch(r"v[0-9]+\.[0-9]", request.match_info["version"]):
            return self.wrong(f"the version in {request.path}")
        if request.headers.get("Authorization") != f"Bearer {token}":
            self.wrongs.append("the token")
            return graph_error(190, 401, "Error validating access token", "OAuthException")
        if "access_token" in request.query:
            return self.wrong("a token in an address, where logs keep it")
        return None

    def wrong(self, what: str) -> web.Response:
        self.wrongs.append(what)
        return graph_error(100, 400, f"(#100) {what}", "OAuthException")

    async def _subscribe(self, request: web.Request) -> web.StreamResponse:
        if (refused := self.unlike_graph(request, f"{APP_ID}|{APP_SECRET}")) is not None:
            return refused
        form = dict(await request.post())
        if set(form) != {"object", "callback_url", "verify_token", "fields"} or request.match_info["id"] != APP_ID:
            return self.wrong(f"the subscription {sorted(form)}")
        self.subscriptions.append(form)
        return web.json_response({"success": True})


def graph_error(code: int, status: int, message: str = "", kind: str = "OAuthException", **more: Any) -> web.Response:
    """An error as the Graph API gives it."""
    return web.json_response(error_body(code, message, kind, **more), status=status)


def error_body(code: int, message: str = "", kind: str = "OAuthException", **more: Any) -> JSON:
    """{"error": …}; `more` has `error_subcode`, `error_data` and the like."""
    return {"error": {"message": message, "type": kind, "code": code, "fbtrace_id": "AbCdEfGhIjK", **more}}


def trouble(code: int, status: int = 400, headers: Mapping[str, str] | None = None, **more: Any) -> Trouble:
    """An error instead of sending."""
    return Trouble(status=status, headers=dict(headers or {}), body=error_body(code, "no", **more))


def settings_at(url: str) -> JSON:
    """What both products have in channels.yml."""
    return {
        "api_url": url,
        "app_secret": APP_SECRET,
        "verify_token": VERIFY_TOKEN,
        "access_token": TOKEN,
        "app_id": APP_ID,
    }


def signed(hook: Hook, secret: str = APP_SECRET) -> Hook:
    """The call with Meta's signature on it."""
    digest = hmac.new(secret.encode(), hook.body, hashlib.sha256).hexdigest()
    return replace(hook, headers={**hook.headers, "X-Hub-Signature-256": f"sha256={digest}"})
