"""What the starters of real helpdesks have in common: a folder, a free port, a server with all its workers."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from tests.conftest import absent, free_port

STARTS_WITHIN_S = 90


class Server:
    """Starts with the block (`with` in fixtures of a module, `async with` elsewhere) and ends with it. Skips (fails in
    CI) where it is not installed.
    """

    title: str
    installed: bool

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.root = Path()  # once it runs: its folder
        self._process: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        """Make the instance in `root`."""
        raise NotImplementedError

    def command(self) -> Sequence[str | Path]:
        """What runs the server."""
        raise NotImplementedError

    def environment(self) -> Mapping[str, str]:
        """What it needs besides our own environment."""
        return {}

    def __enter__(self) -> Self:
        if not self.installed:
            absent(self.title)
        self.root = Path(tempfile.mkdtemp(prefix="frontdoor-server-"))
        try:
            self.prepare()
            self.run()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self.end()
        shutil.rmtree(self.root, ignore_errors=True)

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.__enter__)

    async def __aexit__(self, *error: object) -> None:
        await asyncio.to_thread(self.__exit__)

    def output_of(self, command: Sequence[str | Path]) -> str:
        """Run something inside this instance; what it prints."""
        environment = {**os.environ, **self.environment()}
        done = subprocess.run(
            [*map(str, command)], env=environment, cwd=self.root, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def run(self) -> None:
        """Start the server (again) over the same tickets."""
        with (self.root / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*map(str, self.command())], env={**os.environ, **self.environment()}, cwd=self.root, stdout=log,
                stderr=log, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + STARTS_WITHIN_S
        while time.monotonic() < deadline and self._process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.02)
        raise AssertionError(f"{self.title} does not start: {self.log[-2000:]}")

    def end(self) -> None:
        """End the server and all its workers; the tickets stay."""
        if self._process is None:
            return
        group, self._process = self._process, None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            group.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group.pid, signal.SIGKILL)
        group.wait(10)

    @property
    def log(self) -> str:
        """What the server has written."""
        return (self.root / "server.log").read_text(errors="replace")
