"""What the desk needs from the rest of the service, handed in by the app."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import connectors.ports
from connectors.masking import masked
from connectors.message import JSON, Attachment
from desk.access import Access
from storage.reach import Outlets


class Files(connectors.ports.Files, Protocol):
    """Where attachments are kept, and how they are shown."""

    def link(self, attachment: Attachment) -> str:
        """A short-lived signed link."""


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """An article that may help the agent. `confidence` 0..1; `text` is Markdown; `url` empty without a public page."""

    article_id: str
    title: str
    language: str
    confidence: float
    text: str
    url: str = ""


Search = Callable[[str, str, int], Awaitable[list[Suggestion]]]
"""`search(query, language, limit)`: the best articles first."""


NO_NUMBER = "call-"
"""How the address begins of who called without a number, or came by: nothing that tells them from others."""


@dataclass(frozen=True, kw_only=True)
class Beginning:
    """A conversation that an agent begins. `address` is empty for a caller without a number; `said` is what the
    customer said, empty where the agent speaks first. `client_id` stays the same when the request is repeated.
    """

    client_id: str
    channel: str
    address: str
    name: str
    phone: str
    email: str
    language: str
    said: str
    agent_name: str


class Begin(Protocol):
    """Begins conversations for agents."""

    def ways(self) -> list[str]:
        """The channels on which that can be done; `phone` is for calls that are logged."""

    async def begin(self, what: Beginning) -> str:
        """The ticket's id. Raises TimeoutError when the desk does not take tickets now."""

    async def go_on(self, conversation_id: str) -> str:
        """The id of the ticket in which an agent goes on with a conversation that the bot had, the same for a repeat.
        Raises KeyError when there is no such conversation, TimeoutError as `begin`.
        """


@dataclass(frozen=True, kw_only=True)
class ArticleProblem:
    """What is wrong with an article: an `error` keeps it from being published, a warning is only told."""

    field: str
    message: str
    error: bool


@dataclass(frozen=True, kw_only=True)
class ArticleInForce:
    """An article as the folder and the console together have it. `content` is None where a file is broken or the
    article was withdrawn; `valid`: today is within its dates.
    """

    content: JSON | None
    valid: bool
    problems: tuple[ArticleProblem, ...] = ()


class Articles(Protocol):
    """The articles of the folder, and the checks that all articles pass. `published` is what the console has put over
    the folder: contents by id, None for an article that was withdrawn.
    """

    async def in_force(self, published: Mapping[str, JSON | None], only: str = "") -> Mapping[str, ArticleInForce]:
        """Every article there is, or only one."""

    async def of_folder(self, article_id: str) -> JSON | None:
        """The content of the article that the files hold; None without one."""

    async def check(
        self, article_id: str, content: JSON, published: Mapping[str, JSON | None]
    ) -> tuple[JSON | None, list[ArticleProblem]]:
        """A content in its tidy form, None when it has errors, and its problems if it were published."""


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What the bot makes of a question. `decision` as docs/protocol/brain.md has it; `article` is empty for none."""

    decision: str
    article: str
    title: str
    confidence: float


@dataclass(frozen=True, kw_only=True)
class ReplayedChange:
    """A question whose answer would be another one; it was asked `times` times."""

    question: str
    language: str
    times: int
    before: Answered
    after: Answered
    verdict: Literal["better", "worse", "different"]


@dataclass(frozen=True, kw_only=True)
class ReplayReport:
    """What a change would do to recent questions; `passes`: nothing that was answered rightly is lost."""

    asked: int
    unchanged: int
    changes: tuple[ReplayedChange, ...]
    passes: bool

    @property
    def worse(self) -> int:
        """How many answers would be worse."""
        return sum(change.verdict == "worse" for change in self.changes)


class ReplayUnavailable(Exception):
    """The bot cannot replay now; the same may be tried again."""


class Replay(Protocol):
    """Asks recent questions again, as if an article were different."""

    async def __call__(self, article_id: str, content: JSON | None) -> ReplayReport:
        """What changes when `content` is in force, None: no such article. Raises `ReplayUnavailable`."""


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """An article that could be written: a free id, as much of its content as is known, and in which conversations that
    was said. Without content: the article that was begun from it before.
    """

    article_id: str
    content: JSON | None
    note: str = ""
    conversations: tuple[str, ...] = ()


class NothingToLearn(Exception):
    """In this ticket no colleague has answered yet, or nothing was asked."""


class Learning(Protocol):
    """What the knowledge base lacks. Customers' words come without what tells who they are."""

    async def overview(self) -> JSON:
        """Gaps, failing articles and stale articles, as docs/protocol/console.md has them."""

    async def look(self) -> None:
        """Look for gaps now, not only now and then. Raises `ReplayUnavailable`."""

    async def of_gap(self, gap_id: str) -> Proposal:
        """The article that would close a gap. Raises `KeyError` when there is no such gap."""

    async def begun(self, gap_id: str, article_id: str) -> None:
        """Note the draft that is to close a gap."""

    async def dismiss(self, gap_id: str, by: str) -> bool:
        """Show a gap no more; False when there is none."""

    async def of_ticket(self, ticket_id: str) -> Proposal:
        """The article that a colleague's answer would make. Raises `NothingToLearn`."""


class AssistantUnavailable(Exception):
    """The language model is down, slow, or said something that cannot be shown; the same may be tried again."""


class Assistant(Protocol):
    """A language model that helps agents; customers never see its words unless an agent sends them."""

    async def translate(self, text: str, to: str) -> str:
        """The text in `to` (`en` or `zh`). Raises `AssistantUnavailable`."""

    async def reword(self, facts: Sequence[str], language: str) -> list[str]:
        """A few sentences in `language` that say what `facts` say. Raises `AssistantUnavailable`."""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A mail of the desk's own, with a file where there is one. `id` stays the same when the same is sent again."""

    id: str
    recipient: str
    subject: str
    text: str
    html: str = ""
    file_name: str = ""
    file: bytes = b""


class Mailer(Protocol):
    """Sends mail in the company's name."""

    def brand(self, language: str) -> str:
        """The company's name."""

    async def send(self, letter: Letter) -> None:
        """Hand over one mail. Raises `connectors.errors.SendError`."""


@dataclass(frozen=True, kw_only=True)
class Ports:
    """What the app hands in."""

    files: Files
    search: Search
    begin: Begin | None = None  # of conversations by agents; none where the desk stands alone
    outlets: Outlets = field(default_factory=Outlets)  # by which customers can be written to
    mask: Callable[[str], str] = masked  # how addresses are shown
    articles: Articles | None = None  # none where the desk stands alone: there is nothing to write then
    learning: Learning | None = None  # none where the desk stands alone
    replay: Replay | None = None  # none: articles are published without asking what that changes
    assistant: Assistant | None = None  # none: nothing is translated
    access: Access = field(default_factory=Access)  # how people get in
    mailer: Mailer | None = None  # none: no mail server is set up
    status_link: Callable[[str], Awaitable[str]] | None = None  # the private link of a handoff's customer; empty: none
