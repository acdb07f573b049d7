"""An agent: what the console does, without a browser. Speaks docs/protocol/console.md over HTTP."""

import itertools
from typing import Any

import aiohttp

JSON = dict[str, Any]


class Agent:
    """One agent, signed in."""

    def __init__(self, url: str, login: str, password: str) -> None:
        self.url, self._login, self.password = url, login, password
        self._ids = itertools.count(1)
        self._csrf = ""

    async def __aenter__(self) -> "Agent":
        self._http = aiohttp.ClientSession(self.url, cookie_jar=aiohttp.CookieJar(unsafe=True))
        try:
            signed_in = await self.call("POST", "session", login=self._login, password=self.password)
        except BaseException:
            await self._http.close()
            raise
        self._csrf = signed_in["csrf"]
        if signed_in["user"]["must_change"]:
            await self.change_password(f"{self.password}-changed")
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._http.close()

    async def change_password(self, new: str) -> None:
        """Choose a new password, as everybody must at first."""
        signed_in = await self.call("POST", "password", current=self.password, new=new)
        self._csrf, self.password = signed_in["csrf"], new

    async def call(self, method: str, path: str, **body: object) -> JSON:
        """Any call; raises AssertionError with the answer unless it succeeds."""
        headers = {"X-CSRF-Token": self._csrf} if self._csrf else {}
        json = body if method != "GET" else None
        async with self._http.request(method, f"/desk/api/{path}", json=json, headers=headers) as response:
            answer: JSON = await response.json() if response.content_type == "application/json" else {}
            assert response.status < 400, (response.status, answer)
            return answer

    async def queue(self) -> list[JSON]:
        """The tickets that wait."""
        tickets: list[JSON] = (await self.call("GET", "tickets?view=queue"))["tickets"]
        return tickets

    async def take(self, ticket_id: str) -> JSON:
        """Take a ticket."""
        return await self.call("POST", f"tickets/{ticket_id}/take")

    async def reply(self, ticket_id: str, text: str) -> JSON:
        """Write to the customer."""
        client_id = f"reply-{next(self._ids):06}"
        return await self.call("POST", f"tickets/{ticket_id}/messages", client_id=client_id, text=text)

    async def socket(self) -> aiohttp.ClientWebSocketResponse:
        """The console's socket."""
        return await self._http.ws_connect("/desk/api/socket", headers={"Origin": self.url})
