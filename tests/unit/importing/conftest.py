"""Reading files as the import does, without its process, and what came out of them."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from knowledge.importing.files import find, paired, read
from knowledge.importing.pieces import Reading
from knowledge.importing.plan import Options, Plan, plan
from knowledge.records import Record

Read = Callable[[str, "bytes | str"], Reading]
Import = Callable[..., Plan]


@pytest.fixture
def reading(tmp_path: Path) -> Read:
    """Writes a file and reads it."""

    def work(name: str, content: bytes | str) -> Reading:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        (source,), skipped = find([path])
        assert not skipped
        return read(source)

    return work


@pytest.fixture
def importing() -> Import:
    """Plans the import of paths."""

    def work(*paths: Path, existing: Mapping[str, Record] | None = None, options: Options | None = None) -> Plan:
        sources, left_out = find(paths)
        found = [(source, read(source)) for source in sources]
        made = plan(paired(found), existing or {}, options or Options())
        made.skipped[:0] = [*left_out, *(each for _, one in found for each in one.skipped)]
        return made

    return work


def answers(reading: Reading) -> dict[str, str]:
    """Answers by question."""
    return {piece.title: piece.body for piece in reading.pieces}


def reasons(reading: Reading) -> list[str]:
    """Why something was left out."""
    return [skipped.reason for skipped in reading.skipped]
