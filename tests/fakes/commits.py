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

Function = ast.FunctionDef | ast.AsyncFunctionDef
CODE = Path(__file__).resolve().parents[2]
FOLDERS = ("frontdoor", "desk", "connectors")
ACTS, FOLLOW_UPS = "desk/acting.py", "desk/follow_ups.py"
"""Whose writes have the names of the moves that are made."""
PASSED_ON = {
    "frontdoor/step.py: transaction", "frontdoor/outbox.py: function", f"{ACTS}: _whole(move)", f"{FOLLOW_UPS}: run",
}  # fmt: skip
"""Where a function is written that a caller names, who is found, too."""
MOVERS = {
    "acting.do": ACTS, "acting.attempt": ACTS, "desk.act": ACTS, "self.act": ACTS, "self.do": FOLLOW_UPS,
    "follow_ups.do": FOLLOW_UPS,
}  # fmt: skip


def writes() -> set[str]:
    """`file: function` of every function that is handed to a transaction, somewhere in the service; not of commands,
    which tell who typed them whether it was done. What is done to tickets is named `desk/acting.py: move`.
    """
    files = (path for folder in FOLDERS for path in (CODE / folder).rglob("*.py") if path.parent.name != "cli")
    found = {site for path in files for site in _handed_over(path)}
    return found - PASSED_ON


def _handed_over(path: Path) -> Iterator[str]:
    here = str(path.relative_to(CODE))
    for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Call):
                    called, *given = [node.func, *node.args]
                    if ast.unparse(called) == "partial":
                        called, *given = given
                    yield from _handed_over_by(ast.unparse(called), given, function, here)


def _handed_over_by(called: str, given: list[ast.expr], function: Function, here: str) -> Iterator[str]:
    mover = next((site for name, site in MOVERS.items() if called.endswith(name)), "")
    if mover:
        yield from (f"{mover}: {name}" for name in _moves(given[0], function))
    elif called.endswith(("database.write", "db.write")) or (called, here) == ("self._keep", "frontdoor/outbox.py"):
        yield f"{here}: {_last(given[0])}"
    elif called.endswith("steps.run"):
        yield f"{here}: {_last(given[1])}"


def _moves(named: ast.expr, function: Function) -> Iterator[str]:
    """The name of a move, or of each that a variable may stand for."""
    if isinstance(named, ast.IfExp):
        yield from (*_moves(named.body, function), *_moves(named.orelse, function))
    elif not isinstance(named, ast.Name):
        yield _last(named)
    else:
        for node in ast.walk(function):
            if isinstance(node, ast.Assign):
                for name, meant in zip(_parts(node.targets[0]), _parts(node.value), strict=False):
                    if ast.unparse(name) == named.id:
                        yield from _moves(meant, function)


def _parts(expression: ast.expr) -> list[ast.expr]:
    return expression.elts if isinstance(expression, ast.Tuple) else [expression]


def _last(function: ast.expr) -> str:
    return ast.unparse(function).rpartition(".")[2]


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
