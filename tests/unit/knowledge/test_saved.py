"""Saved indexes: whole or not at all, for many processes."""

import dataclasses
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from knowledge import saved
from knowledge.building import build, join
from knowledge.documents import Document
from knowledge.panel import Panel
from knowledge.segment import Segment
from knowledge.vectors import CachedEmbedder
from tests.unit.knowledge.made_up import Bag, article

ROOT = Path(__file__).parents[3]
BAG = CachedEmbedder(Bag())


def keep(folder: Path, numbers: range) -> Segment:
    """Build and save an index of some articles."""
    with saved.room(folder) as room:
        segment = build((article(number) for number in numbers), BAG, folder=room)
        saved.publish(room, segment, Panel(segment).biases(segment), "bag")
    return segment


def test_what_is_opened_is_what_was_saved(tmp_path: Path) -> None:
    made = keep(tmp_path, range(300))
    opened, biases = saved.load(tmp_path, "bag")
    for field in dataclasses.fields(Segment):
        ours, theirs = getattr(opened, field.name), getattr(made, field.name)
        if isinstance(theirs, np.ndarray):
            assert np.array_equal(ours, theirs), field.name
            assert ours.dtype == theirs.dtype
    assert (opened.articles, opened.languages) == (made.articles, made.languages)
    assert np.array_equal(opened.postings.documents, made.postings.documents)
    assert len(biases) == 300


def test_nothing_saved(tmp_path: Path) -> None:
    with pytest.raises(saved.Stale, match="nothing is saved"):
        saved.load(tmp_path / "none", "bag")


def test_every_damaged_file_is_noticed(tmp_path: Path) -> None:
    keep(tmp_path, range(40))
    files = sorted((tmp_path / str(saved.current(tmp_path))).iterdir())
    assert len(files) > 20
    for path in files:
        whole = path.read_bytes()
        middle = len(whole) // 2
        for damaged in (whole[:-1], whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :], b""):
            path.write_bytes(damaged)
            with pytest.raises(saved.Stale):
                saved.load(tmp_path, "bag")
        path.write_bytes(whole)
    files[0].unlink()
    with pytest.raises(saved.Stale, match="missing"):
        saved.load(tmp_path, "bag")


@pytest.mark.parametrize("name", ["format", "made_by", "embedder"])
def test_an_index_of_another_version_or_embedder_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    keep(tmp_path, range(20))
    if name == "format":
        monkeypatch.setattr(saved, "FORMAT", saved.FORMAT + 1)
    if name == "made_by":
        monkeypatch.setattr(saved, "made_by", lambda: "later code")
    with pytest.raises(saved.Stale, match="was made with another"):
        saved.load(tmp_path, "other" if name == "embedder" else "bag")


def test_who_has_an_index_open_keeps_it_and_the_next_opens_the_newer_one(tmp_path: Path) -> None:
    keep(tmp_path, range(60))
    opened, _ = saved.load(tmp_path, "bag")
    before = opened.vectors.copy()
    keep(tmp_path, range(30))
    assert np.array_equal(opened.vectors, before)
    assert len(saved.load(tmp_path, "bag")[0]) == 30
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) == 1, "older ones are removed"


def test_a_build_that_fails_leaves_the_old_index(tmp_path: Path) -> None:
    keep(tmp_path, range(20))

    def interrupted() -> Iterator[list[Document]]:
        yield article(1)
        raise KeyboardInterrupt

    with saved.room(tmp_path) as room, pytest.raises(KeyboardInterrupt):
        build(interrupted(), BAG, folder=room)
    assert len(saved.load(tmp_path, "bag")[0]) == 20
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) == 1


def test_joined_segments_are_saved_like_built_ones(tmp_path: Path) -> None:
    first, second = (build([article(number) for number in numbers], BAG) for numbers in (range(50), range(50, 70)))
    with saved.room(tmp_path) as room:
        joined = join([first, second], [np.arange(50) != 3, np.ones(20, dtype=bool)], folder=room)
        saved.publish(room, joined, Panel(joined).biases(joined), "bag")
    opened, _ = saved.load(tmp_path, "bag")
    assert opened.articles == tuple(f"article-{number}" for number in range(70) if number != 3)


def test_processes_build_one_after_the_other(tmp_path: Path) -> None:
    script = """
import sys, time
from pathlib import Path
from knowledge import saved
folder = Path(sys.argv[1])
with saved.only_one(folder):
    seen = folder / "inside"
    assert not seen.exists(), "two at once"
    seen.touch()
    time.sleep(0.1)
    seen.unlink()
"""
    running = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    said = [process.communicate(timeout=60)[1] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0, 0], said
