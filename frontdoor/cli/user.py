"""`frontdoor user …`: the people of the built-in desk."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from desk.access import Access
from desk.agent_moves import AgentMoves
from desk.errors import Refused
from desk.passwords import Passwords
from desk.people import COMMAND_LINE, NewPerson, People
from desk.second_factor import SecondFactor
from desk.tiers import Tiers
from frontdoor.cli.context import err, open_storage, out, settings_at, tiers_at
from storage import tickets
from storage.agents import Agent
from storage.bus import MemoryBus
from storage.clock import now_ms
from storage.database import Database

LOGIN = re.compile(r"[a-z0-9._-]{2,40}")
DESK = "built_in"

app = typer.Typer(help="Add, list and disable the people of the desk.", no_args_is_help=True)


class Role(StrEnum):
    """What a person may do."""

    AGENT = "agent"
    SENIOR = "senior"
    SUPERVISOR = "supervisor"
    EDITOR = "editor"
    ADMIN = "admin"


class Speaks(StrEnum):
    """A language an agent answers in."""

    EN = "en"
    ZH = "zh"


def _login(value: str) -> str:
    if not LOGIN.fullmatch(value):
        raise typer.BadParameter("use 2 to 40 of a-z, 0-9, dot, dash and underscore, such as li.na")
    return value


Login = Annotated[str, typer.Argument(callback=_login, help="The name they log in with, such as li.na.")]


@app.command()
def add(
    context: typer.Context,
    login: Login,
    name: Annotated[str, typer.Option(help="The name customers see.")],
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.AGENT,
    tier: Annotated[list[str] | None, typer.Option(help="A tier of tiers.yml; repeat it for more.")] = None,
    grade: Annotated[str, typer.Option(help="A grade of tiers.yml. Default: the first.")] = "",
    language: Annotated[list[Speaks] | None, typer.Option(help="A language they answer in. Default: both.")] = None,
    capacity: Annotated[int, typer.Option(min=1, max=50, help="Conversations at a time.")] = 4,
    email: Annotated[str, typer.Option(help="Where they are reached.")] = "",
) -> None:
    """Add a person and print their first password, which they change when they log in.

    [dim]Examples:[/]
      frontdoor user add li.na --name "Li Na" --tier front_line
      frontdoor user add boss --name "Wang Wei" --role supervisor
    """
    person = NewPerson(
        login=login,
        name=name,
        role=role,
        tiers=tuple(tier or ()),
        grade=grade,
        languages=tuple(language or Speaks),
        capacity=capacity,
        email=email,
    )

    async def work(people: People, _db: Database) -> None:
        _, password = await people.add(person)
        out.print(f"Added {login}. First password, shown only this once: {password}", highlight=False, markup=False)

    _with_people(context.obj, work)


@app.command("list")
def list_people(context: typer.Context) -> None:
    """List everyone, disabled people too."""

    async def work(people: People, _db: Database) -> None:
        table = Table("Login", "Name", "Role", "Tiers", "Languages", "Places", "State", box=None, pad_edge=False)
        now = now_ms()
        for agent in await people.all():
            state = "disabled" if agent.disabled else agent.seen_as(now)
            tiers, languages = ", ".join(agent.tiers), ", ".join(agent.languages)
            table.add_row(agent.login, agent.name, agent.role, tiers, languages, str(agent.capacity), state)
        out.print(table, highlight=False)

    _with_people(context.obj, work)


@app.command("reset-password")
def reset_password(context: typer.Context, login: Login) -> None:
    """Give a person a new password, print it, and sign them out everywhere."""

    async def work(people: People, _db: Database) -> None:
        agent = await people.find_login(login)
        password = await people.set_password(agent.id)
        out.print(f"New password of {login}, shown only this once: {password}", highlight=False, markup=False)

    _with_people(context.obj, work)


@app.command("reset-two-factor")
def reset_two_factor(context: typer.Context, login: Login) -> None:
    """Let a person who lost phone and recovery codes log in by password alone; they are signed out everywhere."""

    async def work(people: People, database: Database) -> None:
        agent = await people.find_login(login)
        bus = MemoryBus()
        await SecondFactor(database, bus, now_ms, Access()).take_away(COMMAND_LINE, agent.id)
        out.print(f"{login} logs in without a second step now.", highlight=False, markup=False)

    _with_people(context.obj, work)


@app.command()
def disable(context: typer.Context, login: Login) -> None:
    """Keep a person out: end their sessions and put their open tickets back in the queue."""
    tiers = tiers_at(context.obj)

    async def work(people: People, database: Database) -> None:
        agent = await people.find_login(login)
        await people.change(agent.id, {"disabled": True})
        returned = await _release(database, tiers, agent, await _on_behalf_of(people, agent))
        out.print(f"Disabled {login}. Tickets back in the queue: {returned}", highlight=False, markup=False)

    _with_people(context.obj, work)


@app.command()
def enable(context: typer.Context, login: Login) -> None:
    """Let a disabled person in again."""

    async def work(people: People, _db: Database) -> None:
        agent = await people.find_login(login)
        await people.change(agent.id, {"disabled": False})
        out.print(f"Enabled {login}.", highlight=False, markup=False)

    _with_people(context.obj, work)


async def _on_behalf_of(people: People, person: Agent) -> Agent:
    """Whose act it is in the tickets' timelines: an admin's, or the person's own where the desk has no admin yet."""
    return next((agent for agent in await people.all() if agent.role == Role.ADMIN and not agent.disabled), person)


async def _release(database: Database, tiers: Tiers, agent: Agent, admin: Agent) -> int:
    moves = AgentMoves(desk=DESK, tiers=tiers, clock=now_ms)
    held = await database.read(tickets.held_by, agent.id)
    for ticket_id in held:
        await database.write(moves.release, admin, ticket_id, agent.id)
    return len(held)


@asynccontextmanager
async def _people(root: Path) -> AsyncIterator[tuple[People, Database]]:
    async with open_storage(settings_at(root)) as (database, bus):
        yield People(database, bus, tiers_at(root), Passwords()), database


def _with_people(root: Path, work: Callable[[People, Database], Awaitable[None]]) -> None:
    """Do `work`; what the desk refuses is told in its own words."""

    async def run() -> None:
        async with _people(root) as (people, database):
            await work(people, database)

    try:
        asyncio.run(run())
    except Refused as refused:
        err.print(refused.sentence("en"), style="red", highlight=False, markup=False)
        raise typer.Exit(1) from refused
