"""Installs django-helpdesk, which tests start as a helpdesk of somebody else's, into var/django-helpdesk.

python3 scripts/helpdesks.py     half a minute the first time; under a second when nothing is to do
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from progress import StepError, run
from setup import LOG, NETWORK, ROOT, SERVICE, installer, interpreter, package_index

FOLDER = ROOT / "var" / "django-helpdesk"
LOCK = ROOT / "requirements" / "django-helpdesk.txt"


def main() -> int:
    """Make the environment hold exactly what its lock says; the exit code is 1 when that did not work."""
    try:
        uv = installer()
        python = interpreter(SERVICE, uv)
        run([uv, "venv", "--no-config", "--allow-existing", "--python", python, str(FOLDER)], LOG, NETWORK)
        sync = [uv, "pip", "sync", "--no-config", "--require-hashes", "--compile-bytecode"]
        run([*sync, "--python", str(FOLDER / "bin" / "python"), str(LOCK)], LOG, NETWORK, package_index())
    except StepError as failure:
        sys.stderr.write("".join(f"{line}\n" for line in (str(failure), *failure.tail, failure.remedy)))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
