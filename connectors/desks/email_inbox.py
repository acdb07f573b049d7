"""Our mailbox, where agents' answers come: which mail is one, and to which ticket it belongs."""

import asyncio
import time

import structlog

from connectors.desk import AcceptNews, Look
from connectors.desk_ports import Attempt, Ledger, Opened
from connectors.desks.email_settings import EmailDeskSettings
from connectors.desks.email_tickets import Came, Tickets
from connectors.desks.email_words import answer_in
from connectors.mail.parse import Mail, Reader
from connectors.mail.tokens import Tokens
from connectors.mail.watch import Found
from connectors.message import Ignored
from connectors.rates import Rate

log = structlog.get_logger(__name__)

HOUR_S = 3600


class Inbox:
    """Takes mails, one after the other."""

    def __init__(
        self, name: str, settings: EmailDeskSettings, ledger: Ledger, reader: Reader, tickets: Tickets
    ) -> None:
        self._name, self._settings, self._ledger, self._reader, self._tickets = name, settings, ledger, reader, tickets
        self._rate = Rate(settings.answers_per_hour, HOUR_S)
        self._agents = {each.lower() for each in settings.agents or (f"@{settings.queue.rpartition('@')[2]}",)}

    async def take(self, found: Found, tokens: Tokens, accept: AcceptNews) -> str | None:
        """Note one mail at its ticket. Its digest; None when it is nothing for us and stays as it is."""
        mail = await asyncio.to_thread(self._reader.read, found.data, whole=found.whole)
        if mail.automatic == "own":  # the copy of a mail of ours
            return mail.digest
        if mail.report is not None and any(tokens.own_id(each) for each in mail.report.ids):
            log.error("desk.mail_came_back", desk=self._name, outcome=str(mail.report.outcome))
            return mail.digest
        ticket_id = tokens.in_addresses(mail.recipients) or tokens.in_ids(mail.references)
        attempt = await self._ledger.attempt(ticket_id) if ticket_id else None
        if why := self._not_for_us(mail, attempt):
            await accept(Ignored(channel=self._name, why=why))
            return None
        await self._note(ticket_id, mail, found)
        await accept(Look(ticket_id=ticket_id))
        return mail.digest

    def _not_for_us(self, mail: Mail, attempt: Attempt | None) -> str:
        """One word for why a mail is no answer of an agent; empty for one that is."""
        if mail.automatic or mail.report is not None:
            return mail.automatic or "report"
        if attempt is None:
            return "no_ticket"
        address = mail.address.lower()
        known = bool({address, f"@{address.rpartition('@')[2]}"} & self._agents)
        if not known or (self._settings.trusted_server and not mail.proven):
            log.warning("desk.mail_from_elsewhere", desk=self._name, known=known, checks=mail.checks)
            return "stranger"
        return "flood" if self._rate.take(f"{attempt.handoff_id}:{address}") else ""

    async def _note(self, ticket_id: str, mail: Mail, found: Found) -> None:
        """An answer says that the ticket is there, even if nobody has told us so."""
        async with self._ledger.hold(f"open:{ticket_id}"):
            attempt = await self._ledger.attempt(ticket_id)
            if attempt is not None and attempt.opened is None:
                await self._ledger.opened(ticket_id, Opened(ticket_id=ticket_id, number=attempt.reference))
        answer, name = answer_in(mail.text), mail.name or mail.address.partition("@")[0]
        came = Came(
            digest=mail.digest, uid=found.uid, validity=found.validity, message_id=mail.message_id, whole=found.whole,
            at=int(time.time() * 1000), who=mail.address.lower()[:160], name=name[:100],
            acts=answer.acts, public=self._is_to_us(mail) and not answer.is_note and bool(answer.text or mail.files),
        )  # fmt: skip
        await self._tickets.add(ticket_id, came)

    def _is_to_us(self, mail: Mail) -> bool:
        """Whether we are written to. Who has us in copy only writes to somebody else."""
        own = self._settings.address.lower()
        return own in {_without_word(each.lower()) for each in mail.to}


def _without_word(address: str) -> str:
    """`us+anything@…` is us."""
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"
