"""`frontdoor up` as an engineer meets it: everything starts, is watched over, and is gone afterwards."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from frontdoor import training
from frontdoor.programs import rasa_python
from tests.conftest import absent, free_port

ROOT = Path(__file__).resolve().parents[2]
CONFIGURATION = ("channels.yml", "desks.yml", "frontdoor.yml", "tiers.yml")
ASSISTANT = ("actions", "bot", "config.yml", "credentials.yml", "data", "domain.yml", "endpoints.yml")
SERVICES = ("Service", "Bot (Rasa)", "Actions")
TRAINING_FAILS = """import sys
print("InvalidDomain: intent 'greet' is used twice")
sys.exit(1)
"""


@dataclass(frozen=True, kw_only=True)
class Installation:
    """A project folder of its own with free ports; the code is the repository's."""

    root: Path
    environment: dict[str, str]

    @property
    def port(self) -> int:
        """Where the service listens."""
        return int(self.environment["FRONTDOOR_PORT"])

    @contextlib.contextmanager
    def up(self) -> Iterator["Up"]:
        """`frontdoor up`, killed at the end if it still runs."""
        log = self.root / "up.out"
        with log.open("ab") as output:
            command = [sys.executable, "-m", "frontdoor", "--root", str(self.root), "up"]
            process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=output, stderr=subprocess.STDOUT)
        running = Up(process=process, log=log, begin=log.stat().st_size)
        try:
            yield running
        finally:
            process.kill()
            process.wait()

    def answer(self, path: str) -> tuple[int, str]:
        """GET from the service."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as response:
            return response.status, response.read().decode()


@dataclass(frozen=True, kw_only=True)
class Up:
    """A running `frontdoor up` and what it said since it was started."""

    process: "subprocess.Popen[bytes]"
    log: Path
    begin: int

    def said(self) -> str:
        """What it printed."""
        return self.log.read_bytes()[self.begin :].decode()

    def wait_for(self, pattern: str, within_s: float) -> str:
        """Wait until it prints something; fails when it ends before or says nothing like it."""
        deadline = time.monotonic() + within_s
        while not re.search(pattern, self.said()):
            assert self.process.poll() is None, f"it ended:\n{self.said()}"
            assert time.monotonic() < deadline, f"it never said {pattern!r}:\n{self.said()}"
            time.sleep(0.05)
        return self.said()

    def children(self) -> dict[str, int]:
        """Process ids of its programs, by the word that tells them apart."""
        listed = subprocess.run(
            ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(self.process.pid)],
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        words = {"serve": r" serve$", "rasa": r"bot\.launch run", "actions": r"rasa_sdk"}
        return {
            name: int(line.split()[0])
            for line in listed.splitlines()
            for name, pattern in words.items()
            if re.search(pattern, line.strip())
        }


def alive(pids: list[int]) -> list[int]:
    """Those that still run."""
    found = []
    for pid in pids:
        with contextlib.suppress(FileNotFoundError):
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
                found.append(pid)
    return found


def wait_until_gone(pids: list[int], within_s: float = 10) -> None:
    """Fails when one of them stays."""
    deadline = time.monotonic() + within_s
    while left := alive(pids):
        assert time.monotonic() < deadline, f"left behind: {left}"
        time.sleep(0.05)


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """Files of the repository, ports and data of its own."""
    for name in (*CONFIGURATION, *ASSISTANT):
        (tmp_path / name).symlink_to(ROOT / name)
    environment = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("FRONTDOOR_") or key == "FRONTDOOR_RASA_ENV"
    }
    environment |= {
        "FRONTDOOR_PORT": str(free_port()),
        "FRONTDOOR_RASA_URL": f"http://127.0.0.1:{free_port()}",
        "FRONTDOOR_ACTIONS_PORT": str(free_port()),
        "COLUMNS": "160",
    }
    return Installation(root=tmp_path, environment=environment)


@pytest.fixture
def trained(installation: Installation) -> Installation:
    """With the repository's model, so that nothing is trained; trained here when that one is not up to date."""
    if not rasa_python().exists():
        absent("Rasa's environment")
    if not training.needed(ROOT):
        shutil.copytree(ROOT / "models", installation.root / "models")
    if (ROOT / ".cache").exists():
        (installation.root / ".cache").symlink_to(ROOT / ".cache")  # vectors by hash of text: the same everywhere
    return installation


@pytest.mark.rasa
def test_a_day_of_an_installation(trained: Installation) -> None:
    with trained.up() as up:
        said = up.wait_for("Front Door is running", 600)
        assert all(f"{name} is ready" in said for name in SERVICES)
        assert trained.answer("/healthz")[0] == 200
        assert json.loads(trained.answer("/readyz")[1])["ok"] is True
        assert trained.answer("/")[0] == 200
        assert trained.answer("/desk/")[0] == 200

        # The first password goes to a file that only this user reads, as the output is no terminal.
        file = trained.root / "var" / "first-password.txt"
        password = file.read_text().strip()
        assert file.stat().st_mode & 0o077 == 0
        assert (trained.root / "var" / "frontdoor.db").stat().st_mode & 0o077 == 0
        written = said + "".join(path.read_text() for path in (trained.root / "var/log").glob("*.log"))
        keys = json.loads((trained.root / "var/secrets.json").read_text()).values()
        assert not [secret for secret in (password, *keys) if secret in written]

        # No secret is visible to other users of the machine; Rasa and the actions listen on loopback only.
        children = up.children()
        assert set(children) == {"serve", "rasa", "actions"}
        command_lines = "".join(Path(f"/proc/{pid}/cmdline").read_text() for pid in children.values())
        assert not [key for key in keys if key in command_lines]
        for port in (
            trained.environment["FRONTDOOR_RASA_URL"].rpartition(":")[2],
            trained.environment["FRONTDOOR_ACTIONS_PORT"],
        ):
            with pytest.raises(OSError, match="refused"):
                socket.create_connection(("127.0.0.2", int(port)), timeout=2).close()  # all of 127/8 is ours

        # A second one on the same data is refused in words.
        with trained.up() as second:
            assert second.process.wait(30) == 1
            assert f"runs here already (process {up.process.pid})" in second.said()

        # What dies is back.
        os.kill(children["actions"], signal.SIGKILL)
        up.wait_for(r"Actions was killed \(SIGKILL\); starting it again", 20)
        up.wait_for(r"(?s)Actions is ready.*Actions is ready", 60)

        stopping = time.monotonic()
        up.process.send_signal(signal.SIGTERM)
        assert up.process.wait(30) == 0
        assert time.monotonic() - stopping < 15
        assert up.said().rstrip().endswith("Stopped.")
        wait_until_gone(list(children.values()), 0.5)

    # Killing `up` itself leaves nothing behind, and the next start finds its ports free.
    with trained.up() as up:
        up.wait_for("Front Door is running", 240)
        children = up.children()
        up.process.kill()
        wait_until_gone(list(children.values()))
    with trained.up() as up:
        said = up.wait_for("Front Door is running", 240)
        assert "Training" not in said
        assert "Log in" not in said
        up.process.send_signal(signal.SIGINT)
        assert up.process.wait(30) == 0


def test_taken_ports_are_named_with_their_holder(installation: Installation) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", installation.port))
        listener.listen()
        with installation.up() as up:
            assert up.process.wait(60) == 1
            said = up.said()
    assert f"port {installation.port} on 127.0.0.1, for the service" in said
    assert f"process {os.getpid()}" in said
    assert "FRONTDOOR_PORT" in said


def test_problems_of_the_configuration_are_listed_before_anything_starts(installation: Installation) -> None:
    for name, text in {
        "frontdoor.yml": "port: abc\nbrandd: {}\n",
        "channels.yml": "web: {identity_secret: change-me}\n",
    }.items():
        (installation.root / name).unlink()
        (installation.root / name).write_text(text)
    with installation.up() as up:
        assert up.process.wait(60) == 1
        said = up.said()
    assert all(words in said for words in ("2 problems", "Did you mean brand?", "channels.yml:1 web.identity_secret"))
    assert "Traceback" not in said


def test_a_training_that_fails_is_told_with_its_last_words(installation: Installation) -> None:
    python = installation.root / "rasa-env" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!{sys.executable}\n{TRAINING_FAILS}")
    python.chmod(0o755)
    installation.environment["FRONTDOOR_RASA_ENV"] = str(installation.root / "rasa-env")
    with installation.up() as up:
        assert up.process.wait(60) == 1
        said = up.said()
    assert "Training ended with code 1" in said
    assert "intent 'greet' is used twice" in said
    assert "domain.yml contradicts itself" in said
    assert "train.log" in said
