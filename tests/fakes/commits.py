"""Every write of the service, found in its source, and a bomb for each: inside its transaction, or right behind it."""

import ast
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from frontdoor.step import Steps
from storage.database import Database

CODE = Path(__file__).resolve().parents[2]
FOLDERS = ("frontdoor", "desk", "connectors")
PASSED_ON = {"desk/service.py: move", "frontdoor/step.py: transaction", "frontdoor/outbox.py: function"}
"""Where a function is written that a caller names, who is found, too."""


def writes() -> set[str]:
    """`file: function` of every function that is handed to a transaction, somewhere in the service; not of commands,
    which tell who typed them whether it was done.
    """
    files = (path for folder in FOLDERS for path in (CODE / folder).rglob("*.py") if path.parent.name != "cli")
    found = {site for path in files for site in _handed_over(path)}
    return found - PASSED_ON | {f"desk/service.py: {name}" for name in _moves_of_the_console()}


def _handed_over(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            called = ast.unparse(node.func)
            if called.endswith(("database.write", "db.write")) or (called, path.name) == ("self._keep", "outbox.py"):
                function = node.args[0]
            elif called.endswith("steps.run"):
                function = node.args[1]
            else:
                continue
            name = ast.unparse(function).rpartition(".")[2]
            yield f"{path.relative_to(CODE)}: {name}"


def _moves_of_the_console() -> set[str]:
    tree = ast.parse((CODE / "desk" / "api" / "tickets.py").read_text(encoding="utf-8"))
    named = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    found = {node.attr for node in named if ast.unparse(node.value).endswith("moves")}
    calls = ast.walk(ast.parse((CODE / "desk" / "identities.py").read_text(encoding="utf-8")))
    acts = (node for node in calls if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("desk.act"))
    return found | {ast.unparse(node.args[0]).rpartition(".")[2] for node in acts}


def arm(site: str, when: str) -> None:
    """Die at the first such write: `inside` its transaction, when all is done but the commit, or `after` it."""
    inside_run: ContextVar[bool] = ContextVar("inside_run", default=False)
    run, write = Steps.run, Database.write

    async def watched_run(self: Steps, conversation_id: str, function: Any, *args: Any, **kwargs: Any) -> Any:
        inside_run.set(_site(function) == site)
        try:
            return await run(self, conversation_id, function, *args, **kwargs)
        finally:
            inside_run.set(False)

    async def watched_write(self: Database, function: Any, *args: Any, **kwargs: Any) -> Any:
        if not inside_run.get() and _site(function) != site:
            return await write(self, function, *args, **kwargs)
        result = await write(self, _dying(function) if when == "inside" else function, *args, **kwargs)
        _die()
        return result

    setattr(Steps, "run", watched_run)  # noqa: B010 - a bomb, not a method
    setattr(Database, "write", watched_write)  # noqa: B010


def _site(function: Callable[..., Any]) -> str:
    """The write that the caller's caller makes, as `writes` names it."""
    file = Path(sys._getframe(2).f_code.co_filename)
    return f"{file.relative_to(CODE) if file.is_relative_to(CODE) else file}: {function.__name__}"


def _dying(function: Callable[..., Any]) -> Callable[..., Any]:
    def run(*args: Any, **kwargs: Any) -> None:
        function(*args, **kwargs)
        _die()

    return run


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
