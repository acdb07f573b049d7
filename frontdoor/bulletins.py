"""Bulletins: while something is wrong for everybody, every customer is told, once in each conversation.

Supervisors put banners up (desk/banners.py). Pages show them at once; on every channel the bot says them before its
next answer. Each process keeps those that stand in memory, and looks again when it hears of a change.
"""

import asyncio

import structlog
from sqlalchemy import Connection

from connectors.message import JSON
from frontdoor.step import Step, Steps
from storage import banners, conversations
from storage.banners import Banner
from storage.clock import now_ms

log = structlog.get_logger(__name__)

TOPIC = "banner"
LOOK_EVERY_S = 15.0  # in case a hint was lost
PRESENT_MS = 90_000
PAGES = 5_000  # open pages that are told at once; the others hear it when they connect or write


class Bulletins:
    """What stands now, in this process."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._standing: tuple[Banner, ...] = ()
        steps.bulletins = self.shown

    async def load(self) -> bool:
        """Read what stands; whether that has changed."""
        found = tuple(await self._steps.database.read(banners.standing, now_ms()))
        changed = found != self._standing
        self._standing = found
        return changed

    async def run(self) -> None:
        """Look whenever something changed, and now and then."""
        async with self._steps.bus.subscribe(TOPIC) as hints:
            heard = aiter(hints)
            waiting = asyncio.ensure_future(anext(heard))
            while True:
                await asyncio.wait({waiting}, timeout=LOOK_EVERY_S)
                if waiting.done():
                    waiting.result()
                    waiting = asyncio.ensure_future(anext(heard))
                try:
                    if await self.load():
                        await self._show()
                except Exception as error:  # a database in trouble must not end the service: look again
                    log.error("bulletins.not_read", error=type(error).__name__)

    def shown(self, language: str) -> list[JSON]:
        """What pages show above the conversation."""
        now = now_ms()
        return [
            {"id": each.id, "text": _in(each, language)}
            for each in self._standing
            if each.stands(now) and not each.words
        ]

    def tell(self, step: Step, said: str) -> None:
        """Say in this conversation what it has not been told and concerns somebody who says this."""
        now = now_ms()
        for each in self._standing:
            if each.stands(now) and each.concerns(said) and banners.tell_once(step.tx, each.id, step.conversation.id):
                step.say(_in(each, step.conversation.language), {"kind": "banner", "banner": each.id})

    async def _show(self) -> None:
        """Give the pages that are open their new state."""
        for conversation_id, frame in await self._steps.database.read(self._frames):
            await self._steps.bus.publish(f"conversation:{conversation_id}", frame)

    def _frames(self, tx: Connection) -> list[tuple[str, JSON]]:
        present = conversations.present(tx, now_ms() - PRESENT_MS, PAGES)
        return [(each.id, self._steps.begin(tx, each).state_frame()) for each in present]


def _in(banner: Banner, language: str) -> str:
    return banner.text.get("zh" if language == "zh" else "en") or next(iter(banner.text.values()))
