"""Passive replies: the answer to WeChat's own request, which it takes within five seconds.

A request is kept open for a while. The first message to its customer that is to leave meanwhile is handed to it, and
counts as sent once it is written; when the connection is found closed before, the message leaves the other way.

https://developers.weixin.qq.com/doc/service/guide/product/message/Passive_user_reply_message.html
"""

import asyncio
import time

from connectors.errors import OutcomeUnknown


class OpenRequest:
    """One request that can take one message."""

    def __init__(self) -> None:
        self.offered: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.written: asyncio.Future[bool | None] = asyncio.get_running_loop().create_future()

    def tell(self, written: bool | None) -> None:
        """What became of the message that it took (`connectors.channel.Answer.written`)."""
        if not self.written.done():
            self.written.set_result(written)


class OpenRequests:
    """The requests that are open in this worker, one for each customer."""

    def __init__(self) -> None:
        self._open: dict[str, OpenRequest] = {}

    async def wait(self, address: str, until: float) -> tuple[str, OpenRequest] | None:
        """The message that this customer's request shall carry, if one comes in time (`time.monotonic()`).

        A newer request of the customer ends the wait: WeChat repeats one only when it has given the first one up. One
        whose time is over already, because its message was long in being stored, does not.
        """
        if until <= time.monotonic():
            return None
        self._release(address)
        request = self._open[address] = OpenRequest()
        taken = False
        try:
            await asyncio.wait({request.offered}, timeout=max(0.0, until - time.monotonic()))
            taken = request.offered.done() and not request.offered.cancelled()
        finally:
            if self._open.get(address) is request:
                del self._open[address]
            if not taken:
                request.tell(False)
        return (request.offered.result(), request) if taken else None

    async def hand(self, address: str, text: str) -> bool:
        """Let the customer's open request carry a message. Whether it did; if not, nothing has been shown.

        Raises `OutcomeUnknown` when the connection broke while it was written.
        """
        request = self._open.pop(address, None)
        if request is None or request.offered.done():
            return False
        request.offered.set_result(text)
        written = await request.written
        if written is None:
            raise OutcomeUnknown("the connection broke while the reply was written")
        return written

    def _release(self, address: str) -> None:
        older = self._open.pop(address, None)
        if older is not None:
            older.offered.cancel()
