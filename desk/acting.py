"""The one way to do something to a ticket: the act and all that follows from it in one transaction, then the news."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from desk.announcer import Act, Announcer
from storage.database import Database

P = ParamSpec("P")
Done = TypeVar("Done", Act, Act | None)

Consequence = Callable[[Connection, Act, int], Act]
"""`(tx, act, now)`: what follows from an act, such as a clock that stops. Answers the act with what it changed."""


class Acting:
    """Runs acts. `consequences` see the ticket as those before them left it."""

    def __init__(
        self, db: Database, announcer: Announcer, consequences: Sequence[Consequence], clock: Callable[[], int]
    ) -> None:
        self._db, self._announcer, self._consequences, self._clock = db, announcer, consequences, clock

    async def do(self, move: Callable[Concatenate[Connection, P], Act], *args: P.args, **kwargs: P.kwargs) -> Act:
        """Do it and tell everyone. Raises what `move` raises."""
        act = await self._db.write(self._whole(move), *args, **kwargs)
        await self._announcer.acted(act)
        return act

    async def attempt(
        self, move: Callable[Concatenate[Connection, P], Act | None], *args: P.args, **kwargs: P.kwargs
    ) -> Act | None:
        """The same for what may find nothing to do."""
        act = await self._db.write(self._whole(move), *args, **kwargs)
        if act is not None:
            await self._announcer.acted(act)
        return act

    def _whole(self, move: Callable[Concatenate[Connection, P], Done]) -> Callable[Concatenate[Connection, P], Done]:
        """The move with all that follows from it; it keeps the move's name, by which a transaction is known."""

        @wraps(move)
        def whole(tx: Connection, /, *args: P.args, **kwargs: P.kwargs) -> Done:
            act = move(tx, *args, **kwargs)
            return act if act is None else self.follow(tx, act)

        return whole

    def follow(self, tx: Connection, act: Act, at: int | None = None) -> Act:
        """An act with what follows from it; for transactions that do more than one. `at`: when it was done (ms)."""
        if act.before is not None:
            now = self._clock() if at is None else at
            for consequence in self._consequences:
                act = consequence(tx, act, now)
        if act.others:
            others = tuple(self.follow(tx, each) for each in act.others)
            newest = next((each.ticket for each in reversed(others) if each.ticket.id == act.ticket.id), act.ticket)
            act = replace(act, ticket=newest, others=others)
        for move in act.then if act.before is not None else ():
            done = self.follow(tx, move(tx))
            act = replace(act, ticket=done.ticket, others=(*act.others, done))
        return act
