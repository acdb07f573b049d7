"""Tracker store: live trackers in memory, every turn written through to one SQLite file, long histories shortened.

TrackerStoreError    the turn was not stored, and must not be answered
└── Stale            another Rasa process has stored a later turn of this conversation
"""

import json
import logging
import sqlite3
from collections import OrderedDict
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, deserialise_events
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot import compaction, settings
from bot.live import LiveTracker

logger = logging.getLogger(__name__)

LIVE = 1_000  # conversations kept in memory, 30 to 200 kB each; the rest is read from the file when its customer writes

SCHEMA = """
CREATE TABLE IF NOT EXISTS turns (
    conversation TEXT NOT NULL,
    version INTEGER NOT NULL,  -- counts up; a compacted history replaces the rows before it
    events TEXT NOT NULL,  -- JSON list of Rasa's events
    PRIMARY KEY (conversation, version)
) WITHOUT ROWID
"""


class TrackerStoreError(Exception):
    """The file could not be read or written."""


class Stale(TrackerStoreError):
    """The conversation was continued elsewhere."""


class LiveTrackerStore(TrackerStore):
    """One row per turn. `retrieve` takes a tracker out of memory and `save` puts it back, so that a turn that failed
    half-way is read again from the file as it was before.

    Rasa wraps every store so that errors are hidden: a failed read becomes a blank tracker, a failed write goes to
    memory. So whoever answers for a turn asks `failed` afterwards.
    """

    def __init__(
        self, domain: Domain | None = None, host: EndpointConfig | None = None,
        event_broker: EventBroker | None = None, path: str = "", **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(domain, event_broker, **kwargs)
        file = Path(path) if path else settings.read().trackers
        file.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(file, check_same_thread=False, isolation_level=None, timeout=5)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute(SCHEMA)
        self._live: OrderedDict[str, tuple[LiveTracker, int]] = OrderedDict()  # with the version stored
        self._taken: dict[str, tuple[int, int]] = {}  # of trackers out for a turn: version and number of events stored
        self._failed: dict[str, str] = {}

    @property
    def domain(self) -> Domain:
        """The domain whose slots trackers have."""
        return self._domain

    @domain.setter
    def domain(self, domain: Domain | None) -> None:
        self._domain = domain or Domain.empty()
        self._live.clear()  # a new model may have other slots

    def failed(self, conversation: str) -> str:
        """What went wrong with the last read or write of this conversation; empty if nothing did."""
        return self._failed.get(conversation, "")

    def healthy(self) -> bool:
        """Whether the file can be written right now."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute("ROLLBACK")
        except sqlite3.Error:
            return False
        return True

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The tracker of a conversation, or None if there is none. Raises TrackerStoreError."""
        try:
            live = self._live.pop(sender_id, None)
            stored = self._version(sender_id)
            tracker = live[0] if live is not None and live[1] == stored else self._read(sender_id)
        except (sqlite3.Error, ValueError, KeyError) as error:
            raise self._failure(
                sender_id, TrackerStoreError(f"cannot read a conversation: {type(error).__name__}")
            ) from None
        self._failed.pop(sender_id, None)
        self._taken[sender_id] = (stored, len(tracker.events))
        return tracker if stored else None

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Write what is new in `tracker`. Raises TrackerStoreError, and Stale if someone else continued the
        conversation."""
        conversation = tracker.sender_id
        version, known = self._taken.pop(conversation, (0, 0))
        fresh = list(islice(tracker.events, known, None))
        try:
            if fresh:
                self._write(conversation, version + 1, fresh)
                version += 1
            if compaction.is_due(tracker):
                tracker = compaction.compacted(tracker, self.domain)
                self._write(conversation, version + 1, list(tracker.events), replacing=True)
                version += 1
        except Stale as stale:
            raise self._failure(conversation, stale) from None
        except sqlite3.Error as error:
            raise self._failure(
                conversation, TrackerStoreError(f"cannot write a turn: {type(error).__name__}")
            ) from None
        if self.event_broker is not None and fresh:
            await self._stream_new_events(self.event_broker, fresh, conversation)
        self._live[conversation] = (LiveTracker.of(tracker, self.domain), version)
        while len(self._live) > LIVE:
            self._live.popitem(last=False)

    def forget(self, conversation: str) -> None:
        """Drop what memory holds of a conversation, so that the next turn starts from the file."""
        self._live.pop(conversation, None)
        self._taken.pop(conversation, None)

    def erase(self, conversation: str) -> None:
        """Delete a conversation, from memory and from the file. Raises TrackerStoreError."""
        self.forget(conversation)
        self._failed.pop(conversation, None)
        try:
            self._db.execute("DELETE FROM turns WHERE conversation = ?", (conversation,))
        except sqlite3.Error as error:
            raise TrackerStoreError(f"cannot delete a conversation: {type(error).__name__}") from None

    async def keys(self) -> Iterable[str]:
        """All conversations."""
        return [row[0] for row in self._db.execute("SELECT DISTINCT conversation FROM turns")]

    def _version(self, conversation: str) -> int:
        row = self._db.execute("SELECT max(version) FROM turns WHERE conversation = ?", (conversation,)).fetchone()
        return int(row[0] or 0)

    def _read(self, conversation: str) -> DialogueStateTracker:
        rows = self._db.execute("SELECT events FROM turns WHERE conversation = ? ORDER BY version", (conversation,))
        events = [event for row in rows for event in deserialise_events(json.loads(row[0]))]
        return LiveTracker.from_events(conversation, events, self.domain.slots, domain=self.domain)

    def _write(self, conversation: str, version: int, events: list[Event], *, replacing: bool = False) -> None:
        text = json.dumps([event.as_dict() for event in events], ensure_ascii=False)
        self._db.execute("BEGIN IMMEDIATE")
        try:
            if self._version(conversation) != version - 1:  # rows that a compacted history replaced collide with none
                raise Stale("the conversation was continued by another process")
            self._db.execute("INSERT INTO turns VALUES (?, ?, ?)", (conversation, version, text))
            if replacing:
                self._db.execute("DELETE FROM turns WHERE conversation = ? AND version < ?", (conversation, version))
            self._db.execute("COMMIT")
        except (sqlite3.Error, Stale):
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def _failure(self, conversation: str, error: TrackerStoreError) -> TrackerStoreError:
        self.forget(conversation)
        self._failed[conversation] = str(error)
        return error
