"""`frontdoor up`: check, train if needed, start everything, watch over it, stop it in order."""

import asyncio
import fcntl
import os
import signal
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console

from frontdoor import preflight, programs, training
from frontdoor.check import check
from frontdoor.first_admin import create_first_admin
from frontdoor.problems import ConfigurationError, Problem
from frontdoor.process.program import Program
from frontdoor.process.supervisor import StartError, Supervisor
from frontdoor.screen import Screen
from frontdoor.settings import Settings

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SAME_SIGNAL_S = 1.0  # a group that is told as a whole hears it more than once: from the system, and from make


def up(settings: Settings, console: Console) -> int:
    """Run the installation until told to stop; returns the exit code. Raises `ConfigurationError` before starting."""
    screen = Screen(console)
    with _only_one(settings.data_dir):
        problems = [*check(settings), *preflight.look(settings)]
        if problems:
            raise ConfigurationError(problems)
        return asyncio.run(_run(settings, screen))


async def _run(settings: Settings, screen: Screen) -> int:
    stop = _listen_for_stop()
    if settings.rasa.managed and not await _train(settings, screen, stop):
        return 130 if stop.is_set() else 1
    supervisor = Supervisor(_programs(settings), screen.event)
    try:
        with screen.waiting("Starting"):
            started = await _unless(stop, supervisor.start())
        if started:
            screen.summary(settings, await create_first_admin(settings))
            await stop.wait()
        return 0
    except StartError as error:
        screen.failure(str(error), error.tail, _start_remedy(error), error.program.log)
        return 1
    finally:
        with screen.waiting("Stopping"):
            await supervisor.stop()
        screen.line("Stopped.")


def _programs(settings: Settings) -> list[Program]:
    """In the order they are stopped: the service first, so that nobody asks a bot that is gone."""
    service = programs.service(settings)
    return [service, programs.rasa(settings), programs.actions(settings)] if settings.rasa.managed else [service]


async def _train(settings: Settings, screen: Screen, stop: asyncio.Event) -> bool:
    """Train if that is needed; False when there is no model to start with."""
    reason = training.needed(settings.root)
    if not reason:
        return True
    try:
        with screen.waiting(f"Training the bot: {reason}") as progress:
            trained = await _unless(stop, training.train(settings, progress.stage))
    except training.TrainingError as error:
        screen.failure(str(error), error.tail, error.remedy, error.log)
        return False
    return trained


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, Any]) -> bool:
    """Do `work` unless told to stop meanwhile; whether it was done. Re-raises what it raises."""
    doing = asyncio.ensure_future(work)
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({doing, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if not doing.done():
        doing.cancel()
        await asyncio.wait({doing})
        return False
    await doing
    return True


def _listen_for_stop() -> asyncio.Event:
    """An event set by the first signal. A later one ends us at once; the kernel then ends our children."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    told_at = 0.0

    def told() -> None:
        nonlocal told_at
        if stop.is_set() and loop.time() - told_at > SAME_SIGNAL_S:
            os._exit(130)
        if not stop.is_set():
            told_at = loop.time()
        stop.set()

    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, told)
    return stop


def _start_remedy(error: StartError) -> str:
    if "address already in use" in "\n".join(error.tail).lower():
        return "Another program took the port meanwhile; start again."
    if "was killed" in error.why:
        return "The system ended it, most likely for lack of memory: all together need about 1 GB."
    return "The lines above are the last it said; the whole is in the log."


@contextmanager
def _only_one(data_dir: Path) -> Iterator[None]:
    """Hold the lock of this data folder. Raises `ConfigurationError` when another `frontdoor up` has it."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        lock = (data_dir / "up.lock").open("a+", encoding="utf-8")
    except OSError as error:
        remedy = "Let this user write there, or set data_dir in frontdoor.yml."
        problem = Problem(where=str(data_dir), what=f"cannot be written: {error.strerror}", remedy=remedy)
        raise ConfigurationError([problem]) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            what = f"`frontdoor up` runs here already (process {lock.read().strip() or 'unknown'})"
            remedy = "Stop that one first, or give this one another data_dir (FRONTDOOR_DATA_DIR) and other ports."
            raise ConfigurationError([Problem(where=str(data_dir), what=what, remedy=remedy)]) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
