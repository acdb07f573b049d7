"""Writes requirements/*.txt from requirements/*.in: names, versions and hashes of the public index, no addresses.

    python scripts/lock.py            write them, keeping the versions that still fit
    python scripts/lock.py --upgrade  take the newest versions that fit
    python scripts/lock.py --check    only look whether they may be committed

Runs on Python 3.8 and newer with `uv` (see setup.py).
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "requirements"

# Lock → Python it is resolved for. The dev locks contain the others, at the same versions.
LOCKS = {"uv": "3.11", "service": "3.11", "dev": "3.11", "django-helpdesk": "3.11", "rasa": "3.10", "rasa-dev": "3.10"}
CONTAINS = {"dev": "service", "rasa-dev": "rasa"}
OVERRIDDEN = {"rasa": "rasa-overrides.in", "rasa-dev": "rasa-overrides.in"}

ADDRESS = re.compile(
    r"://|file:|\s@\s|^\s*(-i|-f|-e|--(index-url|extra-index-url|find-links|editable))\b", re.IGNORECASE
)
PINNED = re.compile(r"^[a-z0-9][a-z0-9._-]*(\[[a-z0-9,._-]+\])?==\S+( ; .+)? \\$")


def lock(name: str, python: str, uv: str, upgrade: bool) -> None:
    """Resolve one .in file. Raises CalledProcessError with uv's explanation on standard error."""
    target = FOLDER / (name + ".txt")
    command = [uv, "pip", "compile", str(FOLDER / (name + ".in")), "--output-file", str(target)]
    command += ["--no-config", "--universal", "--python-version", python, "--generate-hashes", "--quiet"]
    command += ["--no-annotate", "--no-header"]
    if name in CONTAINS:
        command += ["--constraints", str(FOLDER / (CONTAINS[name] + ".txt"))]
    if name in OVERRIDDEN:
        command += ["--overrides", str(FOLDER / OVERRIDDEN[name])]
    if upgrade:
        command += ["--upgrade"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=_plain_environment())
    header = f"# Written by `make lock` from {name}.in for Python {python}.\n"
    target.write_text(header + target.read_text(encoding="utf-8"), encoding="utf-8")


def _plain_environment() -> dict[str, str]:
    """This process's environment without the settings that would bring other indexes into the locks."""
    return {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "UV_INDEX", "UV_FIND"))}


def problems(path: Path) -> list[str]:
    """Lines of a lock that may not be committed: addresses, and requirements without an exact version and a hash."""
    found = []
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        if line.startswith("#") or not line.strip():
            continue
        if ADDRESS.search(line):
            found.append(f"{path.name}:{number}: holds an address: {line.strip()}")
        elif not line.startswith((" ", "\t")):
            hashed = number < len(lines) and lines[number].strip().startswith("--hash=sha256:")
            if not PINNED.match(line) or not hashed:
                found.append(f"{path.name}:{number}: has no exact version or no hash: {line.strip()}")
    return found


def main() -> int:
    """Write or check all locks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that fit")
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 when a lock may not be committed")
    parser.add_argument("--uv", default="uv", help="the uv to use")
    options = parser.parse_args()
    if not options.check:
        try:
            for name, python in LOCKS.items():
                lock(name, python, options.uv, options.upgrade)
        except subprocess.CalledProcessError:
            return 1
    found = [problem for name in LOCKS for problem in problems(FOLDER / (name + ".txt"))]
    sys.stderr.write("".join(problem + "\n" for problem in found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
