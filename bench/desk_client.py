"""A desk's console that measures: an agent who is told of tickets, and deals with them if asked to."""

import asyncio
import time

import aiohttp

from bench.installation import ADMIN_PASSWORD
from bench.processes import BenchError
from bench.visitor import JSON

TICKET_WITHIN_S = 30.0


class Console:
    """An agent's console without a browser: signed in, its socket open, the arrival of each ticket noted."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._arrived: dict[str, tuple[float, str]] = {}  # by number: when, and the ticket's id
        self._news = asyncio.Event()
        self._csrf = ""

    async def __aenter__(self) -> "Console":
        self._http = aiohttp.ClientSession(self._url, cookie_jar=aiohttp.CookieJar(unsafe=True))
        self._csrf = (await self._post("session", login="admin", password=ADMIN_PASSWORD))["csrf"]
        changed = await self._post("password", current=ADMIN_PASSWORD, new=f"{ADMIN_PASSWORD}-2")
        self._csrf = changed["csrf"]
        self._socket = await self._http.ws_connect("/desk/api/socket", headers={"Origin": self._url})
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *error: object) -> None:
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)
        await self._http.close()

    async def arrival(self, number: str) -> float:
        """When a ticket was first seen, of `time.perf_counter`. Raises BenchError when it does not come."""
        return (await self._ticket(number))[0]

    async def deal_with(self, number: str, answer: str) -> None:
        """Take a ticket, look at all of it, answer and resolve it, then forget it. Raises BenchError."""
        _, ticket_id = await self._ticket(number)
        ticket = f"tickets/{ticket_id}"
        await self._post(f"{ticket}/take")
        async with self._http.get(f"/desk/api/{ticket}") as response:
            if response.status != 200:
                raise BenchError(f"the console cannot see ticket {number}: status {response.status}")
            await response.read()
        await self._post(f"{ticket}/messages", text=answer, client_id=f"answer-{number}")
        await self._post(f"{ticket}/resolve", note="")
        del self._arrived[number]

    @property
    def http(self) -> aiohttp.ClientSession:
        """Signed in."""
        return self._http

    async def note(self, ticket_id: str, text: str, client_id: str) -> None:
        """Write an internal note. Raises BenchError."""
        await self._post(f"tickets/{ticket_id}/notes", text=text, client_id=client_id)

    async def _ticket(self, number: str) -> tuple[float, str]:
        try:
            async with asyncio.timeout(TICKET_WITHIN_S):
                while number not in self._arrived:
                    await self._news.wait()
        except TimeoutError:
            raise BenchError(f"the console was never told of ticket {number}") from None
        return self._arrived[number]

    async def _listen(self) -> None:
        async for received in self._socket:
            now = time.perf_counter()
            if received.type is aiohttp.WSMsgType.TEXT:
                frame = received.json()
                if frame["type"] == "ticket" and frame["ticket"]["state"] == "queued":
                    self._arrived.setdefault(frame["ticket"]["number"], (now, frame["ticket"]["id"]))
                    self._news.set()
                    self._news = asyncio.Event()  # each wait is for the next piece of news

    async def _post(self, path: str, **body: str) -> JSON:
        headers = {"X-CSRF-Token": self._csrf} if self._csrf else {}
        async with self._http.post(f"/desk/api/{path}", json=body, headers=headers) as response:
            if response.status != 200:
                raise BenchError(f"the console's {path.split('/')[-1]} was refused: status {response.status}")
            answer: JSON = await response.json()
            return answer
