"""The system that is measured: `frontdoor up` in a folder of its own, with everything on disk, as a user runs it."""

import asyncio
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import aiohttp
import yaml

from bench.processes import Measured, free_port, run
from bench.visitor import Visitor
from frontdoor.first_admin import create_first_admin
from frontdoor.programs import CODE
from frontdoor.settings import load

PROJECT = ("config.yml", "domain.yml", "endpoints.yml", "credentials.yml", "data", "models", "bot", "actions")
PROGRAMS = {"service": " serve", "rasa": "bot.launch run", "actions": "rasa_sdk"}
DATABASES = ("frontdoor", "trackers")
VECTORS = Path(".cache") / "vectors.db"
ADMIN_PASSWORD = "measured-with-patience"  # noqa: S105 - of a desk that lives for minutes, on loopback
READY_WITHIN_S = 900.0  # training included, where what the bot learns from is being edited
ALL_DAY = {day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
UNLIMITED = dict.fromkeys(
    ("frames_per_10s", "sessions_per_ip_per_min", "requests_per_ip_per_min", "connections_per_ip"), 1_000_000
)


class FrontDoor:
    """An installation copied from this project. `fresh` leaves out the model and all vectors, as after a clone."""

    name = "ours"

    def __init__(self, *, fresh: bool = False, environment: Mapping[str, str] | None = None) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="frontdoor-bench-"))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = {
            "PYTHONPATH": str(CODE),
            "FRONTDOOR_ADMIN_PASSWORD": ADMIN_PASSWORD,
            **(environment or {}),
        }
        self._process: Measured | None = None
        self._copy(fresh)
        self._configure()

    def __enter__(self) -> "FrontDoor":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if kind is None:
            shutil.rmtree(self.root, ignore_errors=True)

    def train(self, *, force: bool = False) -> float:
        """`frontdoor train`; the seconds it took. Raises BenchError."""
        return run(
            self._command("train", *(["--force"] if force else [])),
            cwd=self.root,
            environment=self._environment,
            log=self.root / "train.log",
        )

    def add_admin(self) -> None:
        """Somebody who can sign in at the desk from the first moment: `admin`, with `ADMIN_PASSWORD`."""
        asyncio.run(create_first_admin(load(self.root, self._environment), self._environment))

    def start(self) -> float:
        """`frontdoor up`; the seconds until everything is ready. Raises BenchError."""
        log = self.root / "up.log"
        self._process = Measured(self._command("up"), cwd=self.root, environment=self._environment, log=log)
        return self._process.wait_until_ready(f"{self.url}/readyz", READY_WITHIN_S)

    def rss_mb(self) -> float | None:
        """Memory of all its processes together in MB: supervisor, service, Rasa and actions."""
        return self._process.rss_mb() if self._process is not None else None

    def rss_by_program_mb(self) -> dict[str, float]:
        """Memory of each program in MB; empty without /proc."""
        if self._process is None:
            return {}
        found = {name: self._process.rss_mb(words) for name, words in PROGRAMS.items()}
        return {name: memory for name, memory in found.items() if memory is not None}

    def stored(self) -> dict[str, int]:
        """Bytes of what it keeps on disk: each database with its write-ahead log, and the attachments."""
        data = self.root / "var"
        databases = {name: sorted(data.glob(f"{name}.db*")) for name in DATABASES}
        databases["attachments"] = [each for each in data.glob("attachments/**/*") if each.is_file()]
        return {name: sum(file.stat().st_size for file in files) for name, files in databases.items()}

    @property
    def environment(self) -> Mapping[str, str]:
        """What it is started with."""
        return self._environment

    @property
    def database(self) -> Path:
        """The service's SQLite file."""
        return self.root / "var" / "frontdoor.db"

    def keep(self) -> Path:
        """A copy of its data, which stays when the system is removed; where it is."""
        kept = Path(tempfile.mkdtemp(prefix="frontdoor-kept-"))
        return Path(shutil.copytree(self.root / "var", kept / "var"))

    def kill(self, program: str) -> bool:
        """`kill -9` of a program of `PROGRAMS`, which is started again; False when it is not there just now."""
        return self._process is not None and self._process.kill(PROGRAMS[program])

    def cpu_s(self) -> dict[str, float]:
        """Seconds each program has computed so far."""
        return {name: self._process.cpu_s(words) for name, words in PROGRAMS.items()} if self._process else {}

    def stop(self) -> None:
        """Ctrl-C."""
        if self._process is not None:
            self._process.stop()

    async def talk(self, http: aiohttp.ClientSession, language: str) -> Visitor:
        """A new visitor with an open socket."""
        return await Visitor.arrive(http, self.url, language)

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "frontdoor", "--root", str(self.root), *words]

    def _copy(self, fresh: bool) -> None:
        for name in PROJECT:
            if fresh and name == "models":
                continue
            source = CODE / name
            if source.is_dir():
                shutil.copytree(source, self.root / name, ignore=shutil.ignore_patterns("__pycache__", "training"))
            elif source.exists():
                shutil.copy2(source, self.root / name)
        if not fresh and (CODE / VECTORS).exists():
            (self.root / VECTORS).parent.mkdir()
            source_db, target_db = sqlite3.connect(CODE / VECTORS), sqlite3.connect(self.root / VECTORS)
            with target_db:
                source_db.backup(target_db)
            source_db.close()
            target_db.close()

    def _configure(self) -> None:
        tiers = yaml.safe_load((CODE / "tiers.yml").read_text(encoding="utf-8"))
        tiers["hours"] = {"time_zone": "Asia/Shanghai", "weekly": ALL_DAY}
        for tier in tiers["tiers"].values():
            tier.pop("hours", None)
        settings: dict[str, Any] = {
            "port": self.port,
            "rasa": {"url": f"http://127.0.0.1:{free_port()}"},
            "actions": {"port": free_port()},
            "limits": UNLIMITED,  # one address plays all customers here
        }
        for name, content in (
            ("frontdoor.yml", settings),
            ("channels.yml", {}),
            ("desks.yml", {}),
            ("tiers.yml", tiers),
        ):
            text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
            (self.root / name).write_text(text, encoding="utf-8")
