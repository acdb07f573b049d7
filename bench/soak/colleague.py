"""A colleague at the desk: takes tickets, answers every line and gives the conversation back, whatever dies."""

import asyncio
import contextlib
import random
import time
from typing import Any, Self

import aiohttp

JSON = dict[str, Any]

LOOK_EVERY_S = 0.7
TAKES_ON = 5  # tickets at a time
TIERS = ("front_line", "coordinator", "senior")


class Colleague:
    """Works at the console's protocol (docs/protocol/console.md). Every call is repeated until it is answered.

    `replies` has the text of every reply the desk has accepted, in order, by ticket.
    """

    def __init__(self, url: str, login: str, password: str, chance: random.Random) -> None:
        self.login = login
        self.replies: dict[str, list[str]] = {}
        self._url, self._password, self._chance = url, password, chance
        self._csrf = ""
        self._lines = 0
        self._answered: dict[str, int] = {}  # the last entry that was answered, by ticket
        self._quiet_since: dict[str, float] = {}
        self._moved: set[str] = set()
        self._news = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(self._url, cookie_jar=aiohttp.CookieJar(unsafe=True))
        _, signed_in = await self.call("POST", "session", login=self.login, password=self._password)
        self._csrf = signed_in["csrf"]
        if signed_in["user"]["must_change"]:
            new = f"{self._password}-2"
            _, signed_in = await self.call("POST", "password", current=self._password, new=new)
            self._csrf, self._password = signed_in["csrf"], new
        self._listening = asyncio.create_task(self._listen(), name=self.login)
        return self

    async def __aexit__(self, *error: object) -> None:
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)
        await self._http.close()

    async def add(self, login: str, password: str) -> None:
        """Let somebody else work at the desk, too; for admins."""
        await self.call(
            "POST", "users", login=login, name=login.title(), role="agent", tiers=list(TIERS), languages=["en", "zh"],
            password=password,
        )  # fmt: skip

    async def work(self) -> None:
        """Work until cancelled."""
        while True:
            for ticket in await self._tickets("mine"):
                await self._serve(ticket["id"])
            if len(await self._tickets("mine")) < TAKES_ON and (queue := await self._tickets("queue")):
                await self.call("POST", f"tickets/{self._chance.choice(queue[:5])['id']}/take")
            self._news.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), LOOK_EVERY_S)

    async def call(self, method: str, path: str, **body: object) -> tuple[int, JSON]:
        """One call, repeated until the desk has decided; status and answer."""
        headers = {"X-CSRF-Token": self._csrf} if self._csrf else {}
        while True:
            with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
                async with self._http.request(
                    method, f"/desk/api/{path}", json=None if method == "GET" else body, headers=headers
                ) as response:
                    if response.status < 500:
                        return response.status, await response.json()
            await asyncio.sleep(0.2)

    async def _tickets(self, view: str) -> list[JSON]:
        _, page = await self.call("GET", f"tickets?view={view}")
        return list(page.get("tickets", ()))

    async def _serve(self, ticket_id: str) -> None:
        """Answer what the customer said since; when all is answered for a moment, end it."""
        status, detail = await self.call("GET", f"tickets/{ticket_id}")
        if status != 200:
            return
        asked = [
            entry["n"]
            for entry in detail["timeline"]
            if entry["kind"] == "message" and entry["author"] == "customer" and not entry["before"]
        ]
        newest = max(asked, default=0)
        if newest > self._answered.get(ticket_id, -1):
            await self._reply(ticket_id)
            self._answered[ticket_id] = newest
            self._quiet_since[ticket_id] = time.monotonic()
        elif time.monotonic() - self._quiet_since[ticket_id] > 1.5:
            await self._end(ticket_id)

    async def _reply(self, ticket_id: str) -> None:
        self._lines += 1
        text, client_id = f"Line {self._lines} of {self.login}", f"{self.login}-{self._lines:06}"
        status, _ = await self.call("POST", f"tickets/{ticket_id}/messages", client_id=client_id, text=text)
        if status == 200:
            self.replies.setdefault(ticket_id, []).append(text)

    async def _end(self, ticket_id: str) -> None:
        chosen = self._chance.random()
        if chosen < 0.15 and ticket_id not in self._moved:
            self._moved.add(ticket_id)
            await self.call("POST", f"tickets/{ticket_id}/transfer", tier="coordinator", agent_id="", note="")
        elif chosen < 0.6:
            await self.call("POST", f"tickets/{ticket_id}/return", briefing="The parcel is on its way again.")
        else:
            await self.call("POST", f"tickets/{ticket_id}/resolve", note="")

    async def _listen(self) -> None:
        while True:
            with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
                async with self._http.ws_connect("/desk/api/socket", headers={"Origin": self._url}) as socket:
                    async for received in socket:
                        if received.type is aiohttp.WSMsgType.TEXT and received.json()["type"] == "ticket":
                            self._news.set()
            await asyncio.sleep(0.2)
