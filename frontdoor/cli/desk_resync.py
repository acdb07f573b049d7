"""`frontdoor desk resync`: compare what a helpdesk has of us with what we know, and repair it."""

import asyncio
import json
from collections import Counter
from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from connectors.desk import CheckedDesk, Desk
from frontdoor import desk_setup
from frontdoor.cli.asking import no
from frontdoor.cli.context import err, out
from frontdoor.cli.desk_connect import settings_of
from frontdoor.resync import REPAIRS, Compared, Difference, compare, repair
from frontdoor.settings import Settings
from storage import handoffs

NEWEST = 50  # differences that are shown one by one


def resync(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The desk's name in desks.yml.")],
    mend: Annotated[bool, typer.Option("--repair", help="Mend what differs; without it, only look.")] = False,
    closed: Annotated[bool, typer.Option("--all", help="Also handoffs that are over.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Compare both sides, ticket by ticket: what was never opened, is missing there, was deleted, or not read yet.

    Repairs are promised as work and done by the service, at once where it runs. Exit code 1: something differs.

    [dim]Examples:[/]
      frontdoor desk resync zammad
      frontdoor desk resync zammad --repair
    """
    settings = settings_of(context.obj, name)
    compared = asyncio.run(_compare(settings, name, closed=closed, mend=mend))
    differing = [each for each in compared if each.differences]
    if as_json:
        told = {"compared": len(compared), "repaired": mend, "differences": [asdict(each) for each in differing]}
        out.print_json(json.dumps(told, ensure_ascii=False))
    else:
        _tell(compared, differing, mend)
    raise typer.Exit(1 if differing and not mend else 0)


async def _compare(settings: Settings, name: str, *, closed: bool, mend: bool) -> list[Compared]:
    found: list[Compared] = []
    async with desk_setup.opened(settings, name) as (desk, database):
        if mend:
            await _require_order(desk)
        total = await database.read(handoffs.count_of_desk, name)
        with Progress(console=err, transient=True) as bar:
            task = bar.add_task("Comparing", total=total)
            async for each in compare(desk, database, closed=closed):
                found.append(each)
                bar.advance(task)
                if mend and each.differences:
                    await repair(desk, database, each)
    return found


async def _require_order(desk: Desk) -> None:
    """What a helpdesk hides from us, because our account may not see it any more, would look as if it were deleted."""
    found = await desk.check() if isinstance(desk, CheckedDesk) else []
    if wrong := [each.what for each in found if not each.ok]:
        no(f"Nothing was mended: {'; '.join(wrong)}. `frontdoor desk test {desk.name}` says more.")


def _tell(compared: list[Compared], differing: list[Compared], mend: bool) -> None:
    out.print(f"{len(compared)} compared, {len(differing)} differ.", highlight=False)
    if not differing:
        return
    table = Table("reference", "ticket", "what differs", box=None)
    for each in differing[-NEWEST:]:
        count = f" ({each.count})" if each.count else ""
        table.add_row(each.reference, escape(each.ticket_id), ", ".join(map(str, each.differences)) + count)
    out.print(table, highlight=False)
    for kind, number in Counter(kind for each in differing for kind in each.differences).items():
        out.print(f"{number} × {kind}: {REPAIRS[kind]}", highlight=False)
    if any(kind is not Difference.UNREACHABLE for each in differing for kind in each.differences):
        out.print("The service mends it now." if mend else "Mend it with --repair.", highlight=False)
