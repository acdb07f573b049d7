"""Replies with what is done with them: tags, a category, a rest until later, the end. One transaction: nothing is said
where the rest is refused, and nothing is left undone when a console is closed meanwhile.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy import Connection

from connectors.message import JSON, Content
from desk.agent_moves import AgentMoves
from desk.announcer import Act
from desk.snoozing import SnoozeMoves
from desk.tiers import Tiers
from desk.triage_moves import TriageMoves
from storage.agents import Agent


@dataclass(frozen=True, kw_only=True)
class Then:
    """What is done once a reply is taken. `tags` come to those there are. `snooze`: until `until` (ms), None: until the
    customer writes. A ticket that is resolved, with the code `wrap_up`, does not rest.
    """

    category: str = ""
    tags: tuple[str, ...] = ()
    snooze: bool = False
    until: int | None = None
    resolve: bool = False
    wrap_up: str = ""


@dataclass(frozen=True, kw_only=True)
class ReplyMoves:
    """Functions over a transaction; all raise `Refused`."""

    moves: AgentMoves
    snoozes: SnoozeMoves
    tiers: Tiers
    clock: Callable[[], int]

    def reply(
        self, tx: Connection, agent: Agent, ticket_id: str, client_id: str, content: Content, made_of: JSON, then: Then
    ) -> Act:
        """Say something to the customer, and do the rest. A repeat with the same `client_id` does nothing more."""
        said = self.moves.reply(tx, agent, ticket_id, client_id, content, made_of)
        rest: list[Callable[[Connection], Act]] = []
        if then.category or then.tags:
            triage = TriageMoves(tiers=self.tiers, clock=self.clock)
            about = {"category": then.category} if then.category else {}
            rest.append(
                partial(triage.correct, agent=agent, ticket_id=ticket_id, said=about, tags=None, more_tags=then.tags)
            )
        if then.resolve:
            code = then.wrap_up
            rest.append(partial(self.moves.resolve, agent=agent, ticket_id=ticket_id, note="", wrap_up=code))
        elif then.snooze:
            rest.append(partial(self.snoozes.snooze, agent=agent, ticket_id=ticket_id, until=then.until, note=""))
        return replace(said, then=tuple(rest))
