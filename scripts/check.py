"""Checks what tests do not: format, lint, types, floors, and that the locks may be published.

.venv/bin/python scripts/check.py
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"

CHECKS = {
    "format": [BIN / "ruff", "format", "--check", "."],
    "lint": [BIN / "ruff", "check", "."],
    "types": [BIN / "mypy"],
    "floors": [BIN / "python", "-m", "pytest", "-q", "tests/test_floors.py"],
    "locks": [BIN / "python", "scripts/lock.py", "--check"],
    "documentation": [BIN / "python", "scripts/document.py", "--check"],
    "configuration": [BIN / "python", "-m", "frontdoor", "check"],
}
REMEDIES = {
    "format": "Run `.venv/bin/ruff format .`",
    "lint": "Run `.venv/bin/ruff check --fix .` and mend the rest.",
    "locks": "Run `make lock`.",
    "documentation": "Run `.venv/bin/python scripts/document.py`.",
}


def main() -> int:
    """Run all checks, tell of each; 1 if any failed."""
    failed = []
    for name, command in CHECKS.items():
        ran = subprocess.run([str(word) for word in command], cwd=ROOT, capture_output=True, text=True, check=False)
        sys.stdout.write(f"  {'✓' if ran.returncode == 0 else '✗'} {name}\n")
        sys.stdout.flush()
        if ran.returncode:
            failed.append(name)
            sys.stdout.write("".join(f"      {line}\n" for line in (ran.stdout + ran.stderr).splitlines()[-60:]))
            if name in REMEDIES:
                sys.stdout.write(f"    → {REMEDIES[name]}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
