"""Handoff: from the customer's "talk to a human" until an agent's console is told of the ticket.

    python -m bench.handoff [--json] [--handoffs 200]

Every customer asks the bot something first, so that the ticket carries a conversation; the ticket is opened,
classified, given to a tier and stored before the console hears of it.
"""

import asyncio
from itertools import islice
from typing import Annotated

import aiohttp
import typer

from bench.desk_client import Console
from bench.figures import latency, print_json, progress, screen, show
from bench.installation import FrontDoor
from bench.processes import machine
from bench.questions import different, phrasings
from frontdoor.programs import CODE

WARM_UP = 5


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
