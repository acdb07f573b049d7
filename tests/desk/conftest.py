"""Fixtures of the desk's tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.desk.house import House, build


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """A running desk, on SQLite and on PostgreSQL."""
    async for built in build(database_url, tmp_path / "files"):
        yield built
