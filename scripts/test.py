"""Runs all tests: the service's, those inside Rasa's environment, and Rasa's own end-to-end stories.

    .venv/bin/python scripts/test.py          what CI runs
    .venv/bin/python scripts/test.py --soak   with full counts, and then the storm (`python -m bench.soak`)

Every part is run even if one before it failed. A few tests that failed are run once more, alone on the machine: what
passes then is named as unsteady at the end, as CPython's own runner does (a race to be found, not a broken change).
`PYTEST_ADDOPTS` reaches pytest as always.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
SERVICE = ROOT / ".venv" / "bin" / "python"
RASA = ROOT / ".venv-rasa" / "bin" / "python"
PYTEST = [SERVICE, "-m", "pytest"]
Part = tuple[str, list[Path | str], dict[str, str]]
TESTS_FAILED = 1  # pytest's exit code
FEW = 5  # more failures than these are no accident

# These run where Rasa is. knowledge/ runs in both environments, so its tests do, too.
IN_RASA = ["tests/unit/bot", "tests/unit/actions", "tests/unit/knowledge"]
# Small and independent: several at a time, each file in one process.
SIDE_BY_SIDE = ["tests/unit", "tests/contract", "tests/channels", "tests/desk"]
# One browser and its server for each file.
IN_BROWSER = ["tests/widget", "tests/console"]
# A running service of its own for each file, in some with a Rasa; those take longest, and begin first.
WHOLE = ["tests/journeys", "tests/service", "tests/hostile"]
# File by file, in this order, and not those with the most tests first: the longest have few.
BY_FILE = ["--dist", "loadfile", "--no-loadscope-reorder"]
FOLDERS = {*IN_RASA, *SIDE_BY_SIDE, *IN_BROWSER, *WHOLE}
# Rasa and the libraries it pins warn about each other; that is not ours to mend.
RASA_WARNINGS = ["--override-ini", "filterwarnings=default"]
RASA_ENVIRONMENT = {
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "OMP_NUM_THREADS": "1",
    "PYTHONWARNINGS": "ignore::DeprecationWarning",
}


def main() -> int:
    """Run the parts in turn; 1 if any failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--soak", action="store_true", help="full counts, and the storm: about half an hour")
    options = parser.parse_args()
    markers = [] if options.soak else ["-m", "not slow"]
    unsteady: list[str] = []
    model: Part = ("the model", [SERVICE, "-m", "frontdoor", "train"], {})
    in_rasas_environment: list[Part] = [
        ("tests inside Rasa", [RASA, "-m", "pytest", *RASA_WARNINGS, *markers, *in_rasa()], RASA_ENVIRONMENT),
        ("dialogues", dialogues(), RASA_ENVIRONMENT),
    ]
    small: Part = ("small tests of the service", [*PYTEST, "-n", "3", *BY_FILE, *markers, *_small()], {})
    rest: list[Part] = [
        ("pages in a browser", [*PYTEST, "-n", "2", *BY_FILE, *markers, *IN_BROWSER], {}),
        ("the whole system", [*PYTEST, "-n", "3", *BY_FILE, *markers, *WHOLE], {}),
        ("what else there is", [*PYTEST, *markers, *_alone()], {}),
        *([("the storm", [SERVICE, "-m", "bench.soak"], {})] if options.soak else []),
    ]
    failed = run([model], unsteady)
    # Rasa's own keep one processor busy, the small ones wait for disks and each other: together they take less.
    with ThreadPoolExecutor(1) as beside, tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        running = beside.submit(run, in_rasas_environment, unsteady, said)
        failed += run([small], unsteady)
        failed += running.result()
        said.seek(0)
        shutil.copyfileobj(said, sys.stdout)
    failed += run(rest, unsteady)
    for test in unsteady:
        sys.stdout.write(f"\nUnsteady (failed, then passed alone): {test}\n")
    if failed:
        sys.stdout.write(f"\nFailed: {', '.join(failed)}\n")
    return 1 if failed else 0


def run(parts: list[Part], unsteady: list[str], out: IO[str] | None = None) -> list[str]:
    """Run parts in turn, with their output shown or in `out`; the titles of those that failed."""
    return [part[0] for part in parts if not passes(*part, unsteady, out)]


def in_rasa() -> list[str]:
    """The folders that there are."""
    return [folder for folder in IN_RASA if any((ROOT / folder).glob("**/test_*.py"))]


def dialogues() -> list[Path | str]:
    """Rasa's end-to-end test of whole dialogues; fails when one prediction is another than the story's."""
    command = [
        RASA,
        "-m",
        "bot.launch",
        "test",
        "core",
        "--stories",
        "tests/rasa",
        "--model",
        "models/frontdoor.tar.gz",
    ]
    return [*command, "--out", "var/results", "--no-plot", "--fail-on-prediction-errors"]


def passes(
    title: str, command: list[Path | str], environment: dict[str, str], unsteady: list[str], out: IO[str] | None = None
) -> bool:
    """Run one part with its output shown, or in `out`; says how long it took. Adds to `unsteady` what only passed when
    alone.
    """
    shown = out or sys.stdout
    shown.write(f"\n=== {title}\n")
    shown.flush()
    started = time.monotonic()
    environment = {**os.environ, **environment}

    def call(told: list[Path | str]) -> int:
        return subprocess.run(
            [*map(str, told)], cwd=ROOT, env=environment, check=False, stdout=out, stderr=out and subprocess.STDOUT
        ).returncode

    with tempfile.TemporaryDirectory() as folder:
        told = [*command, "--override-ini", f"cache_dir={folder}"] if "pytest" in command else command
        code = call(told)
        failures = failed_tests(Path(folder)) if code == TESTS_FAILED else []
        if 0 < len(failures) <= FEW:
            shown.write(f"=== {title}: once more, alone: {' '.join(failures)}\n")
            shown.flush()
            options = [each for each in told if each not in FOLDERS]  # instead of them, the tests themselves
            code = call([*options, *(["-n", "0"] if "-n" in command else []), *failures])
            unsteady.extend(failures if code == 0 else [])
    outcome = "passed" if code == 0 else f"failed with code {code}"
    shown.write(f"=== {title}: {outcome} after {time.monotonic() - started:.0f} s\n")
    return code == 0


def failed_tests(cache: Path) -> list[str]:
    """What failed, by the ids that pytest left in its cache."""
    found = cache / "v" / "cache" / "lastfailed"
    return list(json.loads(found.read_text(encoding="utf-8"))) if found.exists() else []


def _small() -> list[str]:
    """The folders of small tests, without what is left to Rasa's environment."""
    return [*SIDE_BY_SIDE, *(f"--ignore={folder}" for folder in IN_RASA if not folder.endswith("knowledge"))]


def _alone() -> list[str]:
    """All the others: what needs the machine for itself, such as storms and clocks."""
    return [f"--ignore={folder}" for folder in (*SIDE_BY_SIDE, *IN_BROWSER, *WHOLE)]


if __name__ == "__main__":
    sys.exit(main())
