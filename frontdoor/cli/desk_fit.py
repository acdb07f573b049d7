"""`frontdoor desk fit`: triage learns from what colleagues corrected."""

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from desk.triage import FITTED, values_of
from frontdoor.cli.context import open_storage, out, settings_at, tiers_at
from frontdoor.settings import Settings
from storage.triage import Correction, corrections


def fit(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the figures.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
) -> None:
    """Fit the weights of triage to what colleagues said of tickets, and show how often they are right before and after.

    The figures come from cross-validation. New weights are written for what is right more often by them; the running
    service takes them up with the next ticket. Delete the file to have the shipped weights again.

    [dim]Examples:[/]
      frontdoor desk fit --dry-run
      frontdoor desk fit
    """
    from desk.triage_fit import fit as fitted_to  # SciPy: the other commands start faster without it

    settings = settings_at(context.obj)
    said = asyncio.run(_said(settings))
    found = fitted_to(said, values_of(tiers_at(context.obj)))
    path = settings.data_dir / FITTED
    write = found.better and not dry_run
    if write:
        _replace(path, json.dumps(found.model.to_json(), indent=1, sort_keys=True))
    if as_json:
        figures = {name: asdict(each) for name, each in found.figures.items()}
        out.print_json(data={"answers": len(said), "figures": figures, "written": str(path) if write else None})
        return
    if not said:
        out.print("Nobody has corrected or confirmed anything yet.", highlight=False)
        return
    table = Table("", "answers", "corrected", "right before", "right after")
    for name, each in found.figures.items():
        after = "too few" if each.after is None else f"{each.after:.1%}"
        table.add_row(name, str(each.answers), str(each.corrected), f"{each.before:.1%}", after)
    out.print(table)
    out.print(f"Written to {path}." if write else "Nothing was written.", highlight=False, soft_wrap=True)


async def _said(settings: Settings) -> list[Correction]:
    async with open_storage(settings) as (database, _):
        return await database.read(corrections)


def _replace(path: Path, text: str) -> None:
    """Write a file that a running service never sees in parts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)
