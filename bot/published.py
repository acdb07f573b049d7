"""Follows what is published in the console, by asking the service for it (docs/protocol/brain.md)."""

import json
import logging
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from knowledge import overlay
from knowledge.overlay import Overlay

logger = logging.getLogger(__name__)

ASK_EVERY = 1.5  # seconds
ASK_RARELY = 4.0  # seconds, while the service is away
PATIENCE = 3.0  # seconds for one answer
ANSWER_BYTES = 32 << 20

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # the service is beside us, not behind a proxy


class Away(Exception):
    """The service does not answer, or not as it should."""


class Published:
    """The overlay as the service last told it; kept in a file, with which it begins."""

    def __init__(self, url: str, token: str, path: Path) -> None:
        self._url, self._token, self._path = f"{url}/internal/v1/knowledge", token, path
        self._overlay = overlay.load(path)
        self._asked = False

    @property
    def overlay(self) -> Overlay:
        """What lies over the folder now."""
        return self._overlay

    def look(self) -> bool:
        """Ask what is new; says whether anything is. The first time all is asked for, so that a record that this
        program once refused gets another chance. Raises Away."""
        now, told = self._overlay, self._ask(self._overlay if self._asked else overlay.NOTHING)
        while True:
            try:
                now = now.after(told)
            except ValueError as error:
                raise Away(str(error)) from error
            if not told.get("more"):
                break
            told = self._ask(now)
        self._asked = True
        if now is self._overlay:
            return False
        self._overlay = now
        try:
            now.save(self._path)
        except OSError as error:
            logger.error("what was published is not kept for the next start: %s", error)
        return True

    def follow(self, taken: Callable[[], object]) -> None:
        """Look for ever, and call `taken` after what is new; for a thread of its own."""
        away = False
        pause = ASK_EVERY
        while True:
            try:
                if self.look():
                    logger.info("published articles changed: number %d", self._overlay.revision)
                    taken()
                if away:
                    logger.info("the service tells again what is published")
                away, pause = False, ASK_EVERY
            except Away as error:
                if not away:  # said once: it will be the same for as long as the service is away
                    logger.warning("the service does not tell what is published: %s", error)
                away, pause = True, min(pause * 1.5, ASK_RARELY)
            except Exception as error:  # of indexing: the base's own look tries again
                logger.error("published articles not indexed yet: %s: %s", type(error).__name__, error)
            time.sleep(pause)

    def _ask(self, since: Overlay) -> dict[str, Any]:
        query = urlencode({"after": since.revision, "log": since.log})
        request = urllib.request.Request(f"{self._url}?{query}", headers={"Authorization": f"Bearer {self._token}"})  # noqa: S310
        try:
            with _DIRECT.open(request, timeout=PATIENCE) as response:
                body = response.read(ANSWER_BYTES + 1)
            told = json.loads(body) if len(body) <= ANSWER_BYTES else None
        except urllib.error.HTTPError as error:
            raise Away(f"HTTP {error.code}") from error
        except (OSError, ValueError) as error:  # of which URLError, timeouts and broken JSON are
            raise Away(type(error).__name__) from error
        if not isinstance(told, dict):
            raise Away("the answer is no JSON object, or too large")
        return told
