"""Measured processes: waited for, weighed, stopped with all they started."""

import sys
import time
from pathlib import Path

import pytest

from bench.processes import BenchError, Measured, free_port, run

PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "hold = bytearray(60_000_000); import time; time.sleep(60)"])
time.sleep(60)
"""
SERVER = "import http.server, sys; http.server.test(http.server.SimpleHTTPRequestHandler, port=int(sys.argv[1]))"


def measured(tmp_path: Path, program: str, *words: str) -> Measured:
    command = [sys.executable, "-c", program, *words]
    return Measured(command, cwd=tmp_path, environment={"EMPTY": ""}, log=tmp_path / "log")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_memory_and_time_count_the_children_too(tmp_path: Path) -> None:
    process = measured(tmp_path, PARENT)
    try:
        deadline = time.monotonic() + 20
        while (process.rss_mb() or 0) < 70 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert (process.rss_mb() or 0) > 70
        assert process.cpu_s() >= process.cpu_s("bytearray") > 0
        assert process.cpu_s("no such program") == 0
    finally:
        process.stop()
    assert process.rss_mb() == 0


def test_a_program_is_ready_when_its_address_answers(tmp_path: Path) -> None:
    port = free_port()
    process = measured(tmp_path, SERVER, str(port))
    try:
        assert process.wait_until_ready(f"http://127.0.0.1:{port}/", 20) < 20
    finally:
        process.stop()


def test_a_program_that_ends_is_not_waited_for(tmp_path: Path) -> None:
    process = measured(tmp_path, "raise SystemExit(3)")
    with pytest.raises(BenchError, match=r"ended with code 3; see .*log"):
        process.wait_until_ready("http://127.0.0.1:9/", 20)


def test_a_run_that_fails_says_where_to_look(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match=r"ended with code 1; see .*log"):
        run([sys.executable, "-c", "1/0"], cwd=tmp_path, environment={}, log=tmp_path / "log")
    assert "ZeroDivisionError" in (tmp_path / "log").read_text()
