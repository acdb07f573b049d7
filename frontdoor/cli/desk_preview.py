"""`frontdoor desk preview`: what would leave to a helpdesk, and what is masked in it. Nothing is sent or stored."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from connectors.desk import Handoff, Reason
from connectors.message import Attachment
from connectors.packet_document import as_text
from connectors.portable import to_document
from connectors.privacy_settings import Privacy
from frontdoor.cli.context import out, settings_at
from frontdoor.cli.desk_packets import as_it_leaves, packet_in, settings_of, stored
from knowledge.language import detect
from storage.masked import Masked


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
    own = settings_of(desk, settings)
    before: list[Masked] = []
    if text:
        handoff = _of_text(text)
    elif file is not None:
        handoff = packet_in(file)
    else:
        handoff, before = asyncio.run(stored(settings, reference))
    left, ledger = asyncio.run(as_it_leaves(handoff, before, own.privacy, _closed))
    marks = sorted(ledger.masked.values(), key=lambda each: each.mark)
    if as_json:
        shown = {"text": left.question} if text else {"handoff": to_document(left)}
        values = [{"mark": each.mark, "kind": each.kind, "original": each.original} for each in marks]
        told = {"desk": desk, "policy": own.privacy.model_dump(mode="json"), **shown, "masked": values}
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    _show(left.question if text else as_text(left, own.language), marks, own.privacy)


def _of_text(text: str) -> Handoff:
    """A handoff of which nothing is known but what was asked."""
    return Handoff(
        id="preview", conversation_id="preview", channel="web", reference="FD-PREVIEW", reason=Reason.REQUESTED,
        reason_detail="", language=detect(text).language, customer={}, question=text, summary="", transcript=(),
    )  # fmt: skip


def _closed(attachment: Attachment) -> str:
    return f"…/{attachment.id}"  # a preview opens no door


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
