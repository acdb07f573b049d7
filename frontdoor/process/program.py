"""One child process: how it is started, what it says, how it ends."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from frontdoor.process.logfile import LogFile

LAST_WORDS_S = 0.5  # after its end, for what is still in the pipe
TETHER = Path(__file__).with_name("tether.py")


async def _no_question() -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class Program:
    """What to run. `healthy` tells whether it does its work now; `title` is how people call it."""

    name: str
    title: str
    command: tuple[str, ...]
    cwd: Path
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    healthy: Callable[[], Awaitable[bool]] = _no_question
    patience_s: float = 120  # how long it may take to become healthy
    grace_s: float = 8  # how long it may take to stop when asked

    async def start(self) -> "Process":
        """Start it in a process group of its own, tethered to this process. Raises OSError when that fails."""
        log = LogFile(self.log)
        # A pipe of our own: asyncio's would not let us look away while a descendant holds the other end.
        reading, writing = os.pipe()
        try:
            child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", str(TETHER), str(os.getpid())),
                *self.command,
                cwd=self.cwd,
                env={**os.environ, **self.environment},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=writing,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches us alone; we stop the children in order
            )
        except OSError:
            os.close(reading)
            log.close()
            raise
        finally:
            os.close(writing)
        return Process(self, child, reading, log)


class Process:
    """A running program."""

    def __init__(self, program: Program, child: asyncio.subprocess.Process, output: int, log: LogFile) -> None:
        self.program, self._child, self._log = program, child, log
        self._ended = asyncio.create_task(self._follow(output), name=f"follow {program.name}")

    @property
    def pid(self) -> int:
        """Its process id, which is its process group's too."""
        return self._child.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended: None while it runs, negative for a signal."""
        return self._child.returncode

    def tail(self) -> list[str]:
        """The last lines it said."""
        return self._log.tail()

    async def ended(self, within_s: float | None = None) -> bool:
        """Wait until it ended, at most `within_s` seconds; whether it did."""
        done, _ = await asyncio.wait({self._ended}, timeout=within_s)
        return bool(done)

    async def stop(self) -> None:
        """Ask it to stop, insist after its grace, and leave nothing of its process group."""
        self._signal(signal.SIGTERM)
        if not await self.ended(self.program.grace_s):
            self._signal(signal.SIGKILL)
        await self.kill()

    async def kill(self) -> None:
        """End its whole process group at once."""
        self._signal(signal.SIGKILL)
        await self.ended()

    def how_it_ended(self) -> str:
        """A few words such as "ended with code 1" or "was killed (SIGKILL)"."""
        code = self._child.returncode
        if code is None:
            return "is running"
        return f"ended with code {code}" if code >= 0 else f"was killed ({signal.Signals(-code).name})"

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, number)

    async def _follow(self, output: int) -> None:
        """Write what it says to the log until it ended and nothing more comes."""
        reader = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(output, "rb")
        )
        copying = asyncio.create_task(self._copy(reader))
        try:
            await self._child.wait()
            await asyncio.wait({copying}, timeout=LAST_WORDS_S)
        finally:
            copying.cancel()
            transport.close()
            self._log.close()

    async def _copy(self, reader: asyncio.StreamReader) -> None:
        while chunk := await reader.read(65_536):
            with contextlib.suppress(OSError):  # a full disk loses lines of the log, but must not stop the program
                self._log.write(chunk)
