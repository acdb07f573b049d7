"""`frontdoor kb gaps`: what customers ask and the knowledge base does not answer."""

import asyncio
import json
import sys
from contextlib import redirect_stdout
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from sqlalchemy import Connection

from connectors.message import JSON
from frontdoor.articles_shown import failing
from frontdoor.cli.context import err, open_brain, open_storage, out, settings_at
from frontdoor.gaps import Gaps, GapsUnavailable, state
from frontdoor.learning import gaps_shown
from storage import gaps
from storage.locks import Locks


def show(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object: gaps, failing, since, updated_at.")] = False,
    look: Annotated[bool, typer.Option("--look", help="Look for gaps now; the bot must run.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many gaps to list.")] = 20,
) -> None:
    """List what customers asked in vain, put together by what they ask, and the articles that do not help.

    The service looks every quarter of an hour. Order numbers, phone numbers and addresses are masked.

    [dim]Examples:[/]
      frontdoor kb gaps
      frontdoor kb gaps --look --json
    """
    found = asyncio.run(_found(context.obj, look))
    found["gaps"] = found["gaps"][:limit]
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    if not found["updated_at"]:
        out.print("The service has not looked yet. Look now with: frontdoor kb gaps --look", highlight=False)
        return
    _tell(found)


async def _found(root: Path, look: bool) -> JSON:
    settings = settings_at(root)
    async with open_storage(settings) as (database, _):
        if look:
            locks = Locks(database)
            try:
                async with open_brain(settings) as brain:
                    with redirect_stdout(sys.stderr):  # logs are not what was asked for
                        await Gaps(database, brain, locks).find()
            except GapsUnavailable as error:
                err.print(f"The bot did not answer at {settings.rasa.url}. Start it: frontdoor up", style="red")
                raise typer.Exit(1) from error
            finally:
                await locks.close()
        return await database.read(_stored)


def _stored(tx: Connection) -> JSON:
    seen = state(tx)
    return {
        "gaps": gaps_shown(gaps.all_gaps(tx), gaps.asked(tx)),
        "failing": failing(seen.get("shown", {})),
        "since": seen.get("since"),
        "updated_at": seen.get("updated_at"),
    }


def _tell(found: JSON) -> None:
    if not found["gaps"]:
        out.print("No gaps: what several customers asked, the bot answers.", highlight=False)
    for gap in found["gaps"]:
        nearest = f"; closest: {gap['nearest']['id']}" if gap["nearest"] else ""
        out.print(f"{gap['count']:>4} × {gap['label']}", style="bold", highlight=False, markup=False)
        for example in gap["examples"][1:]:
            out.print(f"       {example}", highlight=False, markup=False)
        told = ", ".join(f"{count} {_OUTCOMES[name]}" for name, count in gap["outcomes"].items() if count)
        out.print(f"       {told}{nearest}; last {_day(gap['last_at'])}", style="dim", highlight=False, markup=False)
    if found["failing"]:
        table = Table("Article", "Title", "Shown", "Then a human", box=None, pad_edge=False)
        for article in found["failing"]:
            table.add_row(article["id"], article["title"], str(article["shown"]), str(article["then_human"]))
        out.print("\nArticles that were shown and did not help:", highlight=False)
        out.print(table, highlight=False)


_OUTCOMES = {"none": "without an answer", "clarified": "asked back", "handed_over": "handed over"}


def _day(at: int) -> str:
    return datetime.fromtimestamp(at / 1000).astimezone().strftime("%Y-%m-%d")
