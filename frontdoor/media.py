"""Media: the files of a message lie at its vendor; they are fetched before anybody answers it.

Work of its own in the conversation's lane, in front of the turn, so that acknowledging the vendor never waits for it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog
from sqlalchemy import Connection

from connectors.channel import Channel, MediaChannel
from connectors.errors import Rejected, SendError, TryLater
from connectors.http import ComeBackLater
from connectors.message import JSON, Attachment, Media
from connectors.ports import Files
from connectors.refusals import phrase
from frontdoor.lanes import Handler, RetryError, backoff
from frontdoor.step import Step, Steps
from storage import conversations, messages, work
from storage.conversations import Conversation
from storage.work import Work

log = structlog.get_logger(__name__)

ATTEMPTS = 5
"""Tries to fetch a file; the customer waits for an answer meanwhile."""


class MediaFetcher:
    """Fetches what a message brings."""

    def __init__(
        self, steps: Steps, channels: Mapping[str, Channel], files: Files, *, values: Mapping[str, object]
    ) -> None:
        self._steps, self._channels, self._files, self._values = steps, channels, files, values

    @property
    def handlers(self) -> dict[str, Handler[Any]]:
        """By kind of work."""
        return {"media": Handler(look=_conversation, do=self._fetch_all)}

    async def _fetch_all(self, item: Work, conversation: Conversation) -> None:
        """The files of one message."""
        channel = self._channels.get(item.payload.get("channel", "") or conversation.channel)
        fetched: list[Attachment] = []
        refused: list[tuple[str, str]] = []  # code and name
        for media in (Media(**each) for each in item.payload["media"]):
            try:
                if not isinstance(channel, MediaChannel):
                    refused.append(("", media.name))
                    continue
                stored = await self._files.save(conversation.id, media.name or "file", channel.fetch(media))
                fetched.append(replace(stored, url=""))
            except TryLater as error:
                if item.attempts + 1 < ATTEMPTS:
                    raise RetryError(str(error), after=error.after or backoff(item.attempts)) from error
                refused.append(("", media.name))
            except ComeBackLater as error:
                if item.attempts + 1 < ATTEMPTS and error.code == "unavailable":
                    raise RetryError(str(error), after=backoff(item.attempts)) from error
                refused.append((error.code, media.name))
            except SendError as error:
                log.warning("media.lost", error=str(error))
                refused.append(("", media.name))
            except Rejected as error:
                refused.append((error.code, media.name))
        await self._steps.run(conversation.id, self._attach, item, fetched, refused)

    def _attach(self, step: Step, item: Work, fetched: list[Attachment], refused: list[tuple[str, str]]) -> None:
        if not work.finish(step.tx, item.id):
            return
        message = messages.find(step.tx, step.conversation.id, item.payload["message_id"])
        if message is None:
            return
        lost: JSON = {"lost": [name for _, name in refused]} if refused else {}
        content = replace(
            message.content,
            attachments=(*message.content.attachments, *fetched),
            custom=message.content.custom | lost,
        )
        messages.change_content(step.tx, message.id, content)
        for code, name in refused:
            if code:
                values = {"seconds": 60, "minutes": 60, **self._values}
                step.say(phrase(code, step.conversation.language, values), {"kind": "refused", "code": code})
            else:
                step.system("file_lost", {"kind": "file_lost"}, name=name)


def _conversation(tx: Connection, item: Work) -> Conversation:
    found = conversations.find(tx, item.lane.partition(":")[2])
    if found is None:
        raise LookupError("files of a conversation that does not exist")
    return found
