"""Processes that are measured: started with a log, waited for, weighed, and stopped with everything they started."""

import os
import platform
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

POLL_S = 0.05
STOP_S = 30.0


class BenchError(Exception):
    """Something that is measured did not start or did not answer; the message says where to look."""


class Measured:
    """A running program and its descendants."""

    def __init__(self, command: Sequence[str], *, cwd: Path, environment: Mapping[str, str], log: Path) -> None:
        self._log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command, cwd=cwd, env={**os.environ, **environment}, stdout=output, stderr=output
            )

    def wait_until_ready(self, url: str, within_s: float) -> float:
        """Until `url` answers 200; the seconds waited. Raises BenchError."""
        started = time.monotonic()
        while time.monotonic() - started < within_s:
            if self._process.poll() is not None:
                raise BenchError(f"it ended with code {self._process.returncode}; see {self._log}")
            try:
                with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - our own address
                    return time.monotonic() - started
            except (urllib.error.URLError, OSError):
                time.sleep(POLL_S)
        raise BenchError(f"not ready after {within_s:.0f} s; see {self._log}")

    def rss_mb(self, program: str = "") -> float | None:
        """Resident memory of it and all descendants in MB, shared pages counted in each; only those whose command line
        contains `program`. None without /proc.
        """
        if not Path("/proc/self/status").exists():
            return None
        return sum(map(_resident_kb, self._processes(program))) / 1024

    def cpu_s(self, program: str = "") -> float:
        """Seconds its processes have computed so far; only those whose command line contains `program`."""
        return sum(map(_computed_s, self._processes(program)))

    def kill(self, program: str) -> bool:
        """`kill -9` of its descendants whose command line contains `program`; whether there was one."""
        victims = [each for each in _descendants(self._process.pid) if program in _command_line(each)]
        for victim in victims:
            _kill(victim)
        return bool(victims)

    def stop(self) -> None:
        """Interrupt it; kill what is still there after half a minute."""
        if self._process.poll() is not None:
            return
        known = list(_descendants(self._process.pid))
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            for process in (self._process.pid, *known):
                _kill(process)
            self._process.wait()

    def _processes(self, program: str) -> list[int]:
        processes = [self._process.pid, *_descendants(self._process.pid)]
        return [process for process in processes if program in _command_line(process)]


def run(command: Sequence[str], *, cwd: Path, environment: Mapping[str, str], log: Path) -> float:
    """Run a program to its end; the seconds it took. Raises BenchError when it fails."""
    started = time.monotonic()
    with log.open("ab") as output:
        ended = subprocess.run(
            command, cwd=cwd, env={**os.environ, **environment}, stdout=output, stderr=output, check=False
        )
    if ended.returncode:
        raise BenchError(f"{' '.join(command[-3:])} ended with code {ended.returncode}; see {log}")
    return time.monotonic() - started


def free_port() -> int:
    """A loopback port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def machine() -> dict[str, object]:
    """What the figures depend on, in neutral words, with how busy the machine was before."""
    pages, page = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gb": round(pages * page / 2**30),
        "system": f"{platform.system()} {platform.machine()}",
        "load_before": round(os.getloadavg()[0], 1),
    }


def _descendants(process: int) -> Iterator[int]:
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            children = [int(child) for child in task.read_text().split()]
        except OSError:
            continue
        for child in children:
            yield child
            yield from _descendants(child)


def _resident_kb(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS:")), 0)


def _command_line(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _computed_s(process: int) -> float:
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    user, system = int(fields[11]), int(fields[12])
    return (user + system) / os.sysconf("SC_CLK_TCK")


def _kill(process: int) -> None:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return
