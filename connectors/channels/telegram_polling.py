"""Polling: asking Telegram for what is new, losing and doubling nothing (https://core.telegram.org/bots/api#getupdates).

An update is confirmed by asking for what follows it, so that is done only when it is on disk here. What comes again
after a crash is known by its ids.
"""

import asyncio
import time
from collections.abc import Callable

import structlog

from connectors.channel import Accept
from connectors.channels.telegram_api import TelegramApi
from connectors.channels.telegram_parse import Read, read
from connectors.errors import Rejected, SendError
from connectors.http import ComeBackLater, count_refusal
from connectors.ports import State

log = structlog.get_logger(__name__)

REMEMBERED_S = 6 * 24 * 3600.0
"""After a week without news Telegram begins at another number, perhaps a lower one: until then ours is forgotten."""
PATIENCE_S = 0.5  # between two questions, also to a server that does not hold them until there is news
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0


async def poll(channel: str, api: TelegramApi, state: State, accept: Accept, done: Callable[[Read], None]) -> None:
    """Receive until cancelled; `done` hears of each update that is on disk."""
    pause = FIRST_PAUSE_S
    connected = False
    while True:
        try:
            if not connected:  # as long as there is a webhook, Telegram answers nothing here
                await api.ask("deleteWebhook", drop_pending_updates=False)
                connected = True
            await _once(channel, api, state, accept, done)
            pause = FIRST_PAUSE_S
        except ComeBackLater as later:
            await asyncio.sleep(later.retry_after)
        except SendError as error:
            connected = False
            wait = getattr(error, "after", None) or pause
            log.warning("telegram.not_heard", channel=channel, error=str(error), again_in_s=wait)
            pause = min(2 * pause, LONGEST_PAUSE_S)
            await asyncio.sleep(wait)


async def _once(channel: str, api: TelegramApi, state: State, accept: Accept, done: Callable[[Read], None]) -> None:
    name = f"offset-{api.bot_id}"
    kept = await state.get(name)
    following = kept["next"] if kept else None
    asked_at = time.monotonic()
    updates = await api.updates(following)
    for update in updates:
        number = update.get("update_id") if isinstance(update, dict) else None
        await _accept(channel, update, accept, done)
        if isinstance(number, int):
            following = max(number + 1, following or 0)
    if updates and following is not None:
        await state.put(name, {"next": following}, seconds=REMEMBERED_S)
    if not updates and (early := PATIENCE_S - (time.monotonic() - asked_at)) > 0:
        await asyncio.sleep(early)


async def _accept(channel: str, update: object, accept: Accept, done: Callable[[Read], None]) -> None:
    """One update. What is not as documented is counted and left behind, or nothing would ever come after it."""
    try:
        found = read(update, channel)
        for event in found.events:
            await accept(event)
    except ComeBackLater:
        raise
    except Rejected as refused:
        log.warning("telegram.update_refused", channel=channel, code=refused.code, field=refused.field)
        count_refusal(channel, refused.code)
        return
    done(found)
