"""Programs of the service as processes. They are forked from one that has imported what they need, which takes most of
a start; or, where a program must see to something before it imports anything, from one that is fresh.
"""

import multiprocessing
import os
import runpy
import sys
from multiprocessing.process import BaseProcess
from pathlib import Path

FORKED, FRESH = multiprocessing.get_context("forkserver"), multiprocessing.get_context("spawn")
FORKED.set_forkserver_preload(["frontdoor.app", "frontdoor.cli.app", "tests.fakes.commits"])


def program(module: str, root: Path, environment: dict[str, str], *, fresh: bool = False) -> BaseProcess:
    """`python -m module --root … serve`, started, with its output in `service.log`."""
    process = (FRESH if fresh else FORKED).Process(target=_become, args=(module, root, environment), daemon=True)
    process.start()
    return process


def _become(module: str, root: Path, environment: dict[str, str]) -> None:
    multiprocessing.current_process()._config["daemon"] = False  # type: ignore[attr-defined] # it may start others
    log = os.open(root / "service.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.chdir(root)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [module, "--root", str(root), "serve"]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
