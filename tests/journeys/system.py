"""The whole system as a user runs it: `frontdoor up`, with real Rasa, in a folder of its own."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import yaml

from tests.conftest import free_port
from tests.fakes.installation import ADMIN_PASSWORD, ALL_DAY, CODE

PROJECT = ("config.yml", "domain.yml", "endpoints.yml", "credentials.yml", "models", "bot", "actions", ".cache")
WHO = {"rasa": "bot.launch", "actions": "rasa_sdk", "frontdoor": " serve"}
"""What a program's command line contains."""


class System:
    """A running installation. Programs are found and killed by what stands on their command line."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.port, self.rasa_port, self.actions_port = free_port(), free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.shop = f"http://127.0.0.1:{free_port()}"  # where a page with somebody else's client lives
        self.admin_password = ADMIN_PASSWORD
        shutil.copytree(CODE / "data", root / "data")
        (CODE / ".cache").mkdir(exist_ok=True)
        for name in PROJECT:
            (root / name).symlink_to(CODE / name)
        tiers = yaml.safe_load((CODE / "tiers.yml").read_text())
        tiers["hours"] = {"time_zone": "Asia/Shanghai", "weekly": ALL_DAY}
        tiers["assignment"]["offer_s"] = 300  # a busy machine is slow: offers stay until they are answered
        settings = {
            "port": self.port,
            "public_url": self.url,
            "rasa": {"url": f"http://127.0.0.1:{self.rasa_port}"},
            "actions": {"port": self.actions_port},
        }
        channels = {"socketio": {"allowed_origins": [self.shop]}}
        files = {"frontdoor.yml": settings, "channels.yml": channels, "desks.yml": {}, "tiers.yml": tiers}
        for name, content in files.items():
            (root / name).write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False))
        self._up: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """`frontdoor up`; returns when everything is ready."""
        environment = {**os.environ, "PYTHONPATH": str(CODE), "FRONTDOOR_ADMIN_PASSWORD": ADMIN_PASSWORD}
        with (self.root / "up.log").open("wb") as log:
            self._up = subprocess.Popen(
                [sys.executable, "-m", "frontdoor", "--root", str(self.root), "up"],
                env=environment,
                stdout=log,
                stderr=log,
            )
        self.wait_until_ready(600)  # training included, where nothing was trained yet
        deadline = time.monotonic() + 60
        while "is running" not in self.screen:  # only then is the first admin there
            assert time.monotonic() < deadline, self.screen
            time.sleep(0.1)

    def wait_until_ready(self, within_s: float) -> None:
        """Until `/readyz` says so."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            assert self._up is None or self._up.poll() is None, self.screen
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=5):  # noqa: S310 - our own address
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        raise AssertionError(f"not ready after {within_s} s: {self.screen}")

    def stop(self) -> None:
        """Ctrl-C."""
        if self._up is not None and self._up.poll() is None:
            self._up.send_signal(signal.SIGINT)
            self._up.wait(30)

    def command(self, *arguments: str) -> str:
        """Run `frontdoor …` beside the running system; what it prints."""
        environment = {**os.environ, "PYTHONPATH": str(CODE)}
        done = subprocess.run(
            [sys.executable, "-m", "frontdoor", "--root", str(self.root), *arguments],
            env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout

    def kill(self, program: str) -> None:
        """`kill -9` of one program; `frontdoor up` starts it again."""
        for process in self.processes(program):
            os.kill(process, signal.SIGKILL)

    def processes(self, program: str) -> list[int]:
        """The process ids of a program of this installation."""
        found = []
        for folder in Path("/proc").iterdir():
            try:
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                environment = (folder / "environ").read_bytes()
            except (OSError, UnicodeDecodeError):
                continue
            ours = f"PYTHONPATH={self.root}:".encode() in environment
            if folder.name.isdigit() and ours and WHO[program] in command:
                found.append(int(folder.name))
        return found

    @property
    def screen(self) -> str:
        """What `frontdoor up` has printed, without colours."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", (self.root / "up.log").read_text())

    def log(self, program: str) -> str:
        """The log of a program."""
        return (self.root / "var" / "log" / f"{program}.log").read_text()
