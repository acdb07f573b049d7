"""Finds Pythons on this machine: on PATH, in pyenv's folder, where systems put them, and what uv knows.

A name on PATH proves nothing (pyenv's shims exist for versions that aren't active), so every candidate is run.
Runs on Python 3.8 and newer.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

FOLDERS = ("/usr/bin", "/usr/local/bin", "/opt/homebrew/bin", "/opt/python/bin")
PROBE = "import sys, ssl, sqlite3, ctypes, zlib; print('%d.%d %s' % (*sys.version_info[:2], sys.executable))"


def find(version: str, uv: str | None = None) -> str | None:
    """Path of a working Python `version` ("3.10"), or None. `uv` is asked when nothing else knows one."""
    for candidate in _candidates(version):
        executable = _try(candidate, version)
        if executable:
            return executable
    if uv:
        known = output([uv, "python", "find", "--no-config", "--no-project", "--system", version])
        return _try(known, version) if known else None
    return None


def _candidates(version: str) -> Iterator[str]:
    name = "python" + version
    for folder in (*os.environ.get("PATH", "").split(os.pathsep), *FOLDERS):
        path = Path(folder) / name
        if folder and path.is_file():
            yield str(path)
    for root in (os.environ.get("PYENV_ROOT"), Path.home() / ".pyenv", "/opt/pyenv"):
        if root:
            found = Path(root).glob(f"versions/{version}.*/bin/python")
            yield from (str(path) for path in sorted(found, key=_release, reverse=True))


def _release(path: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", path.parent.parent.name)]


def version_of(executable: str) -> str:
    """The version of a Python ("3.10"), or "" when it does not run or lacks what we need of the standard library."""
    return output([executable, "-I", "-c", PROBE]).partition(" ")[0]


def _try(executable: str, version: str) -> str | None:
    found, _, path = output([executable, "-I", "-c", PROBE]).partition(" ")
    return path if found == version else None


def output(command: list[str]) -> str:
    """What a command prints, or "" when it does not work."""
    try:
        ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ran.stdout.decode("utf-8", "replace").strip() if ran.returncode == 0 else ""
