"""Manners: what Telegram's users expect besides answers. Done once the event is on disk, in the background.

A pressed button shows a spinner until we answer the query; a group that the bot was put into hears once that it answers
in private. Neither is part of a conversation, so neither goes through the outbox, and both are best effort.
"""

import asyncio
import re
from collections.abc import Coroutine
from typing import Any

import structlog

from connectors.channels.telegram_api import TelegramApi
from connectors.channels.telegram_parse import Read
from connectors.errors import SendError, TryLater
from connectors.ports import State

log = structlog.get_logger(__name__)

_USERNAME = re.compile(r"\w{1,64}")
PRIVATELY = "Hello! I only answer in private chats, not in groups.\n您好！我只在私聊中回复，不在群里回复。"


class Manners:
    """Of one bot."""

    def __init__(self, channel: str, api: TelegramApi, state: State) -> None:
        self._channel, self._api, self._state = channel, api, state
        self._tasks: set[asyncio.Task[None]] = set()
        self._learning = False
        self.link = ""
        """Where customers open the chat, `https://t.me/…`; empty until Telegram has said who the bot is."""

    def mind(self, update: Read) -> None:
        """Do what is due after an update."""
        self.learn_link()
        if update.query:
            self._begin(self._end_spinner(update.query))
        if update.group and update.was:
            self._begin(self._moved(update.was, update.group))
        elif update.group:
            self._begin(self._tell(update.group))

    def learn_link(self) -> None:
        """Ask for the bot's name, unless it is known or being asked for."""
        if not self.link and not self._learning:
            self._learning = True
            self._begin(self._where())

    async def close(self) -> None:
        """Stop what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin(self, courtesy: Coroutine[Any, Any, object]) -> None:
        task = asyncio.create_task(self._quietly(courtesy))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: courtesy.close())  # which had not begun, where it was cancelled at once

    async def _quietly(self, courtesy: Coroutine[Any, Any, object]) -> None:
        try:
            await courtesy
        except SendError as error:  # a query of long ago, a group that lets nobody write
            log.debug("telegram.courtesy_failed", channel=self._channel, error=str(error))
        except Exception as error:
            log.warning("telegram.courtesy_failed", channel=self._channel, error=type(error).__name__)

    async def _end_spinner(self, query: str) -> None:
        await self._api.ask("answerCallbackQuery", callback_query_id=query)

    async def _tell(self, group: str) -> None:
        """Say it once in a group's life; again only when it certainly was not said and Telegram asked for a pause."""
        async with self._state.hold(_key(group)):
            if await self._state.get(_key(group)) is not None:
                return
            await self._state.put(_key(group), {"told": True})
            try:
                await self._api.say(group, f"{PRIVATELY}\n{await self._where()}".strip())
            except TryLater:
                await self._state.drop(_key(group))
                raise

    async def _moved(self, was: str, became: str) -> None:
        """A group has become a supergroup with another id: what it was told stays told."""
        async with self._state.hold(_key(became)):
            if await self._state.get(_key(was)) is not None:
                await self._state.put(_key(became), {"told": True})

    async def _where(self) -> str:
        try:
            if not self.link:
                me = await self._api.ask("getMe")
                name = me.get("username") if isinstance(me, dict) else None
                self.link = f"https://t.me/{name}" if isinstance(name, str) and _USERNAME.fullmatch(name) else ""
        finally:
            self._learning = False
        return self.link


def _key(group: str) -> str:
    return f"group:{group}"
