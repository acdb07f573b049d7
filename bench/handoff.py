"""Handoff: from the customer's "talk to a human" until an agent's console is told of the ticket.

    python -m bench.handoff [--json] [--handoffs 200]

Every customer asks the bot something first, so that the ticket carries a conversation; the ticket is opened,
classified, given to a tier and stored before the console hears of it.
"""

import asyncio
import time
from itertools import islice
from typing import Annotated

import aiohttp
import typer

from bench.figures import latency, print_json, progress, screen, show
from bench.installation import ADMIN_PASSWORD, FrontDoor
from bench.processes import BenchError, machine
from bench.questions import different, phrasings
from frontdoor.programs import CODE

WARM_UP = 5
TICKET_WITHIN_S = 30.0


class Console:
    """An agent's console without a browser: signed in, its socket open, the arrival of each ticket noted."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._arrived: dict[str, float] = {}
        self._news = asyncio.Event()

    async def __aenter__(self) -> "Console":
        self._http = aiohttp.ClientSession(self._url, cookie_jar=aiohttp.CookieJar(unsafe=True))
        csrf = await self._post("session", "", login="admin", password=ADMIN_PASSWORD)
        await self._post("password", csrf, current=ADMIN_PASSWORD, new=f"{ADMIN_PASSWORD}-2")
        self._socket = await self._http.ws_connect("/desk/api/socket", headers={"Origin": self._url})
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *error: object) -> None:
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)
        await self._http.close()

    async def arrival(self, number: str) -> float:
        """When a ticket was first seen, of `time.perf_counter`. Raises BenchError when it does not come."""
        try:
            async with asyncio.timeout(TICKET_WITHIN_S):
                while number not in self._arrived:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise BenchError(f"the console was never told of ticket {number}") from None
        return self._arrived[number]

    async def _listen(self) -> None:
        async for received in self._socket:
            now = time.perf_counter()
            if received.type is aiohttp.WSMsgType.TEXT:
                frame = received.json()
                if frame["type"] == "ticket":
                    self._arrived.setdefault(frame["ticket"]["number"], now)
                    self._news.set()

    async def _post(self, path: str, csrf: str, **body: str) -> str:
        headers = {"X-CSRF-Token": csrf} if csrf else {}
        async with self._http.post(f"/desk/api/{path}", json=body, headers=headers) as response:
            if response.status != 200:
                raise BenchError(f"the console cannot sign in: status {response.status}")
            return str((await response.json())["csrf"])


async def measure(system: FrontDoor, handoffs: int) -> list[float]:
    """One customer after the other asks the bot, then for a human; the seconds until the agent had each ticket."""
    seconds = []
    questions = islice(different(phrasings(CODE / "data" / "kb"), 4), WARM_UP + handoffs)
    async with aiohttp.ClientSession() as http, Console(system.url) as console:
        with progress() as bar:
            for question in bar.track(questions, total=WARM_UP + handoffs, description="Handing over"):
                visitor = await system.talk(http, question.language)
                await visitor.ask(question.text)
                await visitor.back_to_bot()
                asked = await visitor.call_human()
                seconds.append(await console.arrival(visitor.state["ticket"]) - asked)
                await visitor.back_to_bot()  # an agent's place in the queue is not what is measured
                await visitor.close()
    return seconds[WARM_UP:]


def main(
    json: Annotated[bool, typer.Option("--json", help="Print one object as the last line.")] = False,
    handoffs: Annotated[int, typer.Option(min=1, help="Handoffs to measure.")] = 200,
) -> None:
    """Measure how fast a handoff reaches an agent's screen."""
    described = machine()
    with FrontDoor() as system:
        screen.print("Starting Front Door …")
        system.train()
        system.add_admin()
        system.start()
        seconds = asyncio.run(measure(system, handoffs))
    result = {"handoffs": len(seconds), **latency(seconds, 50, 99)}
    show("Handoff: customer asks → agent's console", {"ours": result})
    if json:
        print_json({"ours": result, "machine": described})


if __name__ == "__main__":
    typer.run(main)
