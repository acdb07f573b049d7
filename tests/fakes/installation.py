"""An installation in a folder of its own: configuration, port, first admin, and `frontdoor serve` as a process."""

import asyncio
import functools
import os
import shutil
import signal
import tempfile
import time
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from frontdoor.first_admin import create_first_admin
from frontdoor.settings import Settings, load
from tests.conftest import free_port
from tests.fakes.becoming import program
from tests.fakes.rasa import TOKEN

CODE = Path(__file__).resolve().parents[2]
ADMIN_PASSWORD = "correct-horse-battery"
ALL_DAY = {day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


class Installation:
    """A project folder whose service can be started, killed and started again."""

    def __init__(
        self, root: Path, rasa_url: str, *, hours: dict[str, list[str]] | None = None,
        desks: dict[str, Any] | None = None, **values: Any,
    ) -> None:  # fmt: skip
        self.root, self.port = root, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: BaseProcess | None = None
        tiers = yaml.safe_load((CODE / "tiers.yml").read_text())
        tiers["hours"] = {"time_zone": "Asia/Shanghai", "weekly": ALL_DAY if hours is None else hours}
        for tier in tiers["tiers"].values():
            tier.pop("hours", None)
        main = {"port": self.port, "rasa": {"url": rasa_url, "managed": False, "timeout_s": 3}, **values}
        for name, content in {
            "frontdoor.yml": main,
            "channels.yml": {},
            "desks.yml": desks or {},
            "tiers.yml": tiers,
        }.items():
            (root / name).write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False))
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(CODE),
            "FRONTDOOR_BRAIN_TOKEN": TOKEN,
            "FRONTDOOR_ADMIN_PASSWORD": ADMIN_PASSWORD,
        }

    @property
    def settings(self) -> Settings:
        """The settings as the service reads them."""
        return load(self.root, self.environment)

    @property
    def database(self) -> Path:
        """The service's SQLite file."""
        return self.settings.data_dir / "frontdoor.db"

    async def prepare(self) -> None:
        """Add the first admin."""
        settings = self.settings
        if settings.database_url != f"sqlite:///{self.database}" or not settings.desks.built_in.enabled:
            await create_first_admin(settings, self.environment)
            return
        kept = f"{_prepared().name}/frontdoor.db"
        if not os.path.exists(kept):  # noqa: ASYNC240, PTH110 - once
            await create_first_admin(settings, self.environment)
            shutil.copy(self.database, kept)
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        shutil.copy(kept, self.database)

    async def start(self, *, crash_at: str = "", clock: Path | None = None) -> None:
        """Start the service and wait until it answers; with `crash_at` it dies there (`tests.fakes.crashing`), with
        `clock` its wall clock is off by the seconds in that file (`tests.fakes.wrong_clock`).
        """
        module = "tests.fakes.crashing" if crash_at else "tests.fakes.wrong_clock" if clock else "frontdoor"
        environment = {**self.environment, "FRONTDOOR_CRASH_AT": crash_at, "FRONTDOOR_CLOCK": str(clock or "")}
        self._process = program(module, self.root, environment, fresh=clock is not None)
        deadline = time.monotonic() + 30
        async with aiohttp.ClientSession() as http:
            while time.monotonic() < deadline:
                assert self._process.is_alive(), self.log[-3000:]
                try:
                    async with http.get(f"{self.url}/healthz") as response:
                        if response.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.05)
        raise AssertionError(f"the service did not start: {self.log[-3000:]}")

    async def kill(self, number: int = signal.SIGKILL) -> None:
        """End the service at once (or by another signal) and wait until it is gone."""
        assert self._process is not None
        assert self._process.pid is not None
        os.kill(self._process.pid, number)
        await asyncio.to_thread(self._process.join)

    async def crashed(self) -> None:
        """Wait until the service has died by itself."""
        assert self._process is not None
        await asyncio.to_thread(self._process.join, 120)
        assert self._process.exitcode == -signal.SIGKILL, self.log[-3000:]

    async def stop(self) -> None:
        """Stop the service if it runs."""
        if self._process is not None and self._process.is_alive():
            await self.kill(signal.SIGTERM)

    @property
    def memory_mb(self) -> float:
        """Resident memory of the service."""
        assert self._process is not None
        assert self._process.is_alive(), self.log[-3000:]
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    @property
    def log(self) -> str:
        """What the service has logged."""
        return (self.root / "service.log").read_text()


@functools.cache
def _prepared() -> "tempfile.TemporaryDirectory[str]":
    """A folder for a database with an admin, to be copied: making its tables takes longer than a start."""
    return tempfile.TemporaryDirectory(prefix="frontdoor-tests-")
