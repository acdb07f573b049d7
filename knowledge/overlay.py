"""The overlay: what was published in the console, over the articles of the folder.

The service numbers its publications; a reader tells the last number it has and gets what changed since. The last state
is kept in a file, so that a reader starts without the service.
"""

import json
import logging
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from knowledge.articles import Reading
from knowledge.fields import is_id
from knowledge.records import Record, readings

logger = logging.getLogger(__name__)

PUBLISHED, WITHDRAWN, FILE = "published", "withdrawn", "file"


@dataclass(frozen=True)
class Overlay:
    """One state of the overlay. `log` tells one database's numbers from another's; `records` are contents by id, None
    for an article that was withdrawn; `made` is what was read of them."""

    log: str = ""
    revision: int = 0
    records: Mapping[str, Record | None] = field(default_factory=dict)
    made: Mapping[str, tuple[Reading, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, published: Mapping[str, Record | None]) -> "Overlay":
        """The overlay of contents by id, None for a withdrawal. One with errors lies over nothing, as for the bot."""
        made = {name: tuple(readings(name, content)) for name, content in published.items() if content is not None}
        wrong = {name for name, found in made.items() if any(reading.draft is None for reading in found)}
        return cls(records={name: content for name, content in published.items() if name not in wrong}, made=made)

    def over(self, of_files: Iterable[Reading]) -> list[Reading]:
        """The readings of the folder with the overlay's in their place."""
        below = [each for each in of_files if each.draft is None or each.draft.id not in self.records]
        return [*below, *(reading for made in self.made.values() for reading in made)]

    def after(self, answer: Mapping[str, Any]) -> "Overlay":
        """This overlay once an answer of the service is taken in (docs/protocol/brain.md). A record with errors is
        logged, and what was there stays. The same object when nothing is new. Raises ValueError for what is no such
        answer."""
        log, revision, changes = answer.get("log"), answer.get("revision"), answer.get("changes")
        whole = answer.get("complete") is True
        if not isinstance(log, str) or type(revision) is not int or not isinstance(changes, list):
            raise ValueError("the answer is not as docs/protocol/brain.md has it")
        records: dict[str, Record | None] = {}
        made: dict[str, tuple[Reading, ...]] = {}
        if not whole:
            records |= self.records
            made |= self.made
        for change in changes:
            article_id, state, content = _change(change)
            if state == PUBLISHED:
                fresh = tuple(readings(article_id, content))
                if all(reading.draft is not None for reading in fresh):
                    records[article_id], made[article_id] = content, fresh
                else:
                    _complain(article_id, fresh)
                    if whole and (last := self.made.get(article_id)):
                        records[article_id], made[article_id] = self.records[article_id], last
            else:
                made.pop(article_id, None)
                records.pop(article_id, None)
                if state == WITHDRAWN:
                    records[article_id] = None
        same = (log, revision, records) == (self.log, self.revision, self.records)
        return self if same else Overlay(log, revision, records, made)

    def save(self, path: Path) -> None:
        """Keep the overlay in a file, at once: several processes may do so, with the same content. Raises OSError."""
        path.parent.mkdir(parents=True, exist_ok=True)
        state = {"log": self.log, "revision": self.revision, "records": self.records}
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(state, file, ensure_ascii=False)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


NOTHING = Overlay()


def load(path: Path) -> Overlay:
    """The overlay that was kept; an empty one without a file, or when it cannot be read: the service has it all."""
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
        changes = [
            {"id": name, "state": WITHDRAWN if record is None else PUBLISHED, "content": record}
            for name, record in state["records"].items()
        ]
        return NOTHING.after({**state, "complete": True, "changes": changes})
    except FileNotFoundError:
        return NOTHING
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        logger.warning("what was published is read anew from the service: %s (%s)", path, type(error).__name__)
        return NOTHING


def _change(change: object) -> tuple[str, str, Any]:
    if not isinstance(change, dict):
        raise ValueError("changes: each must be an object")
    article_id, state = change.get("id"), change.get("state")
    if not isinstance(article_id, str) or not is_id(article_id):
        raise ValueError("changes: an id is missing or wrong")
    if state not in (PUBLISHED, WITHDRAWN, FILE):
        raise ValueError(f"changes: {article_id} has no known state")
    return article_id, state, change.get("content")


def _complain(article_id: str, fresh: tuple[Reading, ...]) -> None:
    for problem in (problem for reading in fresh for problem in reading.problems if problem.error):
        logger.error("published article not taken: %s", problem)
    logger.error("article %s keeps what it said before", article_id)
