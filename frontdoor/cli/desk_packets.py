"""Packets as the command line handles them: stored ones, those in files, and as they may leave to a helpdesk."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import typer
from sqlalchemy import Connection

from connectors.bot_framework import Status, from_event
from connectors.desk import Handoff
from connectors.desk_settings import HelpdeskSettings
from connectors.message import Attachment
from connectors.portable import Link, NotAPacket, from_document
from connectors.privacy_settings import Privacy
from frontdoor import packet
from frontdoor.cli.context import open_storage
from frontdoor.desk_settings import helpdesks
from frontdoor.files import FileStore
from frontdoor.privacy.known import Known
from frontdoor.privacy.marks import Ledger
from frontdoor.privacy.masking import Masker
from frontdoor.privacy.private_desk import shortened, with_files
from frontdoor.settings import Settings
from storage import handoffs, masked, messages
from storage.database import Database
from storage.masked import Masked, Value

BECAME = {
    "open": "accepted", "resolved": "completed", "confirmed": "completed", "silent": "completed",
    "returned": "completed", "withdrawn": "failed", "refused": "failed",
}  # fmt: skip
"""Bot Framework's word for how a handoff stands."""
MOST_BYTES = 64 << 20  # of a file


def settings_of(desk: str, settings: Settings) -> HelpdeskSettings:
    """A helpdesk's settings. Raises `typer.BadParameter`."""
    found = helpdesks(settings.desks)
    if desk not in found:
        raise typer.BadParameter(f"desks.yml has no helpdesk {desk}. There is: {', '.join(found) or 'none'}.")
    return found[desk]


def json_in(file: Path) -> object:
    """The JSON in a file. Raises `typer.BadParameter`."""
    if file.stat().st_size > MOST_BYTES:
        raise typer.BadParameter(f"{file} has more than {MOST_BYTES >> 20} MiB.")
    try:
        found: object = json.loads(file.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise typer.BadParameter(f"{file} is no packet: it is no JSON in UTF-8.") from error
    return found


def packet_in(file: Path) -> Handoff:
    """The packet in a file: our document, Bot Framework's `handoff.initiate`, or a bare transcript of it. Raises
    `typer.BadParameter` with all that is wrong.
    """
    data = json_in(file)
    try:
        return from_document(data) if isinstance(data, dict) and "version" in data else from_event(data)
    except NotAPacket as error:
        wrong = "\n".join(f"  {where}: {what}" for where, what in error.problems)
        raise typer.BadParameter(f"{file} is no packet (docs/handoff/README.md describes it):\n{wrong}") from error


async def stored(settings: Settings, reference: str) -> tuple[Handoff, list[Masked]]:
    """A handoff with what was said before it, and what was masked of it. Raises `typer.BadParameter`."""
    async with open_storage(settings) as (database, _):
        found = await database.read(_read, reference)
    if found is None:
        raise typer.BadParameter(f"There is no handoff {reference}.")
    return found


async def status_of(settings: Settings, reference: str) -> Status:
    """What became of a handoff, in Bot Framework's words. Raises `typer.BadParameter`."""
    async with open_storage(settings) as (database, _):
        row = await database.read(handoffs.find_by_reference, reference)
    if row is None:
        raise typer.BadParameter(f"There is no handoff {reference}.")
    if row.status not in BECAME:
        raise typer.BadParameter(f"No desk has taken {reference} yet, and Bot Framework has no word for that.")
    return Status(conversation_id=row.conversation_id, state=BECAME[row.status], message=reference)


async def as_it_leaves(
    handoff: Handoff, before: Sequence[Masked], policy: Privacy, link: Link
) -> tuple[Handoff, Ledger]:
    """The packet as a policy lets it go, and what its marks stand for; nothing of it is kept."""
    ledger = Ledger(handoff.language, {(each.kind, each.fingerprint): each for each in before})

    async def keep(values: Sequence[Value]) -> Mapping[tuple[str, str], str]:
        return ledger.keep(values)

    cut = shortened(handoff, policy)
    known = [Known(kind=each.kind, value=each.original) for each in before]
    return with_files(await Masker(policy).handoff(cut, known, keep), cut, policy, link), ledger


def linked(settings: Settings) -> Link:
    """Makes links to stored files that work for a week."""
    files = FileStore(
        Database(settings.database_url), settings.data_dir / "attachments",
        key=settings.keys.session_key.get_secret_value(), max_bytes=0, types=frozenset(),
    )  # fmt: skip

    def link(attachment: Attachment) -> str:
        return f"{settings.public_url}{files.link(attachment, kept=True)}"

    return link


def _read(tx: Connection, reference: str) -> tuple[Handoff, list[Masked]] | None:
    row = handoffs.find_by_reference(tx, reference)
    if row is None:
        return None
    built = Handoff.from_json(handoffs.packet_of(tx, row.id))
    if not built.transcript:  # an opened one is kept without
        said = messages.after(tx, row.conversation_id, max(row.seq - packet.TRANSCRIPT, 0), packet.TRANSCRIPT)
        built = replace(built, transcript=tuple(packet.line(each) for each in said if each.seq <= row.seq))
    return built, masked.of_handoff(tx, row.id)
