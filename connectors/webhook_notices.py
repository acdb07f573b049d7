"""Notices to a webhook of a group chat: one request each, whose answer says whether it is shown."""

from abc import ABC, abstractmethod
from typing import ClassVar
from urllib.parse import urlsplit

from connectors.errors import SendError, Undeliverable
from connectors.message import JSON
from connectors.notice import Notice
from connectors.notice_settings import NoticeSettings
from connectors.pace import Pace
from connectors.vendor import VendorAnswer, VendorClient

LATER_S = 60.0
"""After which those are asked again who count by the minute, and do not say how long it takes."""


class WebhookNotifier(ABC):
    """What all of them do alike; a vendor writes the message, and reads the answer."""

    vendor: ClassVar[str]
    per_minute: ClassVar[int]

    def __init__(self, settings: NoticeSettings) -> None:
        self._language, self._settings = settings.language, settings
        parts = urlsplit(settings.url.get_secret_value())
        self._client = VendorClient(self.vendor, f"{parts.scheme}://{parts.netloc}")
        self._pace = Pace(self.vendor, self.per_minute)

    @abstractmethod
    def message(self, notice: Notice) -> JSON:
        """What is sent."""

    def judge(self, answer: VendorAnswer) -> SendError | None:
        """What the vendor says in the body; None where the status says it all."""
        return None

    async def tell(self, notice: Notice) -> None:
        """Show it there. Raises `SendError`."""
        async with self._pace.turn():
            url = self._settings.url.get_secret_value()
            answer = await self._client.call("POST", url, json=self.message(notice), judge=self.judge)
        if answer.status not in {200, 202}:
            raise Undeliverable(f"{self.vendor} answered {answer.status}")

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()


def shortened(text: str, most: int) -> str:
    """No longer than `most` characters."""
    return text if len(text) <= most else text[: most - 1] + "…"
