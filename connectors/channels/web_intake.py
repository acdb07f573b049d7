"""Takes what pages send, over either transport, and says what to answer."""

import logging
from collections.abc import Mapping

from connectors.channels.web_frames import Hello, Ping, Said, Seen, Typing, client_id_of, read_frame
from connectors.channels.web_order import Order
from connectors.channels.web_session import Session
from connectors.errors import Malformed, Rejected
from connectors.faults import log_fault
from connectors.http import ComeBackLater, TooMany, Unavailable, error_body
from connectors.message import JSON, Inbound
from connectors.ports import Conversations
from connectors.rates import Rate

logger = logging.getLogger(__name__)

_TYPING_EVERY = 2.5  # seconds; pages send one every 3


class Intake:
    """One for the channel. `values` fills the customer's sentences about limits."""

    def __init__(
        self, conversations: Conversations, *, text: int, frames_per_10s: int, values: Mapping[str, object]
    ) -> None:
        self._conversations = conversations
        self._text = text
        self._rate = Rate(frames_per_10s, 10)
        self._typing = Rate(1, _TYPING_EVERY)
        self._values = values

    def count(self, session: Session) -> None:
        """Count something besides a frame, such as an upload. Raises `TooMany`."""
        if wait := self._rate.take(session.address):
            raise TooMany(wait)

    def unreadable(self, session: Session, refused: Malformed, language: str) -> JSON:
        """The error frame for what is no frame at all; it counts like one."""
        try:
            self.count(session)
        except TooMany as many:
            return self.refusal(many, None, language)
        return self.refusal(refused, None, language)

    async def answer(self, session: Session, value: object, language: str, order: Order) -> JSON | None:
        """Do what a frame asks; the frame to answer with, or None. After an error with `retry_after`, send it again;
        until then nothing that was sent after it is accepted in this `order`.
        """
        client_id = client_id_of(value)
        try:
            self.count(session)
            order.keep(client_id)
            answer = await self._obey(session, value)
        except ComeBackLater as later:
            order.refused(client_id, later)
            return self.refusal(later, value, language)
        except Rejected as refused:
            answer = self.refusal(refused, value, language)
        except Exception as error:  # the page keeps what it sent and tries again
            log_fault(logger, "storing a frame", error)
            order.refused(client_id, Unavailable())
            return self.refusal(Unavailable(), value, language)
        order.done(client_id)
        return answer

    def refusal(self, refused: Rejected, value: object, language: str) -> JSON:
        """The error frame for a refused frame."""
        frame: JSON = {"type": "error", **error_body(refused, language, self._values, "web")}
        if client_id := client_id_of(value):
            frame["client_id"] = client_id
        return frame

    async def _obey(self, session: Session, value: object) -> JSON | None:
        match read_frame(value, self._text):
            case Said() as said:
                return await self._accept(session, said)
            case Typing(on=on):
                if not on or not self._typing.take(session.address):
                    await self._conversations.typing(session.conversation_id, on)
            case Seen(seq=seq):
                await self._conversations.seen(session.conversation_id, seq)
            case Ping():
                return {"type": "pong"}
            case Hello():
                raise Malformed("hello is the first frame of a socket and comes once", code="bad_frame", field="type")
        return None

    async def _accept(self, session: Session, said: Said) -> JSON:
        accepted = await self._conversations.accept(
            Inbound(
                channel="web",
                address=session.address,
                external_id=said.client_id,
                content=said.content,
                button=said.button,
                action=said.action,
                data=said.data,
                profile=session.profile,
            )
        )
        return {"type": "ack", "client_id": said.client_id, "message_id": accepted.message_id, "seq": accepted.seq}
