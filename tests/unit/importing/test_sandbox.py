"""The process that reads files, and what becomes of those that break it."""

from pathlib import Path

from knowledge.importing.files import find
from knowledge.importing.sandbox import sandbox


def test_files_are_read_in_a_process_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "faq.csv"
    path.write_text("question,answer,tags,language\n能退吗？,能。,退货,zh\nEmpty?,,,\n", encoding="utf-8")
    (source,), _ = find([path])
    with sandbox() as box:
        reading = box.read(source)
        assert box.read(source) == reading
    (piece,) = reading.pieces
    assert (piece.title, piece.body, piece.tags, piece.source) == ("能退吗？", "能。", ("退货",), "faq.csv")
    assert [skipped.place for skipped in reading.skipped] == ["row 3"]


def test_a_file_that_takes_too_long_is_left_and_the_next_one_read(tmp_path: Path) -> None:
    slow, good = tmp_path / "slow.md", tmp_path / "good.md"
    slow.write_text("# A?\n" + "**a" * 60_000 + "\n" + "[" * 60_000, encoding="utf-8")
    good.write_text("# A?\nB.\n", encoding="utf-8")
    sources, _ = find([slow, good])
    with sandbox(seconds=0.001) as box:
        (skipped,) = box.read(sources[0]).skipped
    assert "took longer than" in skipped.reason
    with sandbox() as box:
        assert [piece.body for piece in box.read(sources[1]).pieces] == ["B."]


def test_a_file_that_needs_too_much_memory_brings_nobody_else_down(tmp_path: Path) -> None:
    big, good = tmp_path / "big.json", tmp_path / "good.md"
    big.write_text("[" + ",".join('{"q": "A?", "a": "B"}' for _ in range(900_000)) + "]", encoding="utf-8")
    good.write_text("# A?\nB.\n", encoding="utf-8")
    sources, _ = find([big, good])
    with sandbox(memory=120_000_000) as box:
        (skipped,) = box.read(sources[0]).skipped
        assert "memory" in skipped.reason or "MemoryError" in skipped.reason
        assert [piece.body for piece in box.read(sources[1]).pieces] == ["B."]


def test_a_file_larger_than_the_limit_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(31_000_000)
    (source,), _ = find([path])
    with sandbox() as box:
        (skipped,) = box.read(source).skipped
    assert skipped.reason == "is larger than 30 MB"
