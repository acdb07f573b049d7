"""`frontdoor channel …`: connect a vendor's channel, look whether it works, and list what there is."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from connectors.channel import Finding
from connectors.registry import OWN, VENDORS, load
from frontdoor import channel_setup
from frontdoor.channel_matrix import COLUMNS
from frontdoor.channel_settings import vendors
from frontdoor.cli.context import err, out, settings_at
from frontdoor.problems import ConfigurationError
from frontdoor.screen import Screen
from frontdoor.settings import Settings

app = typer.Typer(help="Connect channels of vendors, and look whether they work.", no_args_is_help=True)

To = Annotated[str, typer.Option("--to", help="Address of a customer (yourself) to send a test message to.")]


@app.command(name="list")
def list_channels(context: typer.Context) -> None:
    """List the channels that are on, and the kinds that can be added."""
    settings = settings_at(context.obj)
    on = vendors(settings.channels)
    table = Table("channel", "kind", "webhook", *COLUMNS, box=None)
    for name, own in on.items():
        kind = own.kind or name
        cells = [cell(load(VENDORS[kind])) for cell in COLUMNS.values()]
        table.add_row(name, kind, f"/webhooks/{name}/webhook", *cells)
    if on:
        out.print(table, highlight=False)
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
    if kind not in VENDORS:
        err.print(f"There is no kind {kind!r}. Known: {', '.join(sorted(VENDORS))}.", highlight=False, markup=False)
        raise typer.Exit(1)
    name = name or kind
    out.print(f"[bold]{escape(kind)}[/]: docs/channels/{kind}.md shows where each value is found.\n", highlight=False)
    values = dict(_given(given or []))
    for question in channel_setup.questions(kind):
        if question.name not in values:
            out.print(f"[dim]{escape(question.meaning)}[/]", highlight=False)
            values[question.name] = typer.prompt(question.name, hide_input=question.secret)
    _write(context.obj, name, kind, values)
    settings = _settings_with(context.obj, name)
    out.print(f"\nWritten to channels.yml as [bold]{escape(name)}[/].", highlight=False)
    good = asyncio.run(_look(settings, name, to, connecting=True))
    out.print("\nRestart the service (frontdoor up) to use it.", highlight=False)
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
    raise typer.Exit(0 if asyncio.run(_look(settings, name, to, connecting=False)) else 1)


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
    raise typer.Exit(0 if asyncio.run(_look(settings, name, "", connecting=True)) else 1)


def _settings_of(root: Path, name: str) -> Settings:
    """The settings, when there is such a channel in them."""
    settings = settings_at(root)
    if name not in vendors(settings.channels):
        known = ", ".join(vendors(settings.channels)) or "none; add one with `frontdoor channel add`"
        err.print(f"There is no channel {name!r}. On are: {known}.", highlight=False, markup=False)
        raise typer.Exit(1)
    return settings


def _given(pairs: list[str]) -> list[tuple[str, str]]:
    for pair in pairs:
        if "=" not in pair:
            raise typer.BadParameter(f"{pair!r} is not setting=value", param_hint="--set")
    return [(pair.partition("=")[0], pair.partition("=")[2]) for pair in pairs]


def _write(root: Path, name: str, kind: str, values: dict[str, str]) -> None:
    try:
        channel_setup.write_down(root, name, kind, values)
    except FileExistsError:
        err.print(
            f"channels.yml has {name!r} already. Change it there, or choose another --name.",
            highlight=False,
            markup=False,
        )
        raise typer.Exit(1) from None


def _settings_with(root: Path, name: str) -> Settings:
    """The settings with the new channel in them; what is wrong with them is told."""
    try:
        return settings_at(root)
    except ConfigurationError as error:
        Screen(err).problems(error.problems)
        err.print(f"Correct {name!r} in channels.yml, then: frontdoor channel test {name}", highlight=False)
        raise typer.Exit(1) from None


async def _look(settings: Settings, name: str, to: str, *, connecting: bool) -> bool:
    async with channel_setup.opened(settings, name) as channel:
        with Screen(out).waiting("Asking the vendor"):
            found = await channel_setup.connect(channel) if connecting else []
            found += await channel_setup.examine(channel, settings)
            if to:
                found.append(await channel_setup.greet(channel, settings, to))
    for finding in found:
        _tell(finding)
    if not to:
        out.print("  [dim]Send yourself a test message with --to ADDRESS.[/]", highlight=False)
    return all(finding.ok for finding in found)


def _tell(finding: Finding) -> None:
    mark = "[green]✓[/]" if finding.ok else "[red]✗[/]"
    out.print(f"  {mark} {escape(finding.what)}", highlight=False, soft_wrap=True)
    if not finding.ok and finding.remedy:
        out.print(f"    [green]→[/] {escape(finding.remedy)}", highlight=False, soft_wrap=True)
