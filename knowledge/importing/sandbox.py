"""Files are read in a process of its own: what a hostile one does to a parser ends there, in bounded time and memory.

It is told one file a line, and answers with one line; both are JSON, so that nothing it says is ever run.
"""

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO

from knowledge.importing.files import Source, read
from knowledge.importing.pieces import Reading

SECONDS = 60.0
"""For one file."""
MEMORY_BYTES = 2 << 30
_ROOT = Path(__file__).resolve().parents[2]


class Sandbox:
    """One process that reads file after file; a new one takes over from one that was stopped."""

    def __init__(self, seconds: float = SECONDS, memory: int = MEMORY_BYTES) -> None:
        self._seconds, self._memory = seconds, memory
        self._process: subprocess.Popen[str] | None = None
        self._answers: queue.Queue[str] = queue.Queue()

    def read(self, source: Source) -> Reading:
        """What is in a file; a note alone when it took too long or brought the process down."""
        process = self._start()
        assert process.stdin is not None  # noqa: S101  it was opened with a pipe
        try:
            process.stdin.write(json.dumps({**asdict(source), "path": str(source.path)}) + "\n")
            process.stdin.flush()
            answer = self._answers.get(timeout=self._seconds)
        except queue.Empty:
            self.close()
            return _note(
                source, f"took longer than {self._seconds:.0f} s to read", "split it, or save it in another format"
            )
        except OSError:
            answer = ""
        if not answer:
            self.close()
            return _note(source, "needs too much memory, or broke its reader", "split it, or save it in another format")
        said = json.loads(answer)
        if "broke" in said:
            return _note(
                source, f"broke its reader ({said['broke']})", "open it and save it again, or in another format"
            )
        return Reading.from_json(said)

    def _start(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._answers = queue.Queue()
            environment = {**os.environ, "PYTHONPATH": str(_ROOT), "PYTHONIOENCODING": "utf-8", "OMP_NUM_THREADS": "1"}
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module
                [sys.executable, "-m", "knowledge.importing.sandbox", str(self._memory)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="utf-8",
                env=environment,
            )
            listener = threading.Thread(target=_listen, args=(self._process.stdout, self._answers), daemon=True)
            listener.start()
        return self._process

    def close(self) -> None:
        """Stop the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
        self._process = None


def _listen(pipe: IO[str] | None, answers: "queue.Queue[str]") -> None:
    with contextlib.suppress(ValueError, OSError):  # it was closed
        for line in pipe or ():
            answers.put(line)
    answers.put("")


@contextlib.contextmanager
def sandbox(seconds: float = SECONDS, memory: int = MEMORY_BYTES) -> Iterator[Sandbox]:
    """A sandbox that is closed afterwards."""
    opened = Sandbox(seconds, memory)
    try:
        yield opened
    finally:
        opened.close()


def serve(questions: IO[str], answers: IO[str]) -> None:
    """The process: reads the files it is told."""
    for line in questions:
        told = json.loads(line)
        try:
            said = asdict(read(Source(**{**told, "path": Path(told["path"])})))
        except (Exception, MemoryError) as error:  # whatever a parser does with a file, the next one is read
            said = {"broke": type(error).__name__}
        answers.write(json.dumps(said) + "\n")
        answers.flush()


def _limit(memory: int) -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _note(source: Source, reason: str, remedy: str) -> Reading:
    reading = Reading()
    reading.skip("", reason, remedy)
    return reading.named(source.name)


if __name__ == "__main__":
    _limit(int(sys.argv[1]))
    told_by, told_to = sys.stdin, sys.stdout
    sys.stdout = sys.stderr  # what a parser prints is no answer
    serve(told_by, told_to)
