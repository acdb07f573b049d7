"""Saved indexes: the first segment of a large base as files, mapped into memory by every process that uses it.

`<folder>/current` names the folder of the newest one. It is written beside the others and put in place at once, so that
a process sees a whole index or none; those that have the old one open keep it. What is damaged, or was made by another
version, embedder or kind of text, is not read: Stale says why, and the index is built again.
"""

import contextlib
import dataclasses
import hashlib
import json
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.postings import Postings
from knowledge.segment import Segment
from knowledge.views import Floats

FORMAT = 1
_MANIFEST, _ARTICLES, _BIASES, _CURRENT = "manifest.json", "articles.txt", "biases.npy", "current"
_NAMES = ("articles", "languages", "postings")  # fields of a segment that are no arrays
_MADE_BY = (
    "text",
    "chinese",
    "numerals",
    "documents",
    "segment",
    "building",
    "cells",
    "postings",
    "panel",
    "views",
    "similarities",
)
_MAPPED_BYTES = 1_000_000  # a smaller array is read
_CHUNK = 1 << 20


class Stale(Exception):
    """There is no saved index that can be used; the message says why."""


@contextlib.contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the right to build here; waits for another process that does."""
    import fcntl  # only large bases need it: small ones also run where there is none

    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def room(folder: Path) -> Iterator[Path]:
    """An empty folder for a new index, removed unless `publish` has put it in place."""
    folder.mkdir(parents=True, exist_ok=True)
    path = Path(tempfile.mkdtemp(dir=folder, prefix="index-"))
    try:
        yield path
    finally:
        if current(folder) != path.name:
            shutil.rmtree(path, ignore_errors=True)


def publish(path: Path, segment: Segment, biases: Floats, embedder: str) -> None:
    """Make a segment, whose vectors are in `path` already, the newest saved index of the folder `path` is in; older
    ones are removed. Raises OSError."""
    for name, array in _arrays(segment).items():
        if not (path / f"{name}.npy").exists():
            np.save(path / f"{name}.npy", array)
    np.save(path / _BIASES, biases)
    (path / _ARTICLES).write_text("\n".join(segment.articles), encoding="utf-8")
    manifest = {
        "format": FORMAT,
        "made_by": made_by(),
        "embedder": embedder,
        "languages": segment.languages,
        "articles": len(segment),
        "files": {each.name: [each.stat().st_size, _checksum(each)] for each in sorted(path.iterdir())},
    }
    (path / _MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    pointer = path.with_suffix(".new")
    pointer.write_text(path.name, encoding="utf-8")
    pointer.replace(path.parent / _CURRENT)
    for other in path.parent.glob("index-*"):
        if other != path and other.is_dir():
            shutil.rmtree(other, ignore_errors=True)


def load(folder: Path, embedder: str) -> tuple[Segment, Floats]:
    """The newest saved index of a folder and its biases. Raises Stale."""
    for _ in range(3):  # another process may put a newer one in place while we read
        name = current(folder)
        if name is None:
            raise Stale("nothing is saved")
        try:
            return _read(folder / name, embedder)
        except FileNotFoundError:
            continue
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise Stale(f"cannot be read ({type(error).__name__})") from error
    raise Stale("files are missing")


@lru_cache(maxsize=1)
def made_by() -> str:
    """Identity of the code that decides what is in an index."""
    whole = hashlib.blake2b(digest_size=16)
    for name in _MADE_BY:
        whole.update(Path(__file__).with_name(f"{name}.py").read_bytes())
    return whole.hexdigest()


def _read(path: Path, embedder: str) -> tuple[Segment, Floats]:
    manifest = json.loads((path / _MANIFEST).read_text(encoding="utf-8"))
    expected = {"format": FORMAT, "made_by": made_by(), "embedder": embedder}
    if different := [name for name, value in expected.items() if manifest.get(name) != value]:
        raise Stale(f"was made with another {' and '.join(different)}".replace("made_by", "version of the code"))
    for name, (size, checksum) in manifest["files"].items():
        if (path / name).stat().st_size != size or _checksum(path / name) != checksum:
            raise Stale(f"{name} is damaged")
    articles = tuple((path / _ARTICLES).read_text(encoding="utf-8").split("\n"))
    postings = Postings(**{each.name: _array(path, f"postings_{each.name}") for each in dataclasses.fields(Postings)})
    fields = {each.name: _array(path, each.name) for each in dataclasses.fields(Segment) if each.name not in _NAMES}
    segment = Segment(articles=articles, languages=tuple(manifest["languages"]), postings=postings, **fields)
    return segment, _array(path, _BIASES.removesuffix(".npy"))


def _arrays(segment: Segment) -> dict[str, NDArray[Any]]:
    own = {each.name: getattr(segment, each.name) for each in dataclasses.fields(Segment) if each.name not in _NAMES}
    words = {f"postings_{each.name}": getattr(segment.postings, each.name) for each in dataclasses.fields(Postings)}
    return own | words


def _array(path: Path, name: str) -> NDArray[Any]:
    file = path / f"{name}.npy"
    mapped = file.stat().st_size > _MAPPED_BYTES
    # As a plain array: numpy's class for mapped ones makes every slice of it slow.
    return np.asarray(np.load(file, mmap_mode="r" if mapped else None))


def current(folder: Path) -> str | None:
    """Name of the newest saved index, None without one."""
    try:
        return (folder / _CURRENT).read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None


def _checksum(path: Path) -> int:
    found = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found = zlib.crc32(chunk, found)
    return found
