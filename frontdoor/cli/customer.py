"""`frontdoor customer …`: forget somebody who asks for it, and take the company's cards."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track
from sqlalchemy import Connection

from connectors.errors import Rejected
from connectors.fields import Fields
from connectors.registry import DESKS, load
from frontdoor.cards_api import read_card
from frontdoor.cli.context import open_storage, out, settings_at
from frontdoor.desk_forgetting import can_forget
from frontdoor.desk_settings import helpdesks
from frontdoor.retention import OWN_DESK, erase
from frontdoor.settings import Settings
from storage import retention, work
from storage.cards import Card, put_card
from storage.clock import now_ms
from storage.retention import Elsewhere

app = typer.Typer(help="Forget customers, take their cards.", no_args_is_help=True)


@app.command()
def forget(
    context: typer.Context,
    who: Annotated[str, typer.Argument(help="E-mail address, phone, user id, ticket number, or id of a conversation.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete all conversations of a customer, on all channels: messages, tickets, files, contact details, links, and
    what the bot knows of them.

    While the service runs, the bot, the files and the tickets at helpdesks follow within seconds; else when it is
    started. Helpdesks that cannot delete are named, with the numbers by which their people find the tickets.
    """
    raise typer.Exit(asyncio.run(_forget(context.obj, who, yes)))


@app.command()
def cards(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="JSONL: a card a line, with user_id.", exists=True, dir_okay=False)],
) -> None:
    """Take customers' cards (name, level, segment, products, open orders) from a file; all of it, or nothing."""
    rows, problems = read_cards(file)
    for problem in problems:
        out.print(problem, highlight=False, markup=False)
    if problems:
        raise typer.Exit(1)
    asyncio.run(_keep(context.obj, rows))
    out.print(f"Cards: {len(rows)}", highlight=False)


def read_cards(file: Path) -> tuple[list[Card], list[str]]:
    """The cards of a file, and what is wrong with its lines."""
    rows, problems = [], []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            given = json.loads(line)
            fields = Fields(given)
            user_id = fields.line("user_id", longest=160)
            if not user_id:
                raise fields.wrong("user_id", "is missing")
            card = read_card(Fields({name: value for name, value in given.items() if name != "user_id"}))
            rows.append(replace(card, user_id=user_id, updated_at=now_ms()))
        except ValueError as error:
            problems.append(f"line {number}: is not JSON: {error}")
        except Rejected as error:
            problems.append(f"line {number}: {error.field}: {error}")
    return rows, problems


async def _keep(root: Path, rows: list[Card]) -> None:
    async with open_storage(settings_at(root)) as (database, _):
        await database.write(_put_all, rows)


def _put_all(tx: Connection, rows: list[Card]) -> None:
    for row in track(rows, description="Cards", console=out, disable=not out.is_terminal):
        put_card(tx, row)


async def _forget(root: Path, who: str, yes: bool) -> int:
    settings = settings_at(root)
    async with open_storage(settings) as (database, bus):
        found = await database.read(retention.conversations_of, who)
        if not found:
            out.print(f"There is no conversation of {who}.", highlight=False, markup=False)
            return 1
        if not yes and not typer.confirm(f"Delete {len(found)} conversation(s) of {who} for good?"):
            return 1
        elsewhere = await database.read(retention.tickets_elsewhere, found, OWN_DESK)
        for conversation_id in await database.write(erase, found):
            await bus.publish("work", {"lane": work.forgetting_lane(conversation_id)})
    out.print(f"Deleted conversations: {len(found)}", highlight=False)
    for line in told_of(elsewhere, settings):
        out.print(line, highlight=False, markup=False)
    return 0


def told_of(tickets: Sequence[Elsewhere], settings: Settings) -> list[str]:
    """What becomes of the tickets that helpdesks have."""
    able = {name for name, own in helpdesks(settings.desks).items() if can_forget(load(DESKS[own.kind or name]))}
    lines = []
    for desk in sorted({each.desk for each in tickets}):
        numbers = ", ".join(each.reference for each in tickets if each.desk == desk)
        end = "which deletes them, too:" if desk in able else "which cannot be told to, so delete them there:"
        lines.append(f"Tickets at {desk}, {end} {numbers}")
    return lines
