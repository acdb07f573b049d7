"""The catalogue of a large folder: what was read of each file, kept in SQLite, so that a start reads changed files only
and articles need not be in memory.

Any number of processes may use it at once; each brings it up to date with what it sees in the folder. Losing it costs
only time.
"""

import datetime
import hashlib
import json
import os
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from knowledge.articles import Article, Audience, Draft, Problem, Reading, Text, assemble, read
from knowledge.overlay import Overlay

Stamp = tuple[int, int]  # time of the last change in nanoseconds, bytes

_FORMAT = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS files (
    path TEXT PRIMARY KEY,  -- below the folder
    changed INTEGER NOT NULL,
    size INTEGER NOT NULL,
    article TEXT NOT NULL,  -- empty: nothing that can be served
    first_day TEXT,
    last_day TEXT,
    wrong INTEGER NOT NULL,  -- whether the file has an error
    reading TEXT NOT NULL,
    identity BLOB NOT NULL  -- of the reading
);
CREATE INDEX IF NOT EXISTS by_article ON files (article);
CREATE INDEX IF NOT EXISTS by_wrong ON files (wrong) WHERE wrong;
"""
_MADE_BY = ("articles", "fields", "catalogue")  # a change of these reads every file anew
_FILES_AT_ONCE = 500
_REMEMBERED = 2_000  # articles that were asked for

Progress = Callable[[int, int], None]  # files read, files to read


class Catalogue:
    """The readings of one folder. Thread-safe."""

    def __init__(self, path: Path, folder: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._lock = threading.Lock()
        self._db = _opened(path)
        self._recent: OrderedDict[tuple[str, bytes], Article] = OrderedDict()

    def take_up(self, stamps: Mapping[str, Stamp], progress: Progress = lambda done, total: None) -> None:
        """Read what changed of the files that are there now."""
        with self._lock:
            known = {
                path: (changed, size) for path, changed, size in self._rows("SELECT path, changed, size FROM files")
            }
        gone = [(path,) for path in known if path not in stamps]
        changed = [path for path, stamp in stamps.items() if known.get(path) != stamp]
        for at in range(0, len(changed), _FILES_AT_ONCE):
            rows = [row for path in changed[at : at + _FILES_AT_ONCE] if (row := self._row(path, stamps[path]))]
            with self._lock:
                self._write("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
            progress(min(at + _FILES_AT_ONCE, len(changed)), len(changed))
        if gone:
            with self._lock:
                self._write("DELETE FROM files WHERE path = ?", gone)

    def articles(self, overlay: Overlay) -> "Articles":
        """All articles there are now, with what lies over them."""
        query = "SELECT article, identity, first_day, last_day FROM files WHERE article != '' ORDER BY article, path"
        identities: dict[str, bytes] = {}
        dates: dict[str, tuple[str | None, str | None]] = {}
        with self._lock:
            for article, identity, first, last in self._rows(query):
                before = identities.get(article)
                identities[article] = identity if before is None else _joined(before, identity)
                if before is None and (first or last):
                    dates[article] = (first, last)
        return Articles(self, identities, dates, {}).over(overlay)

    def problems(self) -> tuple[Problem, ...]:
        """The errors of all files; of a large base warnings are not kept."""
        with self._lock:
            found = [_reading(text) for (text,) in self._rows("SELECT reading FROM files WHERE wrong")]
        return tuple(sorted(problem for reading in found for problem in reading.problems if problem.error))

    def article(self, name: str, identity: bytes) -> Article | None:
        """One article; None when its files went since."""
        with self._lock:
            if (name, identity) in self._recent:
                self._recent.move_to_end((name, identity))
                return self._recent[name, identity]
            rows = list(self._rows("SELECT reading FROM files WHERE article = ? ORDER BY path", name))
        found = assemble(_reading(text) for (text,) in rows).articles.get(name)
        if found is not None:
            with self._lock:
                self._recent[name, identity] = found
                while len(self._recent) > _REMEMBERED:
                    self._recent.popitem(last=False)
        return found

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _row(self, path: str, stamp: Stamp) -> tuple[Any, ...] | None:
        try:
            fresh = read(self._folder / path, self._folder)
        except FileNotFoundError:  # removed since it was listed
            return None
        if fresh.draft is None:
            with self._lock:
                last = [_reading(text) for (text,) in self._rows("SELECT reading FROM files WHERE path = ?", path)]
            # An edit that broke the file must not take the answer away.
            fresh = Reading(last[0].draft, fresh.problems) if last else fresh
        text = json.dumps(asdict(fresh), ensure_ascii=False, default=_plain)
        draft = fresh.draft
        return (
            path, *stamp, draft.id if draft else "",
            _day(draft.valid_from) if draft else None, _day(draft.valid_until) if draft else None,
            any(problem.error for problem in fresh.problems), text, _digest(text.encode()),
        )  # fmt: skip

    def _rows(self, query: str, *values: str) -> Iterator[tuple[Any, ...]]:
        yield from self._db.execute(query, values)

    def _write(self, query: str, rows: Iterable[tuple[Any, ...]]) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        self._db.executemany(query, rows)
        self._db.execute("COMMIT")


class Articles(Mapping[str, Article]):
    """One state of a large base: which articles there are; each is read when it is asked for. `laid` lies over what the
    files say, None where an article is withdrawn."""

    def __init__(
        self,
        catalogue: Catalogue,
        identities: Mapping[str, bytes],
        dates: Mapping[str, tuple[str | None, str | None]],
        laid: Mapping[str, Article | None],
    ) -> None:
        self._catalogue, self._identities, self._dates, self._laid = catalogue, identities, dates, laid
        self._names = {name: None for name in identities if laid.get(name, ...) is not None}
        self._names |= {name: None for name, article in laid.items() if article is not None}

    def over(self, overlay: Overlay) -> "Articles":
        """These articles with an overlay on them."""
        made = {name: assemble(readings).articles.get(name) for name, readings in overlay.made.items()}
        return Articles(self._catalogue, self._identities, self._dates, {**dict.fromkeys(overlay.records), **made})

    def changed(self, name: str, article: Article | None) -> "Articles":
        """These articles with one that is as given, or missing."""
        return Articles(self._catalogue, self._identities, self._dates, {**self._laid, name: article})

    def valid(self, day: datetime.date) -> dict[str, bytes]:
        """Identities of the contents of all articles that answer on a day, by name."""
        today = day.isoformat()
        found = {
            name: self._identities[name]
            for name in self._names
            if name not in self._laid and (name not in self._dates or _within(*self._dates[name], today))
        }
        for name, article in self._laid.items():
            if article is not None and article.valid_on(day):
                found[name] = _digest(repr(article).encode())
        return found

    def __getitem__(self, name: str) -> Article:
        if name not in self._names:
            raise KeyError(name)
        found = self._laid.get(name) or self._catalogue.article(name, self._identities[name])
        if found is None:
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def look(folder: Path) -> dict[str, Stamp]:
    """The article files of a folder by their path below it; other Markdown, such as README.md, is none."""
    stamps = {}
    with os.scandir(folder) as categories:
        for category in sorted((each for each in categories if each.is_dir()), key=lambda each: each.name):
            with os.scandir(category.path) as files:
                for file in files:
                    if not file.name.endswith(".md") or file.name.lower() == "readme.md":
                        continue
                    try:
                        found = file.stat()
                    except FileNotFoundError:  # removed since it was listed
                        continue
                    stamps[f"{category.name}/{file.name}"] = (found.st_mtime_ns, found.st_size)
    return stamps


def _opened(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, check_same_thread=False, timeout=30, isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=NORMAL")
    made_by = hashlib.blake2b(digest_size=4)
    for name in _MADE_BY:
        made_by.update(Path(__file__).with_name(f"{name}.py").read_bytes())
    version = int.from_bytes(made_by.digest(), "little", signed=True)
    if db.execute("PRAGMA user_version").fetchone()[0] != version:
        db.execute("BEGIN IMMEDIATE")
        db.execute("DROP TABLE IF EXISTS files")
        db.execute(f"PRAGMA user_version = {version}")
        db.execute("COMMIT")
    db.executescript(_SCHEMA)
    return db


def _reading(text: str) -> Reading:
    """What `asdict` and JSON made of a reading, back."""
    data = json.loads(text)
    problems = tuple(Problem(**each) for each in data["problems"])
    draft = data["draft"]
    if draft is None:
        return Reading(None, problems)
    draft["text"] = Text(**{**draft["text"], "questions": tuple(draft["text"]["questions"])})
    draft["audience"] = Audience(draft["audience"])
    for name in ("tags", "related"):
        draft[name] = tuple(draft[name])
    for name in ("updated", "valid_from", "valid_until"):
        draft[name] = draft[name] and datetime.date.fromisoformat(draft[name])
    return Reading(Draft(**draft), problems)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime.date) else str(value.value)


def _day(day: datetime.date | None) -> str | None:
    return None if day is None else day.isoformat()


def _within(first: str | None, last: str | None, today: str) -> bool:
    return (first or today) <= today <= (last or today)


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()


def _joined(before: bytes, identity: bytes) -> bytes:
    return _digest(before + identity)
