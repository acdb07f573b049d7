"""Keeps programs running: starts them together, starts again what dies or hangs, stops them in order."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass

from frontdoor.process.program import Process, Program

POLL_S = 0.1  # until a program is healthy
LOOK_S = 5.0  # afterwards
HUNG_LOOKS = 6  # unhealthy this often in a row: it hangs
STEADY_S = 60.0  # ran this long: the next failure counts as the first
FIRST_DELAY_S, LONGEST_DELAY_S = 0.5, 30.0


class StartError(Exception):
    """A program never became healthy; `tail` has the last lines it said."""

    def __init__(self, program: Program, why: str, tail: list[str]) -> None:
        super().__init__(f"{program.title} {why}")
        self.program, self.why, self.tail = program, why, tail


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something worth telling: `ready` (after `seconds`), `trouble` (`why`; tried again in `seconds`), `stopped`."""

    kind: str
    program: Program
    seconds: float = 0
    why: str = ""


class Supervisor:
    """Runs `programs`. They are started together and stopped in the order given."""

    def __init__(self, programs: list[Program], tell: Callable[[Event], None]) -> None:
        self._programs, self._tell = programs, tell
        self._running: dict[str, Process] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Start all and return when all are healthy. Raises `StartError` for the first that fails; call `stop` then."""
        ready = {program.name: asyncio.get_running_loop().create_future() for program in self._programs}
        self._tasks = [
            asyncio.create_task(self._keep(program, ready[program.name]), name=f"keep {program.name}")
            for program in self._programs
        ]
        try:
            await asyncio.gather(*ready.values())
        finally:
            for future in ready.values():
                future.cancel()

    async def stop(self) -> None:
        """Stop all, in order; whatever is still starting, too."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for program in self._programs:
            if process := self._running.pop(program.name, None):
                await process.stop()
                self._tell(Event(kind="stopped", program=program))

    async def kill(self) -> None:
        """End all at once."""
        for process in list(self._running.values()):
            await process.kill()

    async def _keep(self, program: Program, ready: "asyncio.Future[None]") -> None:
        failures = 0
        while True:
            started = time.monotonic()
            why, tail = await self._live(program, ready)
            if not ready.done():
                ready.set_exception(StartError(program, why, tail))
                return
            failures = 1 if time.monotonic() - started > STEADY_S else failures + 1
            delay = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2 ** (failures - 1))
            self._tell(Event(kind="trouble", program=program, seconds=delay, why=why))
            await asyncio.sleep(delay)

    async def _live(self, program: Program, ready: "asyncio.Future[None]") -> tuple[str, list[str]]:
        """One life of a program: why it ended, and the last lines it said."""
        started = time.monotonic()
        try:
            process = self._running[program.name] = await program.start()
        except OSError as error:  # no place for its log, or no process to be had
            return f"cannot be started: {error}", []
        why = await self._until_healthy(process)
        if not why:
            self._tell(Event(kind="ready", program=program, seconds=time.monotonic() - started))
            if not ready.done():
                ready.set_result(None)
            why = await self._until_trouble(process)
        await process.kill()
        return why, process.tail()

    async def _until_healthy(self, process: Process) -> str:
        """Empty when it is healthy, else why it never became so."""
        deadline = time.monotonic() + process.program.patience_s
        while time.monotonic() < deadline:
            if await process.ended(POLL_S):
                return process.how_it_ended()
            if await _healthy(process.program):
                return ""
        return f"did not become ready within {process.program.patience_s:.0f} s"

    async def _until_trouble(self, process: Process) -> str:
        unhealthy = 0
        while unhealthy < HUNG_LOOKS:
            if await process.ended(LOOK_S):
                return process.how_it_ended()
            unhealthy = 0 if await _healthy(process.program) else unhealthy + 1
        return f"has not answered for {HUNG_LOOKS * LOOK_S:.0f} s"


async def _healthy(program: Program) -> bool:
    with contextlib.suppress(OSError, TimeoutError):
        return await program.healthy()
    return False
