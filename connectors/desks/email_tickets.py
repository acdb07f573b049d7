"""What is kept of each ticket: to whom its mails go, and which mails have come, by their places in the mailbox.

Their words stay in the mailbox. Goes with the conversation (`storage.desk_ledger.erase`), at the latest after a year
without a mail.
"""

from dataclasses import asdict, dataclass
from typing import Any, Self

from connectors.desks.email_words import Act
from connectors.helpdesk_model import TicketState
from connectors.message import JSON, Media
from connectors.ports import State

KEPT_S = 366 * 86_400
TURNS = {
    Act.CLOSE: TicketState.RESOLVED,
    Act.RETURN: TicketState.RETURNED,
    Act.REOPEN: TicketState.OPEN,
    Act.TAKE: TicketState.OPEN,
}


@dataclass(frozen=True, kw_only=True)
class Came:
    """A mail of an agent; without a `digest`: a move of ours, which no mail stands for."""

    digest: str = ""
    uid: int = 0
    validity: int = 0
    message_id: str = ""
    whole: bool = True  # False: only its text was fetched
    at: int = 0  # ms
    who: str = ""  # the agent's address
    name: str = ""
    acts: tuple[Act, ...] = ()
    public: bool = False

    @classmethod
    def from_json(cls, data: JSON) -> Self:
        """The inverse of `asdict`."""
        return cls(**data | {"acts": tuple(Act(each) for each in data["acts"])})

    def media(self, part: int = 0) -> Media:
        """For whoever looks for the mail again (`connectors.mail.originals`)."""
        about: dict[str, Any] = {"message_id": self.message_id, "digest": self.digest, "part": part}
        return Media(ref=f"{self.validity}:{self.uid}", name="", media_type="", data=about)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One ticket."""

    to: str
    about: str  # the subject
    came: tuple[Came, ...] = ()

    @property
    def state(self) -> TicketState:
        """How it stands."""
        turns = [TURNS[act] for each in self.came for act in each.acts if act in TURNS]
        return turns[-1] if turns else TicketState.OPEN

    @property
    def owner(self) -> tuple[str, str]:
        """Address and name of who works on it: who took it last, else who answered first."""
        taken = [each for each in self.came if Act.TAKE in each.acts]
        answered = [each for each in self.came if each.public]
        found = next(iter(taken[-1:] or answered[:1]), Came())
        return found.who, found.name


class Tickets:
    """All of them, on disk."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def find(self, ticket_id: str) -> Kept | None:
        """What is kept of a ticket."""
        kept = await self._state.get(_name(ticket_id))
        if kept is None:
            return None
        return Kept(to=kept["to"], about=kept["about"], came=tuple(Came.from_json(each) for each in kept["came"]))

    async def begin(self, ticket_id: str, *, to: str, about: str) -> None:
        """A ticket is about to be opened."""
        await self._keep(ticket_id, Kept(to=to, about=about))

    async def add(self, ticket_id: str, came: Came) -> None:
        """A mail has come, or we have moved the ticket; the same mail again changes nothing."""
        async with self._state.hold(_name(ticket_id)):
            kept = await self.find(ticket_id) or Kept(to="", about="")
            if not came.digest or came.digest not in {each.digest for each in kept.came}:
                await self._keep(ticket_id, Kept(to=kept.to, about=kept.about, came=(*kept.came, came)))

    async def _keep(self, ticket_id: str, kept: Kept) -> None:
        value = {"to": kept.to, "about": kept.about, "came": [asdict(each) for each in kept.came]}
        await self._state.put(_name(ticket_id), value, seconds=KEPT_S)


def _name(ticket_id: str) -> str:
    return f"ticket:{ticket_id}"
