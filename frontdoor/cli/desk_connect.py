"""`frontdoor desk list | add | test`: connect a helpdesk, and look whether it works."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from connectors.channel import Finding
from connectors.registry import DESKS, load
from frontdoor import desk_setup
from frontdoor.cli.asking import asked, no, refuse, tell
from frontdoor.cli.asking import given as given_as
from frontdoor.cli.context import out, settings_at
from frontdoor.desk_matrix import COLUMNS
from frontdoor.desk_routing import Route
from frontdoor.desk_settings import helpdesks
from frontdoor.notices import try_out
from frontdoor.questionnaire import HELPDESKS, NAME
from frontdoor.screen import Screen
from frontdoor.settings import Desks, Settings

NOTICES = "notices"
ROUTE = """It gets no handoffs yet: no route leads to it. In desks.yml, where the first route that fits decides
(docs/desks/routing.md), this one sends it all of them:
  routes:
    - desk: {name}"""
Ticket = Annotated[bool, typer.Option("--ticket", help="Open a test ticket there, add a message, and close it.")]


def list_desks(context: typer.Context) -> None:
    """List the desks that are on, and the kinds that can be added."""
    settings = settings_at(context.obj)
    if settings.desks.built_in.enabled:
        out.print("[bold]built_in[/] the desk that comes with the service, at /desk/", highlight=False)
    for name, own in helpdesks(settings.desks).items():
        kind = load(DESKS[own.kind or name])
        called = f" called at /desks/{name}/webhook" if kind.features.calls_us else ""
        idle = " [yellow]gets no handoffs: no route leads to it[/]" if name in settings.desks.idle else ""
        out.print(f"[bold]{escape(name)}[/] ({own.kind or name}){called}{idle}", highlight=False)
        table = Table.grid(padding=(0, 2))
        for title, cell in COLUMNS.items():
            table.add_row(f"  {title}", cell(kind))
        out.print(table, highlight=False, style="dim")
    for number, route in enumerate(settings.desks.routes, 1):
        out.print(f"Route {number}: {_told(route)}", highlight=False, markup=False)
    out.print(f"Kinds to add with `frontdoor desk add`: {', '.join(sorted(DESKS))}", highlight=False)


def _told(route: Route) -> str:
    """Where a route leads, what it is for, and where else it leads."""
    queue = f", {route.queue}" if route.queue else ""
    asked = route.when.model_dump(mode="json", exclude_defaults=True)
    when = "; ".join(f"{member} {' or '.join(values)}" for member, values in asked.items())
    then = f"; else to {', '.join(route.instead)}" if route.instead else ""
    return f"{when or 'everything'} → {route.desk}{queue}{then}"


def add(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help="Which helpdesk: zendesk, zammad, request_tracker, …")],
    name: Annotated[str, typer.Option(help="A name of your own, for a second one of a kind.")] = "",
    given: Annotated[list[str] | None, typer.Option("--set", help="setting=value, instead of being asked.")] = None,
    ticket: Ticket = False,
) -> None:
    """Set a helpdesk up: asks for what it needs, writes it down, and checks it.

    Settings go to desks.yml, secrets to .env beside it, which only you can read.

    [dim]Examples:[/]
      frontdoor desk add zammad
      frontdoor desk add zendesk --name zendesk_eu --ticket
    """
    name = name or kind
    _may_be_added(context.obj, kind, name)
    answers = dict(given_as(given or []))
    refuse(HELPDESKS.problems(kind, answers, complete=False))
    out.print(f"[bold]{escape(kind)}[/]: docs/desks/{kind}.md shows where each value is found.\n", highlight=False)
    for question in HELPDESKS.questions(kind):
        if question.name not in answers and (answer := asked(HELPDESKS, kind, name, question)):
            answers[question.name] = answer
    refuse(HELPDESKS.problems(kind, answers, complete=True))
    HELPDESKS.write_down(context.obj, name, kind, answers)
    out.print(f"\nWritten to desks.yml as [bold]{escape(name)}[/], secrets to .env.", highlight=False)
    settings = settings_at(context.obj)
    good = asyncio.run(_look(settings, name, ticket=ticket, serving=False))
    if name in settings.desks.idle:
        out.print(f"\n{ROUTE.format(name=name)}", highlight=False, markup=False)
    out.print(f"\nRestart the service (frontdoor up), then: frontdoor desk test {name}", highlight=False)
    raise typer.Exit(0 if good else 1)


def look(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The desk's name in desks.yml, or: notices.")],
    ticket: Ticket = False,
) -> None:
    """Look whether a helpdesk works: its credentials, its set-up there, and whether it reaches us. `notices` sends a
    test to each group chat.

    [dim]Examples:[/]
      frontdoor desk test zammad
      frontdoor desk test zammad --ticket
      frontdoor desk test notices
    """
    if name == NOTICES:
        raise typer.Exit(0 if asyncio.run(_try_notices(settings_at(context.obj))) else 1)
    settings = settings_of(context.obj, name)
    raise typer.Exit(0 if asyncio.run(_look(settings, name, ticket=ticket, serving=True)) else 1)


def settings_of(root: Path, name: str) -> Settings:
    """The settings, when there is such a helpdesk in them."""
    settings = settings_at(root)
    if name not in helpdesks(settings.desks):
        known = ", ".join(helpdesks(settings.desks)) or "none; add one with `frontdoor desk add`"
        no(f"There is no helpdesk {name!r}. On are: {known}.")
    return settings


def _may_be_added(root: Path, kind: str, name: str) -> None:
    """Say why not, before anything is asked."""
    settings_at(root)  # what is wrong with the files is told, and mended first
    if kind not in DESKS:
        no(f"There is no kind {kind!r}. Known: {', '.join(sorted(DESKS))}.")
    taken = {*DESKS, *Desks.model_fields} - {kind}
    if not NAME.fullmatch(name) or name in taken:
        no(f"A desk cannot be named {name!r}: use a-z, 0-9 and _, a letter first, and no other kind's name.")
    if HELPDESKS.is_there(root, name):
        no(f"desks.yml has {name!r} already. Change it there, or choose another --name.")


async def _try_notices(settings: Settings) -> bool:
    """Tell each group chat a test; whether all took it."""
    if not settings.desks.notices:
        no("desks.yml has no notices (docs/desks/notices.md).")
    found = await try_out(settings.desks.notices, link=f"{settings.public_url}/desk/")
    for finding in found:
        tell(finding, "")
    return all(finding.ok for finding in found)


async def _look(settings: Settings, name: str, *, ticket: bool, serving: bool) -> bool:
    """Ask the helpdesk and tell what was found; whether all of it is good."""
    found: list[Finding] = []
    async with desk_setup.opened(settings, name, desk_setup.TrialLedger()) as (desk, _):
        with Screen(out).waiting("Asking the helpdesk") as waiting:
            found += await desk_setup.examine(desk, settings, serving=serving)
            if ticket:
                waiting.stage("test ticket")
                found += await desk_setup.trial(desk, helpdesks(settings.desks)[name].language)
    told = ""
    for finding in dict.fromkeys(found):
        tell(finding, told)
        told = finding.remedy
    if not ticket:
        out.print("  [dim]Open a test ticket with --ticket.[/]", highlight=False)
    return all(finding.ok for finding in found)
