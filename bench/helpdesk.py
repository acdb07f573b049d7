"""Handoffs to a helpdesk with trouble: `python -m bench.helpdesk [--handoffs 1000] [--errors 0.05] [--json]`.

A thousand customers are handed over within a minute, and each says two things more. Nothing may be lost or doubled.
Beside it, in the same run, a connector that does what scripts do: it tries again after any failure, up to five times.
"""

if __name__ == "__main__" and not __package__:
    from environment import run_again  # this file lies beside it

    run_again("bench.helpdesk", ".venv")

import asyncio
import logging
import random
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import aiohttp
import structlog
import typer
from rich.progress import Progress
from sqlalchemy import Connection, select

from bench.figures import latency, print_json, progress, show
from bench.flaky_desk import TOKEN, FlakyDesk
from bench.processes import machine
from connectors.channel import Limits, Receipt, Standing
from connectors.desk import Reason
from connectors.desk_ports import DeskPorts
from connectors.desks.zammad import Zammad, ZammadSettings
from connectors.message import Attachment, Author, Content, Outbound, Profile
from frontdoor import escalation
from frontdoor.brain import Brain
from frontdoor.core import Core, CoreSettings
from frontdoor.files import FileStore
from frontdoor.step import Step
from storage import conversations, handoffs, work
from storage.bus import MemoryBus
from storage.channel_state import ChannelState
from storage.database import Database
from storage.desk_ledger import DeskLedger
from storage.migrate import upgrade

MINUTE_S = 60.0
LATER = 2  # messages of each customer after the handoff
TRIES = 5
NAME = "zammad"


class Page:
    """A channel on which storing is delivering."""

    name = "web"
    limits = Limits()
    standing = Standing.OWN
    stored_is_delivered = True

    async def send(self, message: Outbound) -> Receipt:
        """Nothing is left to do."""
        return Receipt()

    async def close(self) -> None:
        """Nothing to release."""


def _hand_over(step: Step, number: int) -> str:
    step.add(Author.CUSTOMER, Content(text=f"question {number}: where is my parcel? 我的包裹在哪里？"))
    step.add(Author.BOT, Content(text="It leaves within two days."))
    escalation.begin(step, Reason.REQUESTED, NAME)
    return step.conversation.handoff_id


def _say(step: Step, text: str) -> None:
    escalation.append(step, step.add(Author.CUSTOMER, Content(text=text)))


@asynccontextmanager
async def running(folder: Path, desk: FlakyDesk) -> AsyncIterator[tuple[Core, Database]]:
    """The core with the helpdesk as its desk."""

    async def discard(_: Sequence[str]) -> None: ...

    def link(attachment: Attachment, *, kept: bool = False) -> str:
        return f"/{attachment.id}"

    database, bus = Database(f"sqlite:///{folder / 'bench.db'}"), MemoryBus()
    await upgrade(database)
    brain = Brain("http://127.0.0.1:1", "nobody", timeout_s=1)
    core_settings = CoreSettings(
        desk=NAME, text_limit=4000, abandoned_after_s=86_400, idle_after_s=86_400, zone="Asia/Shanghai"
    )
    core = Core(core_settings, database=database, bus=bus, brain=brain, link=link, discard=discard)
    files = FileStore(database, folder / "files", key="k" * 32, max_bytes=1 << 20, types=frozenset())
    ports = DeskPorts(
        name=NAME, ledger=DeskLedger(database, core.locks, NAME), files=files,
        state=ChannelState(database, core.locks, f"desk:{NAME}"), public_url="http://localhost:8080",
        brand={"en": "Bench", "zh": "测试"},
    )  # fmt: skip
    settings = ZammadSettings.model_validate(
        {"url": desk.url, "token": TOKEN, "requester": "chat@bench.example", "requests_per_minute": 100_000}
    )
    helpdesk = Zammad(settings, ports)
    async with core.running({"web": Page()}, {NAME: helpdesk}):
        yield core, database
    await helpdesk.close()
    await brain.close()
    await bus.close()
    await database.close()


async def ours(folder: Path, count: int, share: float, seed: int, bar: Progress) -> dict[str, Any]:
    """The figures of our outbox and ledger."""
    async with FlakyDesk(share, seed) as desk, running(folder, desk) as (core, database):
        task, pace, began = bar.add_task("Handing over", total=count), random.Random(seed), time.perf_counter()  # noqa: S311
        arrivals = sorted(pace.uniform(0, MINUTE_S) for _ in range(count))

        async def customer(number: int, at: float) -> None:
            await asyncio.sleep(max(0.0, began + at - time.perf_counter()))
            found = await database.write(conversations.begin, "web", f"visitor-{number}", Profile(language="en"))
            await core.steps.run(found.id, _hand_over, number)
            for part in range(LATER):
                await core.steps.run(found.id, _say, f"later {number}.{part}.")
            bar.advance(task)

        await asyncio.gather(*(customer(number, at) for number, at in enumerate(arrivals)))
        pending = bar.add_task("Until all is there", total=None)
        while (await database.read(work.counts))["pending"]:  # noqa: ASYNC110 - it is the database that knows
            await asyncio.sleep(0.1)
        bar.remove_task(pending)
        took = time.perf_counter() - began
        rows = await database.read(_opened)
        dead = (await database.read(work.counts))["dead"]
        tickets = [desk.tickets_of(reference) for reference, _, _ in rows]
        lines = [desk.said(f"later {number}.{part}.") for number in range(count) for part in range(LATER)]
        return {
            "handoffs": len(rows),
            "opened_in_the_minute": sum(at <= MINUTE_S for _, _, at in rows),
            "took_s": round(took, 1),
            **latency([seconds for _, seconds, _ in rows], 50, 99),
            "requests": desk.requests,
            "troubles": sum(desk.troubles.values()),
            "tickets_lost": sum(each == 0 for each in tickets),
            "tickets_doubled": sum(each > 1 for each in tickets),
            "lines_lost": sum(each == 0 for each in lines),
            "lines_doubled": sum(each > 1 for each in lines),
            "given_up": dead,
        }


async def naive(count: int, share: float, seed: int, bar: Progress) -> dict[str, Any]:
    """The figures of trying again after any failure."""
    async with FlakyDesk(share, seed) as desk, aiohttp.ClientSession() as http:
        task, gate, began = (
            bar.add_task("The same, tried again", total=count),
            asyncio.Semaphore(16),
            time.perf_counter(),
        )

        async def post(path: str, body: dict[str, Any]) -> dict[str, Any]:
            for _ in range(TRIES):
                async with http.post(f"{desk.url}/api/v1/{path}", json=body) as response:
                    try:
                        if response.status == 201:
                            return dict(await response.json())
                    except (aiohttp.ContentTypeError, ValueError):
                        continue
            return {}

        async def customer(number: int) -> None:
            async with gate:
                article = {"body": f"question {number}"}
                made = await post("tickets", {"title": f"[FD-{number:06}.] question", "article": article})
                for part in range(LATER if made else 0):
                    await post("ticket_articles", {"ticket_id": made["id"], "body": f"later {number}.{part}."})
                bar.advance(task)

        await asyncio.gather(*(customer(number) for number in range(count)))
        took = time.perf_counter() - began
        tickets = [desk.tickets_of(f"FD-{number:06}.") for number in range(count)]
        lines = [desk.said(f"later {number}.{part}.") for number in range(count) for part in range(LATER)]
        return {
            "handoffs": count,
            "per_minute": round(count / took * 60),
            "requests": desk.requests,
            "troubles": sum(desk.troubles.values()),
            "tickets_lost": sum(each == 0 for each in tickets),
            "tickets_doubled": sum(each > 1 for each in tickets),
            "lines_lost": sum(each == 0 for each in lines),
            "lines_doubled": sum(each > 1 for each in lines),
        }


def _opened(tx: Connection) -> list[tuple[str, float, float]]:
    """Each handoff's reference, the seconds until its ticket was there, and the seconds since the first handoff."""
    table = handoffs.handoff
    rows = tx.execute(select(table.c.reference, table.c.created_at, table.c.opened_at)).all()
    first = min(row.created_at for row in rows)
    return [
        (row.reference, (row.opened_at - row.created_at) / 1000, (row.opened_at - first) / 1000)
        for row in rows
        if row.opened_at
    ]


def main(
    json: Annotated[bool, typer.Option("--json", help="Print one object as the last line.")] = False,
    handoffs: Annotated[int, typer.Option(min=1, help="Customers who are handed over within a minute.")] = 1_000,
    errors: Annotated[float, typer.Option(min=0, max=0.9, help="Share of requests that go wrong.")] = 0.05,
    seed: Annotated[int, typer.Option(help="Of arrivals and troubles.")] = 1,
) -> None:
    """Hand customers over to a helpdesk with trouble, and count what was lost or doubled."""
    described = machine()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as folder, progress() as bar:
        results = {
            "ours": asyncio.run(ours(Path(folder), handoffs, errors, seed, bar)),
            "tried again": asyncio.run(naive(handoffs, errors, seed, bar)),
        }
    show(f"{handoffs:,} handoffs within a minute, {errors:.0%} of the requests go wrong", results)
    if json:
        print_json({**results, "machine": described})


if __name__ == "__main__":
    typer.run(main)
