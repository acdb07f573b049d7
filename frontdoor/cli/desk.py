"""`frontdoor desk …`: helpdesks, and whether the built-in desk takes handoffs, what it learns, and whom it needs."""

import asyncio
from pathlib import Path

import typer

from desk.connector import ACCEPTING
from frontdoor.cli.context import open_storage, out, settings_at
from frontdoor.cli.desk_conformance import conformance
from frontdoor.cli.desk_connect import add, list_desks, look
from frontdoor.cli.desk_exchange import export, import_packet
from frontdoor.cli.desk_fit import fit
from frontdoor.cli.desk_preview import preview
from frontdoor.cli.desk_resync import resync
from frontdoor.cli.desk_staffing import staffing
from frontdoor.desk_settings import helpdesks
from storage import agents, elsewhere
from storage.clock import now_ms
from storage.elsewhere import Waiting
from storage.settings import read_setting, write_setting

app = typer.Typer(
    help="Connect helpdesks; switch the built-in desk on and off, and let it learn.", no_args_is_help=True
)

app.command(name="list")(list_desks)
app.command()(add)
app.command(name="test")(look)
app.command()(resync)
app.command()(conformance)
app.command()(export)
app.command(name="import")(import_packet)
app.command()(fit)
app.command()(staffing)
app.command()(preview)


@app.command()
def on(context: typer.Context) -> None:
    """Take new handoffs."""
    asyncio.run(_switch(context.obj, True))


@app.command()
def off(context: typer.Context) -> None:
    """Take no new handoffs: customers get a reference number, and their tickets are opened when it is on again.

    Tickets that are open go on. The bot goes on answering.
    """
    asyncio.run(_switch(context.obj, False))


@app.command()
def status(context: typer.Context) -> None:
    """Show whether new handoffs are taken, who is online, and what waits for helpdesks."""
    asyncio.run(_status(context.obj))


async def _switch(root: Path, accepting: bool) -> None:
    settings = settings_at(root)
    async with open_storage(settings) as (database, bus):
        await database.write(write_setting, ACCEPTING, accepting)
        await bus.publish("desk", {"type": "desk", "accepting": accepting})
    out.print(f"The desk is {'on' if accepting else 'off'}.", highlight=False)
    if not settings.desks.built_in.enabled:
        out.print("It takes no handoffs in any case: desks.yml has built_in.enabled: false.", highlight=False)


async def _status(root: Path) -> None:
    settings = settings_at(root)
    async with open_storage(settings) as (database, _):
        accepting = await database.read(read_setting, ACCEPTING, True)
        people = await database.read(agents.all_agents)
        waiting = {each.desk: each for each in await database.read(elsewhere.waiting)}
    now = now_ms()
    online = [agent.name for agent in people if agent.seen_as(now) == "online"]
    if settings.desks.built_in.enabled:
        out.print(f"The desk is {'on' if accepting else 'off'}.", highlight=False)
    else:
        out.print("The built-in desk takes no handoffs: desks.yml has built_in.enabled: false.", highlight=False)
    out.print(f"Online: {', '.join(online) or 'nobody'}", highlight=False, markup=False)
    names = [*helpdesks(settings.desks), *(name for name, each in waiting.items() if each.count or each.given_up)]
    for name in dict.fromkeys(names):
        told = _told(waiting.get(name, Waiting(desk=name)), now)
        out.print(f"{name}: {told}", highlight=False, markup=False)


def _told(waiting: Waiting, now: int) -> str:
    """What waits for a desk, and what was given up."""
    parts = [f"handoffs waiting: {waiting.count}"]
    if waiting.since is not None:
        parts.append(f"the first for {(now - waiting.since) // 60_000} min")
    if waiting.given_up:
        parts.append(f"given up: {waiting.given_up} (see Handoffs at other desks in the console)")
    return ", ".join(parts)
