"""Desk forgetting: when a conversation has been deleted, the tickets that helpdesks have of it are deleted there, too.

Promised in the transaction that deletes the conversation, and tried until the helpdesk has done it. What a helpdesk
cannot, or will not, is told in the log and counted: somebody has to do it there.
"""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

import structlog
from sqlalchemy import Connection

from connectors.desk import Desk, ForgettingDesk
from connectors.desk_ports import Attempt, Opened
from connectors.errors import SendError, TryLater, Undeliverable
from connectors.helpdesk_model import Features
from frontdoor import metrics
from frontdoor.lanes import Handler, RetryError, backoff
from storage import work
from storage.clock import now_ms
from storage.database import Database
from storage.retention import Elsewhere
from storage.work import Work

log = structlog.get_logger(__name__)

KIND = "desk_forget"
IN_FLIGHT_S = 60.0  # for which a request may be on its way that nobody waits for any more


@runtime_checkable
class FindingDesk(Protocol):
    """A desk that finds the ticket of an attempt whose outcome nobody knows (`connectors.helpdesk.Helpdesk`)."""

    features: Features

    async def find(self, attempt: Attempt) -> Opened | None:
        """The ticket, or None. Raises `SendError`."""


class DeskForgetting:
    """Deletes tickets at helpdesks."""

    def __init__(self, database: Database, desks: Mapping[str, Desk]) -> None:
        self._database, self._desks = database, desks

    @property
    def handlers(self) -> dict[str, Handler[Any]]:
        """By kind of work."""
        return {KIND: Handler(look=_nothing, do=self._forget)}

    async def _forget(self, item: Work, _: None) -> None:
        desk, reference = item.payload["desk"], item.payload["reference"]
        try:
            outcome = await self._outcome(item)
        except Undeliverable as error:
            log.error("desk.forget_refused", desk=desk, error=str(error))
            outcome = "refused"
        except SendError as error:
            pause = max(getattr(error, "after", None) or 0.0, backoff(item.attempts))
            raise RetryError(type(error).__name__, after=pause) from error
        tell = log.info if outcome in {"deleted", "none"} else log.error
        tell("desk.forgotten", desk=desk, outcome=outcome, reference=reference)
        metrics.FORGOTTEN.labels(desk, outcome).inc()
        await self._database.write(work.finish, item.id)

    async def _outcome(self, item: Work) -> str:
        """`deleted`; `none`: it never had one; `unsupported`: the desk cannot; `unknown`: nobody knows whether it has
        one, or the desk is gone from desks.yml. Raises `SendError`.
        """
        desk, ticket_id = self._desks.get(item.payload["desk"]), item.payload["ticket_id"]
        if desk is None:
            return "unknown"
        if not isinstance(desk, ForgettingDesk):
            return "unsupported"
        if not ticket_id:
            if not isinstance(desk, FindingDesk):
                return "unknown"
            opened = await desk.find(_attempt(item))
            if opened is None and (left := _may_come_for(desk, item)):
                raise TryLater("a ticket may still come of it", after=left)
            if opened is None:
                return "none"
            ticket_id = opened.ticket_id
        await desk.forget(ticket_id)
        return "deleted"


def promise(tx: Connection, ticket: Elsewhere) -> None:
    """Promise to delete a ticket, in the transaction that deletes what we have of it."""
    payload = dict(vars(ticket))
    key = f"{KIND}:{ticket.desk}:{ticket.handoff_id}"
    work.enqueue(tx, lane=work.forgetting_lane(ticket.handoff_id), kind=KIND, key=key, payload=payload)


def can_forget(kind: type[Any]) -> bool:
    """Whether the tickets of a kind of helpdesk can be deleted from here."""
    return hasattr(kind, "forget")


def _may_come_for(desk: FindingDesk, item: Work) -> float:
    """Seconds for which a ticket that was being asked for may still appear there; 0 when it would be there by now."""
    whole = IN_FLIGHT_S + desk.features.finds_after_s
    waited = abs(now_ms() - item.created_at) / 1000  # the clock may have been set back since
    return max(whole - waited, 0.0)


def _attempt(item: Work) -> Attempt:
    return Attempt(
        handoff_id=item.payload["handoff_id"], conversation_id="", reference=item.payload["reference"], language="en",
        began_at=item.payload["began_at"],
    )  # fmt: skip


def _nothing(_tx: Connection, _item: Work) -> None:
    """For work that says everything itself."""
