"""`frontdoor channel …`: connect a vendor's channel, look whether it works, and list what there is."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from connectors.registry import CHANNELS, OWN, VENDORS, load
from frontdoor import channel_setup
from frontdoor.channel_matrix import COLUMNS
from frontdoor.channel_settings import vendors
from frontdoor.cli.asking import asked, no, refuse, tell
from frontdoor.cli.asking import given as given_as
from frontdoor.cli.context import out, settings_at
from frontdoor.questionnaire import CHANNELS as CHANNEL
from frontdoor.questionnaire import NAME
from frontdoor.screen import Screen
from frontdoor.settings import Settings

app = typer.Typer(help="Connect channels of vendors, and look whether they work.", no_args_is_help=True)

To = Annotated[str, typer.Option("--to", help="Address of a customer (yourself) to send a test message to.")]


@app.command(name="list")
def list_channels(context: typer.Context) -> None:
    """List the channels that are on, and the kinds that can be added."""
    settings = settings_at(context.obj)
    for name, own in vendors(settings.channels).items():
        kind = load(VENDORS[own.kind or name])
        called = f" called at /webhooks/{name}/webhook" if hasattr(kind, "parse") else ""
        out.print(f"[bold]{escape(name)}[/] ({own.kind or name}){called}", highlight=False)
        table = Table.grid(padding=(0, 2))
        for title, cell in COLUMNS.items():
            table.add_row(f"  {title}", cell(kind))
        out.print(table, highlight=False, style="dim")
    ours = [name for name in OWN if getattr(settings.channels, name).enabled]
    out.print(f"Our own pages and protocols: {', '.join(ours) or 'none'}", highlight=False)
    out.print(f"Kinds to add with `frontdoor channel add`: {', '.join(sorted(VENDORS))}", highlight=False)


@app.command()
def add(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help="Which vendor: telegram, wechat, email, …")],
    name: Annotated[str, typer.Option(help="A name of your own, for a second channel of one kind.")] = "",
    given: Annotated[list[str] | None, typer.Option("--set", help="setting=value, instead of being asked.")] = None,
    to: To = "",
) -> None:
    """Set a channel up: asks for what it needs, writes it down, checks it, and tells the vendor where we are.

    Settings go to channels.yml, secrets to .env beside it, which only you can read.

    [dim]Examples:[/]
      frontdoor channel add telegram
      frontdoor channel add telegram --name telegram_shop --set mode=polling
    """
    name = name or kind
    _may_be_added(context.obj, kind, name)
    answers = dict(given_as(given or []))
    refuse(CHANNEL.problems(kind, answers, complete=False))
    out.print(f"[bold]{escape(kind)}[/]: docs/channels/{kind}.md shows where each value is found.\n", highlight=False)
    for question in CHANNEL.questions(kind):
        if question.name not in answers and (answer := asked(CHANNEL, kind, name, question)):
            answers[question.name] = answer
    refuse(CHANNEL.problems(kind, answers, complete=True))
    CHANNEL.write_down(context.obj, name, kind, answers)
    out.print(f"\nWritten to channels.yml as [bold]{escape(name)}[/], secrets to .env.", highlight=False)
    good = asyncio.run(_look(settings_at(context.obj), name, to, connecting=True, serving=False))
    then = "test" if good else "connect"
    out.print(f"\nRestart the service (frontdoor up), then: frontdoor channel {then} {name}", highlight=False)
    raise typer.Exit(0 if good else 1)


@app.command(name="test")
def look(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The channel's name in channels.yml.")],
    to: To = "",
) -> None:
    """Look whether a channel works: its credentials, its set-up at the vendor, and whether the vendor reaches us.

    [dim]Examples:[/]
      frontdoor channel test telegram
      frontdoor channel test sms --to +8613800138000
    """
    settings = _settings_of(context.obj, name)
    raise typer.Exit(0 if asyncio.run(_look(settings, name, to, connecting=False, serving=True)) else 1)


@app.command()
def connect(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The channel's name in channels.yml.")],
) -> None:
    """Tell the vendor (again) where we are: after the address, a secret or a setting has changed.

    [dim]Example:[/]
      frontdoor channel connect telegram
    """
    settings = _settings_of(context.obj, name)
    raise typer.Exit(0 if asyncio.run(_look(settings, name, "", connecting=True, serving=True)) else 1)


def _settings_of(root: Path, name: str) -> Settings:
    """The settings, when there is such a channel in them."""
    settings = settings_at(root)
    if name not in vendors(settings.channels):
        known = ", ".join(vendors(settings.channels)) or "none; add one with `frontdoor channel add`"
        no(f"There is no channel {name!r}. On are: {known}.")
    return settings


def _may_be_added(root: Path, kind: str, name: str) -> None:
    """Say why not, before anything is asked."""
    settings_at(root)  # what is wrong with the files is told, and mended first
    if kind not in VENDORS:
        no(f"There is no kind {kind!r}. Known: {', '.join(sorted(VENDORS))}.")
    if not NAME.fullmatch(name) or (name != kind and name in CHANNELS):
        no(f"A channel cannot be named {name!r}: use a-z, 0-9 and _, a letter first, and no other kind's name.")
    if CHANNEL.is_there(root, name):
        no(f"channels.yml has {name!r} already. Change it there, or choose another --name.")


async def _look(settings: Settings, name: str, to: str, *, connecting: bool, serving: bool) -> bool:
    """Ask the vendor and tell what was found; whether all of it is good."""
    async with channel_setup.opened(settings, name) as channel:
        with Screen(out).waiting("Asking the vendor") as waiting:
            found = await channel_setup.connect(channel) if connecting else []
            found += await channel_setup.examine(channel, settings, serving=serving)
            if to:
                waiting.stage("test message")
                found.append(await channel_setup.greet(channel, settings, to))
    told = ""
    for finding in dict.fromkeys(found):
        tell(finding, told)
        told = finding.remedy
    if not to:
        out.print("  [dim]Send yourself a test message with --to ADDRESS.[/]", highlight=False)
    return all(finding.ok for finding in found)
