"""A helpdesk that is told no more than its policy says: masks what leaves, and keeps the originals here.

The marks are stored before anything leaves, so a call that is repeated after a crash says the same. What comes back is
read by `frontdoor/desk_intake.py`, which puts the originals in again (`with_originals`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy import Connection

from connectors.desk import Desk, DeskEvent, Handoff, Line, TicketChange, TicketRef
from connectors.errors import Undeliverable
from connectors.message import JSON, Attachment, Content
from connectors.privacy_settings import Privacy
from frontdoor import metrics
from frontdoor.privacy.known import Known
from frontdoor.privacy.marks import mark, revealed
from frontdoor.privacy.masking import Masker
from storage import cards, conversations, customers, desk_ledger, handoffs, masked
from storage.database import Database
from storage.masked import Masked, Value

MORE = ("verify", "parse", "handshake", "read", "hear", "run", "check", "forget", "find", "features", "standing")
"""What a helpdesk may offer beside `Desk` (`connectors.desk`): passed through as it is."""

NOT_SENT = {"en": "(not sent)", "zh": "（未发送）"}

Link = Callable[[Attachment], str]


def private(desk: Desk, policy: Privacy, database: Database, link: Link) -> Desk:
    """The desk as its policy wants it; itself where that keeps nothing back. `link` leads to a file from outside."""
    keeps_back = policy.masked or policy.attachments != "send" or policy.transcript != "full"
    return PrivateDesk(desk, policy, database, link) if keeps_back else desk


@dataclass(frozen=True, kw_only=True)
class _Ticket:
    """A ticket, what was masked of it before, and what its customer is called."""

    handoff_id: str
    language: str
    masked: tuple[Masked, ...]
    names: tuple[str, ...]

    @property
    def known(self) -> list[Known]:
        values = [Known(kind=each.kind, value=each.original) for each in self.masked]
        return values + [Known(kind="names", value=name) for name in self.names]


class PrivateDesk:
    """Wraps any desk. Raises what that one raises, and `Undeliverable` for a handoff that has been erased."""

    def __init__(self, inner: Desk, policy: Privacy, database: Database, link: Link) -> None:
        self.name = inner.name
        self.policy = policy
        self._inner, self._database, self._link = inner, database, link
        self._masker = Masker(policy)
        for name in MORE:  # on the instance: that is where `isinstance` looks for what a protocol asks
            if hasattr(inner, name):
                setattr(self, name, getattr(inner, name))

    async def open(self, handoff: Handoff) -> TicketRef:
        """Open the ticket with the packet as it may leave."""
        ticket = await self._database.read(_of_handoff, handoff.id, handoff.conversation_id, handoff.language)
        cut = shortened(handoff, self.policy)
        said = await self._masker.handoff(cut, ticket.known, partial(self._keep, ticket))
        return await self._inner.open(with_files(said, cut, self.policy, self._link))

    async def append(self, ticket_id: str, line: Line) -> None:
        """Add a line as it may leave."""
        ticket = await self._database.read(_ticket, self.name, ticket_id)
        said = await self._masker.line(line, ticket.known, partial(self._keep, ticket))
        words = files_as_words(said.content, line.content, self.policy, self._link, ticket.language)
        await self._inner.append(ticket_id, replace(said, content=words))

    async def change(self, ticket_id: str, change: TicketChange, data: JSON) -> None:
        """Tell what became of the customer; what they wrote with a rating as it may leave."""
        ticket = await self._database.read(_ticket, self.name, ticket_id)
        said = await self._masker.data(data, ticket.known, partial(self._keep, ticket))
        await self._inner.change(ticket_id, change, said)

    async def close(self) -> None:
        """Release connections."""
        await self._inner.close()

    async def _keep(self, ticket: _Ticket, values: Sequence[Value]) -> Mapping[tuple[str, str], str]:
        """The marks of values: those that were given, and the next ones for the others."""
        marks = {(each.kind, each.fingerprint): each.mark for each in ticket.masked}
        new = [each for each in values if (each.kind, each.fingerprint) not in marks]
        if not new:
            return marks
        name = partial(mark, language=ticket.language)
        try:
            kept = await self._database.write(masked.keep, ticket.handoff_id, new, name)
        except KeyError as error:
            raise Undeliverable("the handoff has been erased") from error
        for each in new:
            metrics.MASKED.labels(self.name, each.kind.partition(":")[0]).inc()
        return {(each.kind, each.fingerprint): each.mark for each in kept}


def shortened(handoff: Handoff, policy: Privacy) -> Handoff:
    """The packet with as much of what was said before as the policy lets through."""
    match policy.transcript:
        case "full":
            return handoff
        case "summary":
            return replace(handoff, transcript=())
        case "none":
            return replace(handoff, transcript=(), summary="", failed=())


def with_files(said: Handoff, original: Handoff, policy: Privacy, link: Link) -> Handoff:
    """The masked packet with its files as the policy wants them. Where no line shows their links, the summary does."""
    if policy.attachments == "send":
        return said
    lines = [
        replace(each, content=files_as_words(each.content, before.content, policy, link, said.language))
        for each, before in zip(said.transcript, original.transcript, strict=True)
    ]
    shown = {each.id for line in original.transcript for each in line.content.attachments}
    rest = [
        (now, each) for now, each in zip(said.attachments, original.attachments, strict=True) if each.id not in shown
    ]
    words = [_words(now.name, each, policy, link, said.language) for now, each in rest]
    summary = "\n".join(part for part in (said.summary, *words) if part)
    return replace(said, transcript=tuple(lines), attachments=(), summary=summary)


def files_as_words(said: Content, original: Content, policy: Privacy, link: Link, language: str) -> Content:
    """A message with words in the place of its files, unless they are sent."""
    if policy.attachments == "send" or not said.attachments:
        return said
    pairs = zip(said.attachments, original.attachments, strict=True)
    words = [_words(now.name, each, policy, link, language) for now, each in pairs]
    return replace(said, text="\n".join(part for part in (said.text, *words) if part), attachments=())


def _words(name: str, file: Attachment, policy: Privacy, link: Link, language: str) -> str:
    return (
        f"{name}: {link(file)}" if policy.attachments == "link" else f"{name} {NOT_SENT.get(language, NOT_SENT['en'])}"
    )


def with_originals(tx: Connection, handoff_id: str, event: DeskEvent) -> DeskEvent:
    """What an agent wrote, with the customer's own values where it quotes their marks: it goes to the customer."""
    if not any(bracket in event.content.text + event.briefing for bracket in "[［【"):
        return event
    values = masked.of_handoff(tx, handoff_id)
    text, briefing = revealed(event.content.text, values), revealed(event.briefing, values)
    return replace(event, content=replace(event.content, text=text), briefing=briefing)


def _ticket(tx: Connection, desk: str, ticket_id: str) -> _Ticket:
    attempt = desk_ledger.find_by_ticket(tx, desk, ticket_id)
    handoff = handoffs.find(tx, attempt.handoff_id) if attempt else handoffs.find_by_ticket(tx, desk, ticket_id)
    if handoff is None:
        raise Undeliverable("the handoff has been erased")
    language = str(handoffs.packet_of(tx, handoff.id).get("language") or "en")
    return _of_handoff(tx, handoff.id, handoff.conversation_id, language)


def _of_handoff(tx: Connection, handoff_id: str, conversation_id: str, language: str) -> _Ticket:
    return _Ticket(
        handoff_id=handoff_id, language=language, masked=tuple(masked.of_handoff(tx, handoff_id)),
        names=tuple(_names(tx, conversation_id)),
    )  # fmt: skip


def _names(tx: Connection, conversation_id: str) -> list[str]:
    """What the customer is called by now: here, on their other channels, and by the company."""
    here = conversations.find(tx, conversation_id)
    if here is None:
        return []
    card = cards.find_card(tx, here.user_id)
    names = [here.name, *(each.name for each in customers.of_person(tx, here.person_id)), card.name if card else ""]
    return list(dict.fromkeys(name for name in names if name))
