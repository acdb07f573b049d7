"""Texts that Twilio could not deliver to us: its calls are hardly repeated, so what came meanwhile is looked up.

https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources
"""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode

import structlog

from connectors.channel import Accept
from connectors.channels.sms_parse import parse_form
from connectors.errors import Rejected
from connectors.message import JSON, Inbound
from connectors.ports import State
from connectors.twilio import Form
from connectors.twilio_api import TwilioApi

OVERLAP_S = 600  # Twilio's lists are behind its calls at times
FURTHEST_S = 24 * 3600
"""Older texts are not answered any more. Deliveries are remembered longer than that, so none is taken twice."""

log = structlog.get_logger(__name__)


class Missed:
    """Looks for texts since it last did. Wishes to be left alone are not repeated here: Twilio keeps them itself."""

    def __init__(self, channel: str, sender: str, twilio: TwilioApi, state: State) -> None:
        self._channel, self._sender, self._twilio, self._state = channel, sender, twilio, state

    async def look(self, accept: Accept, stop_words: frozenset[str]) -> None:
        """Accept what there is; what has been accepted before changes nothing. Raises `SendError`."""
        now = time.time()
        before = await self._state.get("looked")
        if before is not None:
            since = max(float(before["at"]) - OVERLAP_S, now - FURTHEST_S)
            for message in await self._received(since):
                await self._take(message, accept, stop_words)
        await self._state.put("looked", {"at": now})

    async def _take(self, message: JSON, accept: Accept, stop_words: frozenset[str]) -> None:
        try:
            for event in parse_form(await self._form(message), self._channel, stop_words):
                if isinstance(event, Inbound):
                    await accept(event)
        except Rejected as error:
            log.warning("sms.missed_refused", channel=self._channel, code=error.code)

    async def _received(self, since: float) -> Sequence[JSON]:
        """What customers wrote to this sender since then, in order."""
        day = datetime.fromtimestamp(since, UTC).date().isoformat()
        to = {} if self._sender.startswith("MG") else {"To": self._sender}
        found = [each async for each in self._twilio.messages({"DateSent>": day, "PageSize": "200", **to})]
        ours = [each for each in found if self._is_for_us(each)]
        return sorted((each for each in ours if _sent_at(each) >= since), key=_sent_at)

    def _is_for_us(self, message: JSON) -> bool:
        to = {message.get("to"), message.get("messaging_service_sid")}
        return message.get("direction") == "inbound" and self._sender in to

    async def _form(self, message: JSON) -> Form:
        """The message as Twilio would have posted it."""
        fields = {"MessageSid": message.get("sid"), "From": message.get("from"), "Body": message.get("body")}
        if str(message.get("num_media", "0")) != "0":
            files = await self._twilio.media(str(message.get("sid")))
            fields["NumMedia"] = str(len(files))
            for number, (url, media_type) in enumerate(files):
                fields |= {f"MediaUrl{number}": url, f"MediaContentType{number}": media_type}
        return Form(urlencode({name: str(value or "") for name, value in fields.items()}).encode())


def _sent_at(message: JSON) -> float:
    try:
        return parsedate_to_datetime(str(message.get("date_sent"))).timestamp()
    except ValueError:
        return 0.0
