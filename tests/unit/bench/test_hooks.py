"""Timing from outside, and what is read from it."""

import os
import subprocess
import sys
from pathlib import Path

from bench import hooks
from bench.stages import Span, read_spans, stages

PROGRAM = """
import asyncio
from storage.database import Database
from sqlalchemy import text

async def main():
    database = Database("sqlite:///" + __import__("sys").argv[1])
    await database.write(lambda tx: tx.execute(text("SELECT 1")).scalar())
    await database.close()

asyncio.run(main())
"""


def test_a_process_leaves_a_span_for_each_call_without_being_changed(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(Path(hooks.__file__).read_text(encoding="utf-8"))
    code = Path(hooks.__file__).resolve().parents[1]
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}:{code}", hooks.FOLDER: str(tmp_path)}
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "some.db")]
    subprocess.run(command, env=environment, check=True, timeout=60)
    spans = read_spans(tmp_path)
    names = [span.name for span in spans]
    assert names.count("write") == 1
    assert names.count("commit") == 1
    assert "sql" in names
    whole = next(span for span in spans if span.name == "write")
    assert all(whole.start <= span.start < span.end <= whole.end for span in spans if span.name == "commit")


def test_stages_are_the_time_between_moments_of_one_turn() -> None:
    millisecond = 1_000_000
    turns = [Span("sent", 0, 10 * millisecond), Span("sent", 20 * millisecond, 40 * millisecond)]
    spans = [
        Span("accept", 1 * millisecond, 3 * millisecond),
        Span("sql", 2 * millisecond, 3 * millisecond, cpu=millisecond),
        Span("accept", 22 * millisecond, 28 * millisecond),
        Span("accept", 60 * millisecond, 61 * millisecond),
    ]
    parts, functions = stages(turns, spans)
    found = {stage.name: (stage.p50_ms, stage.p95_ms) for stage in parts}
    assert found == {"receive": (1.0, 2.0), "accept": (2.0, 6.0)}
    calls = {stage.name: (stage.calls, stage.cpu_ms) for stage in functions}
    assert calls == {"accept": (1.0, None), "sql": (0.5, 0.5)}
