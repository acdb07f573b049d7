"""Notices: group chats are told when a customer waits for people. Promised with what they are about, each in a lane of
its own, so that nobody waits for a chat that is away.

A notice is carried out at most once: before it leaves that is noted, and one of which nobody knows whether it arrived
is not told again.
"""

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import structlog
from sqlalchemy import Connection

from connectors.channel import Finding
from connectors.desk import Reason
from connectors.errors import SendError, TryLater
from connectors.findings import failed, good
from connectors.message import JSON
from connectors.notice import Notice, NoticeKind, Notifier
from connectors.notice_settings import NoticeSettings
from connectors.privacy_settings import KINDS, Privacy
from connectors.registry import NOTICES, load
from frontdoor.lanes import Handler, RetryError, backoff
from frontdoor.privacy.known import Known
from frontdoor.privacy.marks import Ledger
from frontdoor.privacy.masking import Masker
from frontdoor.step import Step
from storage import desk_ledger, handoffs, tickets, work
from storage.clock import now_ms
from storage.database import Database
from storage.handoffs import HandoffRow
from storage.masked import Value
from storage.work import Work

log = structlog.get_logger(__name__)

STALE_MS = 3_600_000
"""What could not be told within an hour is told no more: people look at the desk by then."""
TELL_S = 30.0
READ, SHOWN = 2_000, 80  # characters of a question that are looked at, and shown
EVERYTHING = Privacy.model_validate(dict.fromkeys(KINDS, "mask"))
CONTACTS = {"name": "names", "email": "emails", "phone": "phones"}
BUILT_IN = "built_in"
_NUMBER = re.compile(r"\d{4,}")


@dataclass(frozen=True, kw_only=True)
class About:
    """The handoff that a notice is about, and where its ticket is."""

    handoff: HandoffRow
    packet: JSON
    facts: dict[str, str]
    url: str


class Notices:
    """All group chats of desks.yml."""

    def __init__(self, database: Database, rules: Sequence[NoticeSettings], *, public_url: str) -> None:
        self._database, self._public_url = database, public_url
        self._rules = {each.id: each for each in rules if each.enabled}
        self._notifiers: dict[str, Notifier] = {}

    @property
    def handlers(self) -> dict[str, Handler[Any]]:
        """By kind of work."""
        return {"desk_notice": Handler(look=_about, do=self._tell)}

    def promise(self, step: Step, kind: NoticeKind, handoff: HandoffRow) -> None:
        """Tell whoever wants to know, once for each kind; within the step that makes it so."""
        if not self._rules or handoff.reason == Reason.AGENT:  # whoever began it is there already
            return
        told = facts(step.tx, handoff, handoffs.packet_of(step.tx, handoff.id))
        for number, (name, rule) in enumerate(self._rules.items()):
            if rule.wants(kind, told):
                payload = {"handoff_id": handoff.id, "to": name, "kind": str(kind)}
                key, lane = f"notice:{handoff.id}:{kind}:{name}", f"notice:{handoff.id}:{number}"
                step.enqueue("desk_notice", key, payload, lane=lane)

    async def close(self) -> None:
        """Release connections."""
        for each in self._notifiers.values():
            await each.close()

    async def _tell(self, item: Work, about: About | None) -> None:
        payload, rule = item.payload, self._rules.get(item.payload["to"])
        stale = now_ms() - item.created_at > STALE_MS
        if about is None or rule is None or stale or payload.get("left"):
            log.warning("notice.not_told", to=payload["to"], stale=stale, unknown=bool(payload.get("left")))
        else:
            notice = await self._notice(NoticeKind(payload["kind"]), rule, about)
            await self._database.write(work.narrow, item.id, payload | {"left": True})
            try:
                async with asyncio.timeout(TELL_S):
                    await self._notifier(rule).tell(notice)
            except TryLater as error:
                await self._database.write(work.narrow, item.id, payload)
                pause = max(error.after or 0, backoff(item.attempts))
                raise RetryError(type(error).__name__, after=pause) from error
            except (SendError, TimeoutError) as error:
                log.error("notice.failed", to=rule.id, error=str(error))
        await self._database.write(work.finish, item.id)

    async def _notice(self, kind: NoticeKind, rule: NoticeSettings, about: About) -> Notice:
        """What this chat may know."""
        link = about.url
        if about.handoff.desk == BUILT_IN and about.handoff.ticket_id:
            link = f"{self._public_url}/desk/#ticket={about.handoff.ticket_id}"
        asked = "" if rule.question == "none" else await shown(about.packet, rule.language)
        return Notice(
            kind=kind, reference=about.handoff.reference, desk=about.handoff.desk, link=link, question=asked,
            **about.facts,
        )  # fmt: skip

    def _notifier(self, rule: NoticeSettings) -> Notifier:
        if rule.id not in self._notifiers:
            self._notifiers[rule.id] = notifier(rule)
        return self._notifiers[rule.id]


def notifier(rule: NoticeSettings) -> Notifier:
    """One group chat."""
    return cast(Notifier, load(NOTICES[rule.kind])(rule))


async def try_out(rules: Sequence[NoticeSettings], *, link: str) -> list[Finding]:
    """Tell each chat that is on something that is a test. Never raises for what vendors say."""
    found = []
    for number, rule in enumerate(rules, 1):
        if not rule.enabled:
            continue
        to, what = notifier(rule), f"notice {number} ({rule.kind})"
        reference = f"FD-TEST {time.strftime('%H:%M:%S', time.gmtime())} UTC"
        try:
            await to.tell(Notice(kind=NoticeKind.TEST, reference=reference, link=link))
            found.append(good(f"{what}: a test was sent; look whether it is there"))
        except SendError as error:
            found.append(failed(f"{what} was not taken", error, "Copy the webhook's address (and secret) once more."))
        finally:
            await to.close()
    return found


def facts(tx: Connection, handoff: HandoffRow, packet: JSON) -> dict[str, str]:
    """What a rule may ask for, and a notice says. The built-in desk keeps the tier with its ticket."""
    own = tickets.find_by_handoff(tx, handoff.id) if handoff.desk == BUILT_IN else None
    values = {"tier": own.tier if own else (packet.get("triage") or {}).get("tier")}
    values |= {name: packet.get(name) for name in ("channel", "language", "reason", "urgency")}
    return {name: str(value or "") for name, value in values.items()}


async def shown(packet: JSON, language: str) -> str:
    """The beginning of what was asked, without anything that a desk's policy could mask, and without long numbers."""
    ledger, customer = Ledger(language), packet.get("customer") or {}

    async def keep(values: Sequence[Value]) -> Mapping[tuple[str, str], str]:
        return ledger.keep(values)

    known = [Known(kind=kind, value=str(customer[name])) for name, kind in CONTACTS.items() if customer.get(name)]
    asked = str(packet.get("question") or "")[:READ]
    said = str((await Masker(EVERYTHING).data({"question": asked}, known, keep))["question"])
    words = _NUMBER.sub(lambda found: "•" * len(found[0]), " ".join(said.split()))
    return words if len(words) <= SHOWN else words[: SHOWN - 1] + "…"


def _about(tx: Connection, item: Work) -> About | None:
    """What a notice is about; None when it has been erased."""
    handoff = handoffs.find(tx, item.payload["handoff_id"])
    if handoff is None:
        return None
    attempt = desk_ledger.find_attempt(tx, handoff.desk, handoff.id)
    url = attempt.opened.url if attempt is not None and attempt.opened is not None else ""
    packet = handoffs.packet_of(tx, handoff.id)
    return About(handoff=handoff, packet=packet, facts=facts(tx, handoff, packet), url=url)
