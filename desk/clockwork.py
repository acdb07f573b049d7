"""What the desk does by itself, every so often. Found by looking at the store, so a restart forgets nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from storage.database import Trouble
from storage.locks import Locks

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Job:
    """`run` is called every `every_s` seconds, by one worker at a time, and may be called again after a crash."""

    name: str
    every_s: float
    run: Callable[[], Awaitable[None]]


class Clockwork:
    """Runs jobs until cancelled. A job that fails is logged and tried again at its next turn."""

    def __init__(self, locks: Locks, jobs: Sequence[Job]) -> None:
        self._locks, self._jobs = locks, jobs

    async def run(self) -> None:
        """All of them, each at its own pace."""
        async with asyncio.TaskGroup() as group:
            for job in self._jobs:
                group.create_task(self._repeat(job))

    async def _repeat(self, job: Job) -> None:
        while True:
            try:
                async with self._locks.hold(f"desk:{job.name}") as held:
                    if held:
                        await job.run()
            except Exception as error:  # one bad look must not end the service: look again
                log.exception("desk.job_failed", job=job.name, error=type(error).__name__)
            await asyncio.sleep(job.every_s)


async def for_each(todo: Mapping[str, Callable[[], Awaitable[object]]], *, job: str) -> set[str]:
    """Do everything, by the names of what it is done to. One with which something is wrong is logged and keeps none of
    the others waiting; their names. Raises when the database is in trouble, which says nothing about any of them.
    """
    failed = set()
    for name, do in todo.items():
        try:
            await do()
        except Trouble:
            raise
        except Exception as error:
            log.exception("desk.job_failed_for_one", job=job, name=name, error=type(error).__name__)
            failed.add(name)
    return failed
