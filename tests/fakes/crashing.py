"""`frontdoor`, with a bomb: the process is killed (SIGKILL) exactly at the point named by FRONTDOOR_CRASH_AT.

Functions of the service are wrapped from outside; nothing in the service knows of it. A point is one of `POINTS`,
`before` or `after` a call, or `<file: function> | <inside or after>` for a write (`tests.fakes.commits`).
"""

import functools
import inspect
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from connectors.channels.webhook import WebhookChannel
from connectors.channels.whatsapp import WhatsappChannel
from connectors.desks.zammad import Zammad
from desk import jobs
from desk.connector import BuiltInDesk
from frontdoor import asking, desk_intake, escalation, outbox, ownership, timers
from frontdoor.brain import Brain
from frontdoor.cli.app import main
from frontdoor.desk_lanes import DeskLanes
from frontdoor.files import FileStore
from frontdoor.mail import MailNotices
from frontdoor.media import MediaFetcher
from frontdoor.step import Step, Steps
from storage import messages
from storage.bus import MemoryBus
from storage.desk_ledger import DeskLedger
from tests.fakes import commits

Condition = Callable[..., bool]


def _always(*_: Any, **__: Any) -> bool:
    return True


def _wakes(lane: str) -> Condition:
    return lambda _, __, effects: any(each.startswith(lane) for each in effects.lanes)


def _part(number: int) -> Condition:
    """Of a message on its way, or of what is known of it."""
    return lambda *args: any(getattr(each, "part", None) == number for each in args)


def _shows(kind: str) -> Condition:
    return lambda _, __, effects: any(
        frame.get("message", {}).get("custom", {}).get("kind") == kind for frame in effects.frames
    )


POINTS: dict[str, tuple[object, str, str, Condition]] = {
    # a message comes in
    "inbox, before the commit": (messages, "record_delivery", "after", _always),
    "inbox, after the commit": (Steps, "publish", "before", _wakes("conv:")),
    # a turn
    "turn, before the bot is asked": (Brain, "turn", "before", _always),
    "turn, the bot has answered": (Brain, "turn", "after", _always),
    "briefing, before the bot is told": (Brain, "brief", "before", _always),
    "briefing, the bot has been told": (Brain, "brief", "after", _always),
    "turn, in the transaction": (messages, "keep_evidence", "after", _always),
    "turn, after the commit": (MemoryBus, "publish", "before", lambda _, __, frame: frame.get("type") == "done"),
    # a handoff
    "handoff, in the transaction": (escalation, "begin", "after", _always),
    "handoff, after the commit": (Steps, "publish", "before", _wakes("desk:")),
    "handoff, before the desk opens": (BuiltInDesk, "open", "before", _always),
    "handoff, the desk has opened": (BuiltInDesk, "open", "after", _always),
    "handoff, noting it in the transaction": (DeskLanes, "_opened", "after", _always),
    "handoff, noted": (Steps, "publish", "before", _shows("handoff_queued")),
    # a helpdesk of the company
    "helpdesk, before the request is noted": (DeskLedger, "begin", "before", _always),
    "helpdesk, the request is noted": (DeskLedger, "begin", "after", _always),
    "helpdesk, it has the ticket": (Zammad, "create", "after", _always),
    "helpdesk, the ticket is noted": (DeskLedger, "opened", "after", _always),
    "helpdesk, it has a line": (Zammad, "post", "after", _always),
    "helpdesk, the line is noted": (DeskLedger, "sent", "after", _always),
    "helpdesk, before what was read is kept": (desk_intake, "_keep", "before", _always),
    "helpdesk, keeping it in the transaction": (desk_intake, "_keep", "after", _always),
    # a customer's words go to the desk
    "append, before": (BuiltInDesk, "append", "before", _always),
    "append, the desk has it": (BuiltInDesk, "append", "after", _always),
    # a human answers
    "reply, in the transaction": (Step, "add", "after", lambda _, author, *__, **___: author == "agent"),
    "reply, after the commit": (
        Steps, "publish", "before",
        lambda _, __, effects: any(frame.get("message", {}).get("author") == "agent" for frame in effects.frames),
    ),
    # a customer acts
    "action, in the transaction": (ownership.Ownership, "act", "after", _always),
    "change, the desk has it": (BuiltInDesk, "change", "after", _always),
    # a message leaves by a vendor
    "outbox, before the claim": (outbox, "_claim", "before", _always),
    "outbox, claiming in the transaction": (outbox, "_claim", "after", _always),
    "outbox, claimed": (MailNotices, "send", "before", _always),
    "outbox, sent": (MailNotices, "send", "after", _always),
    "outbox, settling in the transaction": (outbox, "_left", "after", _always),
    # it leaves in parts
    "parts, before the second is claimed": (outbox, "_claim", "before", _part(1)),
    "parts, the second is claimed": (WebhookChannel, "send", "before", _part(1)),
    "parts, the second has left": (WebhookChannel, "send", "after", _part(1)),
    "parts, noting the second in the transaction": (outbox, "_left", "after", _part(1)),
    "parts, the second is noted": (outbox.Outbox, "_send", "after", _part(1)),
    "parts, the last has left": (WebhookChannel, "send", "after", _part(2)),
    "parts, all are noted": (outbox.Outbox, "_send", "after", _part(2)),
    # the vendor's window is closed
    "window, before they are asked to write": (WhatsappChannel, "reopen", "before", _always),
    "window, they have been asked to write": (WhatsappChannel, "reopen", "after", _always),
    # a vendor's files
    "media, before it is fetched": (MediaFetcher, "_fetch_all", "before", _always),
    "media, the first is stored": (FileStore, "save", "after", _always),
    "media, in the transaction": (MediaFetcher, "_attach", "after", _always),
    "media, it is on its message": (MediaFetcher, "_fetch_all", "after", _always),
}  # fmt: skip


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _arm(owner: object, name: str, when: str, condition: Condition) -> None:
    original = getattr(owner, name)

    if inspect.iscoroutinefunction(original):

        @functools.wraps(original)
        async def wrapped(*args: Any, **kwargs: Any) -> Any:
            if when == "before" and condition(*args, **kwargs):
                _die()
            result = await original(*args, **kwargs)
            if when == "after" and condition(*args, **kwargs):
                _die()
            return result
    else:

        @functools.wraps(original)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            if when == "before" and condition(*args, **kwargs):
                _die()
            result = original(*args, **kwargs)
            if when == "after" and condition(*args, **kwargs):
                _die()
            return result

    setattr(owner, name, wrapped)


if __name__ == "__main__":
    timers.ABSENT_AFTER_S = 0  # mail for those who left goes out at once
    timers.SWEEP_S = 0.2
    setattr(jobs, "WAKE_EVERY_S", 0.2)  # noqa: B010 - a name of another module there
    asking.APOLOGISE_AFTER_S = float(os.environ.get("FRONTDOOR_APOLOGISE_AFTER_S", "60"))
    point = os.environ["FRONTDOOR_CRASH_AT"]
    if point in POINTS:
        _arm(*POINTS[point])
    else:
        commits.arm(*point.split(" | "))
    sys.exit(main())
