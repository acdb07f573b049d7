"""`frontdoor desk conformance`: whether an endpoint of somebody's own does what the webhook desk asks of it."""

import asyncio
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer
from rich.markup import escape
from rich.table import Table

from frontdoor.cli.context import err, out
from frontdoor.screen import Screen

if TYPE_CHECKING:
    from frontdoor.conformance.kit import Result

MARKS = {"passed": "[green]✓[/]", "failed": "[red]✗[/]", "not checked": "[yellow]–[/]"}


def conformance(
    url: Annotated[str, typer.Argument(help="The endpoint: where the service would post handoffs.")],
    secret: Annotated[
        str, typer.Option(envvar="FRONTDOOR_SECRET", help="The secret of both sides. Better in FRONTDOOR_SECRET.")
    ],
    listen: Annotated[
        str, typer.Option(help="Where the endpoint posts its events, such as 127.0.0.1:9300. Empty: not looked at.")
    ] = "",
    only: Annotated[list[str] | None, typer.Option(help="Only these checks, by name.")] = None,
    patience: Annotated[float, typer.Option(help="Seconds to wait for an event.", min=0.1, max=600)] = 15,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Look whether an endpoint does what docs/handoff/webhook.md asks of it. Exit code 1 if something is wrong.

    It opens tickets there, adds to them, and has them deleted in the end.

    [dim]Example:[/]
      FRONTDOOR_SECRET=… frontdoor desk conformance http://localhost:9200 --listen 127.0.0.1:9300
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise typer.BadParameter("write http://… or https://…", param_hint="URL")
    if len(secret) < 16:
        raise typer.BadParameter("it has at least 16 characters", param_hint="--secret")
    results = _tried(url, secret, _address(listen), only or [], patience, Screen(err if as_json else out))
    if as_json:
        out.print_json(json.dumps({"url": url, "checks": [each.to_json() for each in results]}, ensure_ascii=False))
    else:
        _show(results)
    raise typer.Exit(1 if any(each.outcome == "failed" for each in results) else 0)


def _tried(
    url: str, secret: str, listen: tuple[str, int] | None, only: list[str], patience: float, screen: Screen
) -> list["Result"]:
    from frontdoor.conformance.trial import chosen, trial  # the other commands start faster without it

    try:
        checks = chosen(only)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--only") from None
    try:
        with screen.waiting("Trying the endpoint") as waiting:
            return asyncio.run(trial(url, secret, checks, waiting.stage, listen=listen, patience_s=patience))
    except OSError as error:
        raise typer.BadParameter(f"cannot listen there: {error.strerror}", param_hint="--listen") from None


def _address(listen: str) -> tuple[str, int] | None:
    host, _, port = listen.rpartition(":")
    if listen and not (host and port.isdecimal() and 0 < int(port) < 65536):
        raise typer.BadParameter("write host and port, such as 127.0.0.1:9300", param_hint="--listen")
    return (host.strip("[]"), int(port)) if listen else None


def _show(results: Sequence["Result"]) -> None:
    table = Table.grid(padding=(0, 1))
    for each in results:
        said = f"[dim]{each.seconds:.2f} s[/]" if each.outcome == "passed" else f"[dim]{each.name}[/]"
        table.add_row(f"  {MARKS[each.outcome]}", escape(each.title), said)
        if each.what:
            table.add_row("", f"  {escape(each.what)}", "")
        if each.remedy:
            table.add_row("", f"  [green]→[/] {escape(each.remedy)}", "")
    out.print(table, highlight=False)
    counts = [f"{sum(each.outcome == kind for each in results)} {kind}" for kind in MARKS]
    out.print(f"\n{', '.join(counts)}", highlight=False)
