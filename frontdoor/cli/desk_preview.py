"""`frontdoor desk preview`: what would leave to a helpdesk, and what is masked in it. Nothing is sent or stored."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text
from sqlalchemy import Connection

from connectors.desk import Handoff, Reason
from connectors.desk_settings import HelpdeskSettings
from connectors.message import Attachment
from connectors.packet_document import as_text
from connectors.privacy_settings import Privacy
from frontdoor import packet
from frontdoor.cli.context import open_storage, out, settings_at
from frontdoor.desk_settings import helpdesks
from frontdoor.privacy.known import Known
from frontdoor.privacy.marks import Ledger
from frontdoor.privacy.masking import Masker
from frontdoor.privacy.private_desk import shortened, with_files
from frontdoor.settings import Settings
from knowledge.language import detect
from storage import handoffs, masked, messages
from storage.masked import Masked, Value


def preview(
    context: typer.Context,
    desk: Annotated[str, typer.Argument(help="The helpdesk's name in desks.yml.")],
    reference: Annotated[str, typer.Option(help="A handoff that there is, by its reference: FD-…")] = "",
    text: Annotated[str, typer.Option(help="A text, as a customer could write it.")] = "",
    file: Annotated[Path | None, typer.Option(help="A packet in JSON.", exists=True, dir_okay=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show what would leave to a helpdesk, with the marks of what is masked, and what they stand for.

    Nothing is sent. Whoever may run this may read the originals.

    [dim]Examples:[/]
      frontdoor desk preview zammad --text "我叫王芳，电话13800138000"
      frontdoor desk preview zammad --reference FD-7K2M9QX3 --json
    """
    if sum(map(bool, (reference, text, file))) != 1:
        raise typer.BadParameter("Give one of --reference, --text and --file.")
    settings = settings_at(context.obj)
    own = _settings_of(desk, settings)
    before: list[Masked] = []
    if text:
        handoff = _of_text(text)
    elif file is not None:
        handoff = _of_file(file)
    else:
        handoff, before = asyncio.run(_stored(settings, reference))
    left, ledger = asyncio.run(_masked(handoff, before, own.privacy, settings.public_url))
    marks = sorted(ledger.masked.values(), key=lambda each: each.mark)
    if as_json:
        shown = {"text": left.question} if text else {"handoff": left.to_json()}
        values = [{"mark": each.mark, "kind": each.kind, "original": each.original} for each in marks]
        told = {"desk": desk, "policy": own.privacy.model_dump(mode="json"), **shown, "masked": values}
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    _show(left.question if text else as_text(left, own.language), marks, own.privacy)


def _settings_of(desk: str, settings: Settings) -> HelpdeskSettings:
    found = helpdesks(settings.desks)
    if desk not in found:
        raise typer.BadParameter(f"desks.yml has no helpdesk {desk}. There is: {', '.join(found) or 'none'}.")
    return found[desk]


def _of_text(text: str) -> Handoff:
    """A handoff of which nothing is known but what was asked."""
    return Handoff(
        id="preview", conversation_id="preview", channel="web", reference="FD-PREVIEW", reason=Reason.REQUESTED,
        reason_detail="", language=detect(text).language, customer={}, question=text, summary="", transcript=(),
    )  # fmt: skip


def _of_file(file: Path) -> Handoff:
    try:
        return Handoff.from_json(json.loads(file.read_text(encoding="utf-8")))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise typer.BadParameter(f"{file} is no packet: {type(error).__name__}: {error}") from error


async def _stored(settings: Settings, reference: str) -> tuple[Handoff, list[Masked]]:
    async with open_storage(settings) as (database, _):
        found = await database.read(_read, reference)
    if found is None:
        raise typer.BadParameter(f"There is no handoff {reference}.")
    return found


def _read(tx: Connection, reference: str) -> tuple[Handoff, list[Masked]] | None:
    """A handoff with what was said before it, and what was masked of it."""
    row = handoffs.find_by_reference(tx, reference)
    if row is None:
        return None
    built = Handoff.from_json(handoffs.packet_of(tx, row.id))
    if not built.transcript:  # an opened one is kept without
        said = messages.after(tx, row.conversation_id, max(row.seq - packet.TRANSCRIPT, 0), packet.TRANSCRIPT)
        built = replace(built, transcript=tuple(packet.line(each) for each in said if each.seq <= row.seq))
    return built, masked.of_handoff(tx, row.id)


async def _masked(
    handoff: Handoff, before: Sequence[Masked], policy: Privacy, public_url: str
) -> tuple[Handoff, Ledger]:
    ledger = Ledger(handoff.language, {(each.kind, each.fingerprint): each for each in before})

    async def keep(values: Sequence[Value]) -> Mapping[tuple[str, str], str]:
        return ledger.keep(values)

    def link(attachment: Attachment) -> str:
        return f"{public_url}/…/{attachment.id}"  # a preview opens no door

    cut = shortened(handoff, policy)
    known = [Known(kind=each.kind, value=each.original) for each in before]
    return with_files(await Masker(policy).handoff(cut, known, keep), cut, policy, link), ledger


def _show(document: str, marks: Sequence[Masked], policy: Privacy) -> None:
    shown = Text(document)
    shown.highlight_words([each.mark for each in marks], "bold yellow")
    out.print(shown)
    if marks:
        table = Table("Mark", "Kind", "Original (stays here)")
        for each in marks:
            table.add_row(Text(each.mark), Text(each.kind), Text(each.original))
        out.print(table)
    else:
        out.print("Nothing in it is masked.")
    out.print(
        f"Masked: {', '.join(sorted(policy.masked)) or 'nothing'}. Attachments: {policy.attachments}. "
        f"Transcript: {policy.transcript}.", highlight=False, markup=False,
    )  # fmt: skip
