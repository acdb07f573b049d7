"""What the contract suites share."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from storage.database import Database
from storage.migrate import upgrade
from tests.contract.vendor_bench import template_of


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file at the present schema, to be copied."""
    with ThreadPoolExecutor(1) as thread:  # a loop of its own, beside the tests'
        return thread.submit(asyncio.run, template_of(tmp_path_factory.mktemp("template"))).result()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A database at the present schema, of each kind that there is."""
    database = Database(database_url)
    await upgrade(database)
    yield database
    await database.close()
