"""`frontdoor desk staffing`: how many agents each hour of a week needs."""

import asyncio
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress
from rich.table import Table

from desk.tiers import Tiers
from frontdoor.cli.context import open_storage, out, settings_at, tiers_at
from storage.clock import now_ms

if TYPE_CHECKING:
    from desk.handling import TierWork

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def staffing(
    context: typer.Context,
    tier: Annotated[str, typer.Option(help="A tier of tiers.yml.")],
    week: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Its Monday; this week's.")] = None,
    target: Annotated[float, typer.Option(min=0.1, max=0.99, help="Share answered in time.")] = 0.9,
    within: Annotated[float | None, typer.Option(min=1, help="Seconds; as tiers.yml promises.")] = None,
    shrinkage: Annotated[float, typer.Option(min=0, max=0.8, help="Share of paid time away from work.")] = 0.3,
    history: Annotated[int, typer.Option(min=1, max=52, help="Weeks of history.")] = 8,
    runs: Annotated[int, typer.Option(min=10, max=500, help="How often each day is simulated.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
) -> None:
    """Show how many agents each hour of a week needs, by Erlang C and checked by simulation.

    [dim]Examples:[/]
      frontdoor desk staffing --tier front_line
      frontdoor desk staffing --tier front_line --target 0.8 --within 60 --json
    """
    from desk.staffing_work import Question, plan, this_monday, usual_goal, work_of  # SciPy and SimPy

    tiers = tiers_at(context.obj)
    _require(tiers, tier)
    now = now_ms()
    monday = week.date() if week else this_monday(tiers, now)
    if monday.weekday() != 0:
        raise typer.BadParameter(f"{monday} is no Monday", param_hint="--week")
    goal = replace(usual_goal(tiers, tier), target=target, shrinkage=shrinkage, runs=runs)
    goal = replace(goal, within_s=within) if within is not None else goal
    question = Question(tier=tier, monday=monday, goal=goal, weeks=history)

    async def worked(root: Path) -> "tuple[TierWork, tuple[int, int]]":
        async with open_storage(settings_at(root)) as (database, _):
            return await work_of(database, tiers, question, now)

    work, stretch = asyncio.run(worked(context.obj))
    with Progress(console=out, transient=True, disable=as_json) as bar:
        task = bar.add_task("Simulating", total=1.0)
        made = plan(tiers, question, work, stretch, lambda share: bar.update(task, completed=share))
    if as_json:
        out.print_json(data=made.to_json())
        return
    known = made.basis
    out.print(
        f"{known.weeks:.1f} weeks, {known.arrivals} tickets, {known.handling.mean_s:.0f} s of an agent's time each, "
        f"{known.concurrency:.1f} at once.",
        highlight=False,
    )
    if known.thin:
        out.print("History is thin: the intervals are wide.")
    table = Table("", "tickets an hour", "Erlang C", "at work", "on the rota", "in time", "simulated")
    for need in made.needs:
        level = need.simulated
        shown = "–" if level.share is None else f"{level.share:.0%} ({level.low:.0%}–{level.high:.0%})"
        rate = need.arrivals
        table.add_row(
            f"{DAYS[need.weekday]} {need.hour:02}:00", f"{rate.mean:.1f} ({rate.low:.1f}–{rate.high:.1f})",
            f"{need.by_erlang} ({need.least}–{need.most})", str(need.agents), str(need.rostered),
            f"{need.predicted:.0%}", shown,
        )  # fmt: skip
    out.print(table)


def _require(tiers: Tiers, tier: str) -> None:
    if tier not in tiers.tiers:
        raise typer.BadParameter(f"there is no tier {tier}; there are {', '.join(tiers.tiers)}", param_hint="--tier")
