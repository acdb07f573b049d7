"""`frontdoor desk export` and `import`: packets from and to other programs."""

import asyncio
import json
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from connectors.bot_framework import from_status, is_status, to_event, to_status
from connectors.desk import Handoff, Line, TicketRef
from connectors.desk_ports import Attempt
from connectors.errors import SendError
from connectors.message import Attachment
from connectors.packet_document import as_html, as_markdown, as_text
from connectors.portable import Link, NotAPacket, to_document
from frontdoor import desk_setup
from frontdoor.cli.context import err, out, settings_at
from frontdoor.cli.desk_packets import as_it_leaves, json_in, linked, packet_in, settings_of, status_of, stored
from frontdoor.settings import Settings


class Form(StrEnum):
    """What a packet can be written as."""

    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"
    TEXT = "text"
    BOT_FRAMEWORK = "bot-framework"
    BOT_FRAMEWORK_STATUS = "bot-framework-status"


def export(
    context: typer.Context,
    reference: Annotated[str, typer.Argument(help="The handoff's reference: FD-…")],
    form: Annotated[Form, typer.Option("--format", help="What to write it as.")] = Form.JSON,
    desk: Annotated[str, typer.Option(help="Masked as for this helpdesk of desks.yml. Empty: with everything.")] = "",
    language: Annotated[str, typer.Option(help="Of headings: en or zh. Empty: the customer's.")] = "",
    zone: Annotated[str, typer.Option("--time-zone", help="Of times for people.")] = "UTC",
) -> None:
    """Write a handoff's packet: for people, for programs (docs/handoff), or as Bot Framework hands over.

    Links to files work for a week. Whoever may run this may read everything.

    [dim]Examples:[/]
      frontdoor desk export FD-7K2M9QX3 > packet.json
      frontdoor desk export FD-7K2M9QX3 --format bot-framework --desk zammad
    """
    settings = settings_at(context.obj)
    if form is Form.BOT_FRAMEWORK_STATUS:
        told = to_status(asyncio.run(status_of(settings, reference)))
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    link = linked(settings)
    handoff, before = asyncio.run(stored(settings, reference))
    if desk:
        policy = settings_of(desk, settings).privacy
        handoff, _ = asyncio.run(as_it_leaves(handoff, before, policy, link))
    typer.echo(_written(handoff, form, link, language or handoff.language, zone), nl=False)


def import_packet(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The file.", exists=True, dir_okay=False)],
    form: Annotated[Form, typer.Option("--format", help="What to show it as.")] = Form.TEXT,
    open_at: Annotated[str, typer.Option("--open", help="Open a ticket of it at this helpdesk of desks.yml.")] = "",
) -> None:
    """Look at a packet that another program wrote: ours, Bot Framework's `handoff.initiate`, or its transcript alone.

    With --open it becomes a ticket, masked as the helpdesk's policy says; a second time it is found where the helpdesk
    can find it. The service knows nothing of such a ticket: answers there reach nobody.

    [dim]Examples:[/]
      frontdoor desk import handoff.json
      frontdoor desk import handoff.json --open zammad
    """
    data = json_in(file)
    if is_status(data):
        _show_status(data)
        return
    handoff = packet_in(file)
    if not open_at:
        typer.echo(_written(handoff, form, None, handoff.language, "UTC"), nl=False)
        return
    settings = settings_at(context.obj)
    settings_of(open_at, settings)
    try:
        ref = asyncio.run(_opened(settings, open_at, handoff))
    except SendError as error:
        err.print(f"No ticket: {error}", highlight=False, markup=False)
        raise typer.Exit(1) from None
    out.print(f"Ticket {ref.ticket_id} {ref.url}".rstrip(), highlight=False, markup=False)


def _show_status(data: object) -> None:
    try:
        status = from_status(data)
    except NotAPacket as error:
        raise typer.BadParameter(f"{error.field}: {error}") from error
    typer.echo(f"The handoff of {status.conversation_id} is {status.state}. {status.message}".rstrip())


def _written(handoff: Handoff, form: Form, link: Link | None, language: str, zone: str) -> str:
    match form:
        case Form.JSON:
            return json.dumps(to_document(handoff, link=link), ensure_ascii=False, indent=2) + "\n"
        case Form.BOT_FRAMEWORK:
            return json.dumps(to_event(handoff, link=link), ensure_ascii=False, indent=2) + "\n"
        case Form.MARKDOWN:
            return as_markdown(handoff, language, zone=zone)
        case Form.HTML:
            return as_html(handoff, language, zone=zone) + "\n"
        case Form.TEXT:
            return as_text(handoff, language, zone=zone)
        case Form.BOT_FRAMEWORK_STATUS:
            raise typer.BadParameter("a packet does not say what became of it", param_hint="--format")


async def _opened(settings: Settings, name: str, handoff: Handoff) -> TicketRef:
    """Its ticket. Raises `SendError`."""
    policy = settings_of(name, settings).privacy
    said, _ = await as_it_leaves(_with_addresses(handoff), (), policy, _address)
    before = Attempt(
        handoff_id=said.id, conversation_id=said.conversation_id, reference=said.reference, language=said.language,
        began_at=0,
    )  # fmt: skip
    ledger = desk_setup.TrialLedger(attempts={said.id: before})  # so that it is looked for first
    async with desk_setup.opened(settings, name, ledger) as (desk, _):
        return await desk.open(said)


def _with_addresses(handoff: Handoff) -> Handoff:
    """Files that are not in our store as words: a name, and where they lie."""
    return replace(handoff, transcript=tuple(_line_with_addresses(each) for each in handoff.transcript), attachments=())


def _line_with_addresses(line: Line) -> Line:
    files = [f"{each.name}: {_address(each)}" for each in line.content.attachments]
    text = "\n".join(part for part in (line.content.text, *files) if part)
    return replace(line, content=replace(line.content, text=text, attachments=()))


def _address(attachment: Attachment) -> str:
    return attachment.url or "–"
