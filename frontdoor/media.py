"""Media: the files of a message lie at its vendor; they are fetched before anybody answers it.

Work of its own in the conversation's lane, in front of the turn, so that acknowledging the vendor never waits for it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import structlog
from sqlalchemy import Connection

from connectors.channel import Channel, MediaChannel
from connectors.errors import Rejected, SendError, TryLater
from connectors.http import ComeBackLater
from connectors.message import JSON, Attachment, Media
from connectors.ports import Files
from connectors.refusals import phrase
from frontdoor.lanes import Handler, RetryError
from frontdoor.step import Step, Steps
from storage import conversations, messages, work
from storage.conversations import Conversation
from storage.work import Work

log = structlog.get_logger(__name__)

ATTEMPTS = 5
"""Tries to fetch the files of a message; the customer waits for an answer meanwhile."""
PAUSE_S = 2.0  # between two of them


class Refused(NamedTuple):
    """A file that is not taken: why, as a code of `connectors.refusals` (empty: it was not to be had), and its name."""

    code: str
    name: str


class NotToBeHad(Exception):
    """A file is not taken."""

    def __init__(self, code: str, name: str) -> None:
        super().__init__(code)
        self.refused = Refused(code, name)


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
        """The files of one message. Those that came before one that has to be fetched later are kept at once."""
        channel = self._channels.get(item.payload.get("channel", "") or conversation.channel)
        fetched: list[Attachment] = []
        refused: list[Refused] = []
        wanted = [Media(**each) for each in item.payload["media"]]
        for number, media in enumerate(wanted):
            try:
                fetched.append(await self._fetch(channel, conversation.id, media, last=item.attempts + 1 >= ATTEMPTS))
            except RetryError as later:
                if number:
                    await self._steps.run(conversation.id, self._attach, item, fetched, refused, wanted[number:])
                raise later
            except NotToBeHad as lost:
                refused.append(lost.refused)
        await self._steps.run(conversation.id, self._attach, item, fetched, refused, [])

    async def _fetch(self, channel: Channel | None, conversation_id: str, media: Media, *, last: bool) -> Attachment:
        """One file, stored. Raises `RetryError`, unless this is the `last` try, and `NotToBeHad`."""
        if not isinstance(channel, MediaChannel):
            raise NotToBeHad("", media.name)
        try:
            stored = await self._files.save(conversation_id, media.name or "file", channel.fetch(media))
        except TryLater as error:
            if last:
                raise NotToBeHad("", media.name) from error
            raise RetryError(str(error), after=error.after or PAUSE_S) from error
        except SendError as error:
            log.warning("media.lost", error=str(error))
            raise NotToBeHad("", media.name) from error
        except Rejected as error:
            if isinstance(error, ComeBackLater) and error.code == "unavailable" and not last:
                raise RetryError(str(error), after=PAUSE_S) from error
            raise NotToBeHad(error.code, media.name) from error
        return replace(stored, url="")

    def give_up(self, step: Step, item: Work) -> None:
        """Files that cannot be fetched because of a defect of ours: the customer is told, and what they wrote is
        answered.
        """
        if item.kind == "media":
            self._put(step, item, [], [Refused("", str(each.get("name") or "")) for each in item.payload["media"]])

    def _attach(
        self, step: Step, item: Work, fetched: list[Attachment], refused: list[Refused], later: list[Media]
    ) -> None:
        """Put files on their message; those that are to be fetched `later` stay promised."""
        if later:
            payload = item.payload | {"media": [vars(each) for each in later]}
            if not work.narrow(step.tx, item.id, payload):
                return
        elif not work.finish(step.tx, item.id):
            return
        self._put(step, item, fetched, refused)

    def _put(self, step: Step, item: Work, fetched: list[Attachment], refused: list[Refused]) -> None:
        message = messages.find(step.tx, step.conversation.id, item.payload["message_id"])
        if message is None:
            return
        earlier = message.content.custom.get("lost", [])
        lost: JSON = {"lost": [*earlier, *(each.name for each in refused)]} if refused else {}
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
                step.system("file_lost", {"kind": "file_lost"}, file=name)


def _conversation(tx: Connection, item: Work) -> Conversation:
    found = conversations.find(tx, item.lane.partition(":")[2])
    if found is None:
        raise LookupError("files of a conversation that does not exist")
    return found
