"""Lets a bench be run by its path, with whatever Python is at hand: it starts once more as a module of this project, in
the environment it needs. A bench begins with

    if __name__ == "__main__" and not __package__:
        from environment import run_again  # this file lies beside it

        run_again("bench.retrieval", ".venv")
"""

import os
import sys
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent


def run_again(module: str, environment: str) -> NoReturn:
    """Replace this process by `python -m module` of `.venv` or `.venv-rasa`, with the same arguments and folder."""
    python = ROOT / environment / "bin" / "python"
    if not python.exists():
        sys.exit(f"There is no {environment}: run `make setup` first.")
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)
    os.execv(python, [str(python), "-m", module, *sys.argv[1:]])  # noqa: S606
