"""Programs are started, watched, started again, stopped in order, and never left behind. All children are real."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from frontdoor.process import supervisor as supervision
from frontdoor.process.logfile import LogFile
from frontdoor.process.ports import holder, why_not
from frontdoor.process.program import Program
from frontdoor.process.supervisor import Event, StartError, Supervisor
from tests.conftest import free_port

ROOT = Path(__file__).resolve().parents[3]
SLEEP = "import time; print('here', flush=True); time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('here', flush=True); time.sleep(600)"
)
FAMILY = (
    "import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
    "print(child.pid, flush=True); child.wait()"
)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "LOOK_S", 0.05)
    monkeypatch.setattr(supervision, "FIRST_DELAY_S", 0.05)


def python(tmp_path: Path, name: str, code: str, **fields: object) -> Program:
    """A program that runs a few lines of Python."""
    command = (sys.executable, "-c", code)
    given = {"title": name.title(), "cwd": tmp_path, "log": tmp_path / f"{name}.log", "grace_s": 0.5, **fields}
    return Program(name=name, command=command, **given)  # type: ignore[arg-type]


async def never() -> bool:
    """The health of a program that never does its work, however long it takes to begin and end."""
    return False


def alive(pid: int) -> bool:
    """Whether a process runs (one that waits for its parent to look does not)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def gone(pid: int, within_s: float = 5) -> bool:
    """Whether a process ends within some seconds."""
    deadline = time.monotonic() + within_s
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not alive(pid)


async def said(path: Path, words: str = "here") -> str:
    """What a program wrote to its log, once it holds `words`."""
    await until(lambda: path.exists() and words in path.read_text())
    return path.read_text()  # noqa: ASYNC240  a small local file


async def until(true: Callable[[], bool], within_s: float = 20) -> None:
    """Wait until something is true."""
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline, "it never became true"
        await asyncio.sleep(0.02)


async def test_what_a_program_says_and_how_it_ends_is_known(tmp_path: Path) -> None:
    process = await python(
        tmp_path, "brief", "import sys; print('你好'); print('oh', file=sys.stderr); sys.exit(3)"
    ).start()
    assert await process.ended(10)
    assert process.tail() == ["你好", "oh"] or process.tail() == ["oh", "你好"]
    assert process.how_it_ended() == "ended with code 3"
    assert "你好" in (tmp_path / "brief.log").read_text()


async def test_a_command_that_is_not_there_is_told(tmp_path: Path) -> None:
    program = Program(name="none", title="None", command=("/nowhere/rasa",), cwd=tmp_path, log=tmp_path / "none.log")
    process = await program.start()
    assert await process.ended(10)
    assert "No such file or directory" in process.tail()[-1]


async def test_stopping_insists_and_takes_the_whole_family(tmp_path: Path) -> None:
    stubborn = await python(tmp_path, "stubborn", STUBBORN).start()
    family = await python(tmp_path, "family", FAMILY).start()
    await said(tmp_path / "stubborn.log")
    grandchild = int(await said(tmp_path / "family.log", "\n"))
    await asyncio.gather(stubborn.stop(), family.stop())
    assert stubborn.how_it_ended() == "was killed (SIGKILL)"
    assert gone(grandchild)


async def test_a_descendant_that_keeps_the_output_open_does_not_keep_us_waiting(tmp_path: Path) -> None:
    spawn = f"subprocess.Popen([sys.executable, '-c', {SLEEP!r}], start_new_session=True)"
    code = f"import subprocess, sys; print({spawn}.pid)"
    started = time.monotonic()
    process = await python(tmp_path, "daemon", code).start()
    assert await process.ended(10)
    assert time.monotonic() - started < 8
    os.kill(int((await said(tmp_path / "daemon.log", "\n")).split()[0]), signal.SIGKILL)


PARENT = """
import asyncio, sys
from pathlib import Path
from frontdoor.process.program import Program

async def main():
    folder, command = Path(sys.argv[1]), (sys.executable, "-c", sys.argv[2])
    for name in ("one", "two"):
        program = Program(name=name, title=name, command=command, cwd=folder, log=folder / f"{name}.log")
        print((await program.start()).pid, end=" ")
    print(flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.fixture
def parent(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process that has started two stubborn children."""
    command = [sys.executable, "-c", PARENT, str(tmp_path), STUBBORN]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        yield process
        process.kill()


async def test_no_child_outlives_a_parent_that_is_killed(parent: "subprocess.Popen[str]", tmp_path: Path) -> None:
    assert parent.stdout is not None
    children = [int(pid) for pid in parent.stdout.readline().split()]
    await said(tmp_path / "one.log")
    await said(tmp_path / "two.log")
    assert all(alive(pid) for pid in children)
    parent.send_signal(signal.SIGKILL)
    assert all(gone(pid) for pid in children)


async def test_what_dies_is_started_again_with_longer_and_longer_waits(tmp_path: Path) -> None:
    events: list[Event] = []
    code = "import sys, time; print('here', flush=True); time.sleep(0.3); sys.exit(7)"
    supervisor = Supervisor([python(tmp_path, "frail", code)], events.append)
    await supervisor.start()
    await until(lambda: [event.kind for event in events].count("ready") >= 3)
    await supervisor.stop()
    troubles = [event for event in events if event.kind == "trouble"]
    assert troubles[0].why == "ended with code 7"
    assert [event.seconds for event in troubles[:2]] == [0.05, 0.1]
    assert events[-1].kind == "stopped"


async def test_what_hangs_is_started_again(tmp_path: Path) -> None:
    events: list[Event] = []
    healthy = True

    async def ask() -> bool:
        return healthy

    supervisor = Supervisor([python(tmp_path, "stuck", STUBBORN, healthy=ask)], events.append)
    await supervisor.start()
    healthy = False
    await until(lambda: any(event.kind == "trouble" for event in events))
    assert "has not answered" in events[-1].why
    await supervisor.stop()


async def test_programs_start_together_and_stop_in_order(tmp_path: Path) -> None:
    events: list[Event] = []
    programs = [python(tmp_path, name, SLEEP) for name in ("service", "rasa", "actions")]
    supervisor = Supervisor(programs, events.append)
    await supervisor.start()
    assert {event.program.name for event in events if event.kind == "ready"} == {"service", "rasa", "actions"}
    await supervisor.stop()
    assert [event.program.name for event in events if event.kind == "stopped"] == ["service", "rasa", "actions"]


async def test_a_program_that_never_starts_is_told_with_its_last_words(tmp_path: Path) -> None:
    broken = python(tmp_path, "broken", "raise SystemExit('the model is from another version')", healthy=never)
    supervisor = Supervisor([python(tmp_path, "fine", SLEEP), broken], lambda event: None)
    with pytest.raises(StartError) as caught:
        await supervisor.start()
    assert str(caught.value) == "Broken ended with code 1"
    assert caught.value.tail == ["the model is from another version"]
    await supervisor.stop()


async def test_patience_ends(tmp_path: Path) -> None:
    supervisor = Supervisor([python(tmp_path, "slow", SLEEP, healthy=never, patience_s=0.3)], lambda event: None)
    with pytest.raises(StartError, match="did not become ready"):
        await supervisor.start()
    await supervisor.stop()


async def test_a_log_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    program = python(tmp_path, "mute", SLEEP, log=tmp_path / "file" / "mute.log")
    supervisor = Supervisor([program], lambda event: None)
    with pytest.raises(StartError, match="cannot be started"):
        await supervisor.start()
    await supervisor.stop()


def test_a_log_stays_below_its_size_and_keeps_older_ones(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "a.log", max_bytes=100)
    for number in range(30):
        log.write(f"line {number:02d} {'x' * 20}\n".encode())
    log.close()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["a.log", "a.log.1", "a.log.2", "a.log.3"]
    assert all(path.stat().st_size <= 100 for path in tmp_path.iterdir())
    assert log.tail(1) == [f"line 29 {'x' * 20}"]


def test_a_taken_port_names_who_has_it() -> None:
    port = free_port()
    assert why_not("127.0.0.1", port) == ""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", port))
        listener.listen()
        assert holder(port).pid == os.getpid()
        assert f"process {os.getpid()}" in why_not("127.0.0.1", port)
    assert "no address" in why_not("no.such.host.invalid", port)
