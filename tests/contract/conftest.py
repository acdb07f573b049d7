"""What the contract suites share."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.contract.vendor_bench import template_of


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file at the present schema, to be copied."""
    with ThreadPoolExecutor(1) as thread:  # a loop of its own, beside the tests'
        return thread.submit(asyncio.run, template_of(tmp_path_factory.mktemp("template"))).result()
