"""What all tests share: databases that are really there."""

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples on every machine and in every run; how long one takes says nothing about the code.
settings.register_profile("frontdoor", derandomize=True, deadline=None, database=None)
settings.load_profile("frontdoor")

POSTGRES_BIN = Path("/usr/lib/postgresql/15/bin")


def free_port() -> int:
    """A port of this machine that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def absent(what: str) -> None:
    """Something that a test needs is not here: a failure in CI, a skip on a developer's machine."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is missing, and CI must have it")
    pytest.skip(f"{what} is missing")


def _bring_up_to_date(url: str) -> None:
    """Make all tables in a database."""
    from storage.database import Database  # not where Rasa is
    from storage.migrate import upgrade

    async def make() -> None:
        database = Database(url)
        await upgrade(database)
        await database.close()

    with ThreadPoolExecutor(1) as thread:  # with a loop of its own
        thread.submit(asyncio.run, make()).result()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database with all tables, to be copied: making them takes longer than most tests."""
    path = tmp_path_factory.mktemp("template") / "frontdoor.db"
    _bring_up_to_date(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    """An SQLite database with all tables and nothing in them."""
    shutil.copy(sqlite_template, tmp_path / "frontdoor.db")
    return f"sqlite:///{tmp_path / 'frontdoor.db'}"


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """An SQLite database without tables."""
    return f"sqlite:///{tmp_path / 'frontdoor.db'}"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL server of our own on a free port; yields the URL without a database."""
    if not (POSTGRES_BIN / "initdb").exists():
        absent("PostgreSQL 15")
    # PostgreSQL refuses to run as root.
    user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    # Not below pytest's own folder: every pytest that starts, such as that of Rasa's tests beside, closes it to others.
    folder = Path(tempfile.mkdtemp(prefix="frontdoor-postgres-"))
    if user:
        shutil.chown(folder, "postgres")
    port = free_port()
    data = folder / "data"
    initdb = [POSTGRES_BIN / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync"]
    subprocess.run([*user, *initdb], check=True, capture_output=True, cwd="/")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
    control = [*user, POSTGRES_BIN / "pg_ctl", "-D", data, "-w"]
    subprocess.run(
        [*control, "-o", options, "-l", folder / "log", "start"], check=True, stdout=subprocess.DEVNULL, cwd="/"
    )
    try:
        yield f"postgresql+psycopg://postgres@127.0.0.1:{port}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=False, stdout=subprocess.DEVNULL, cwd="/")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """The name of a PostgreSQL database with all tables, to be copied."""
    name = _create(postgres_server, "template1")
    _bring_up_to_date(f"{postgres_server}/{name}")
    return name


@pytest.fixture
def postgres_url(postgres_server: str, postgres_template: str) -> str:
    """A PostgreSQL database with all tables and nothing in them."""
    return f"{postgres_server}/{_create(postgres_server, postgres_template)}"


@pytest.fixture
def empty_postgres_url(postgres_server: str) -> str:
    """A PostgreSQL database without tables."""
    return f"{postgres_server}/{_create(postgres_server, 'template1')}"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A database of each kind, with all tables and nothing in them."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=["sqlite", "postgres"])
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """A database of each kind, without tables."""
    return str(request.getfixturevalue(f"empty_{request.param}_url"))


def _create(server: str, template: str) -> str:
    """Copy a PostgreSQL database; the name of the new one."""
    import psycopg  # only where a server is

    name = f"test_{time.time_ns()}"
    with psycopg.connect(f"{server.replace('+psycopg', '')}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
    return name
