"""What every command starts from: the project's folder, its settings, the console, and an open database."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from rich.console import Console

from desk.tiers import Tiers, TiersError, load_tiers
from frontdoor.brain import Brain
from frontdoor.problems import ConfigurationError, Problem
from frontdoor.programs import CODE
from frontdoor.settings import Settings, load
from storage.bus import Bus, open_bus
from storage.database import Database
from storage.migrate import upgrade

out = Console()
err = Console(stderr=True)


def project_folder(named: Path | None) -> Path:
    """`--root` or FRONTDOOR_ROOT, else the current folder if a project is there, else the folder of this code."""
    if named is not None:
        return named
    here = Path.cwd()
    return here if (here / "frontdoor.yml").exists() else CODE


def settings_at(root: Path) -> Settings:
    """The settings of the project. Raises `ConfigurationError`, also when there is no such folder."""
    if not root.is_dir():
        remedy = "Name the folder that holds frontdoor.yml with --root or FRONTDOOR_ROOT."
        raise ConfigurationError([Problem(where=str(root), what="there is no such folder", remedy=remedy)])
    return load(root, os.environ)


def tiers_at(root: Path) -> Tiers:
    """The tiers of the project. Raises `ConfigurationError`."""
    try:
        return load_tiers(root / "tiers.yml")
    except TiersError as error:
        remedy = "The comments in tiers.yml say what may stand there."
        problems = [Problem(where=f"tiers.yml {where}", what=what, remedy=remedy) for where, what in error.problems]
        raise ConfigurationError(problems) from error


@asynccontextmanager
async def open_storage(settings: Settings) -> AsyncIterator[tuple[Database, Bus]]:
    """The project's database, at its present schema, and its bus; the service may run meanwhile."""
    database = Database(settings.database_url)
    try:
        await upgrade(database)
        bus = await open_bus(settings.bus_url)
        try:
            yield database, bus
        finally:
            await bus.close()
    finally:
        await database.close()


@asynccontextmanager
async def open_brain(settings: Settings) -> AsyncIterator[Brain]:
    """The way to the project's bot, which may or may not run."""
    token = settings.keys.brain_token.get_secret_value()
    brain = Brain(settings.rasa.url, token, timeout_s=settings.rasa.timeout_s)
    try:
        yield brain
    finally:
        await brain.close()
