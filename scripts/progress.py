"""Shows the steps of a long job: a moving line on a terminal, one line a step elsewhere; commands write to a log.

Runs on Python 3.8 and newer with nothing installed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class StepError(Exception):
    """A step did not work; `remedy` says what to do, `tail` has the last lines of its output."""

    def __init__(self, what: str, remedy: str, tail: list[str] | None = None) -> None:
        super().__init__(what)
        self.remedy = remedy
        self.tail = tail or []


class Step:
    """One step as a context: prints a line that moves while it lasts, and how it ended."""

    def __init__(self, title: str) -> None:
        self.title = title
        self._started = time.monotonic()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._spin, daemon=True)

    def __enter__(self) -> Step:
        self._started = time.monotonic()
        if sys.stdout.isatty():
            self._thread.start()
        else:
            sys.stdout.write(f"  … {self.title}\n")
            sys.stdout.flush()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._done.set()
        if self._thread.is_alive():
            self._thread.join()
        mark = "✓" if kind is None else "✗"
        clear = "\r\033[K" if sys.stdout.isatty() else ""
        sys.stdout.write(f"{clear}  {mark} {self.title}{self._elapsed()}\n")
        sys.stdout.flush()

    def _elapsed(self) -> str:
        seconds = int(time.monotonic() - self._started)
        return f"  {seconds // 60}:{seconds % 60:02d}" if seconds else ""

    def _spin(self) -> None:
        position = 0
        while not self._done.wait(0.1):
            position += 1
            sys.stdout.write(f"\r\033[K  {FRAMES[position % len(FRAMES)]} {self.title}{self._elapsed()}")
            sys.stdout.flush()


def run(command: list[str], log: Path, remedy: str, environment: dict[str, str] | None = None) -> None:
    """Run a command with its output in `log`. Raises `StepError` with the last lines of what it said."""
    log.parent.parent.mkdir(mode=0o700, exist_ok=True)
    log.parent.mkdir(exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        file.write(f"$ {' '.join(command)}\n")
        file.flush()
        start = file.tell()
        try:
            ended = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                check=False,
            )
        except OSError as error:
            raise StepError(f"{command[0]} cannot be started: {error.strerror}", remedy) from error
    if ended.returncode:
        with log.open(encoding="utf-8", errors="replace") as file:
            file.seek(start)
            tail = [line.rstrip() for line in file if line.strip()][-15:]
        raise StepError(f"{Path(command[0]).name} ended with code {ended.returncode}", remedy, tail)
