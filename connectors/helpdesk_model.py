"""What a helpdesk's connector and the order of steps (`connectors.helpdesk`) tell each other."""

from dataclasses import dataclass
from enum import StrEnum

from connectors.desk import Handoff
from connectors.message import JSON, Author


class TicketState(StrEnum):
    """How a ticket stands, as far as customers are concerned."""

    OPEN = "open"
    RESOLVED = "resolved"
    RETURNED = "returned"  # its people want the bot to go on


class Transcript(StrEnum):
    """How a helpdesk shows what was said before."""

    MESSAGES = "message by message"
    DOCUMENT = "one document"


@dataclass(frozen=True, kw_only=True)
class Features:
    """What a helpdesk can do, as its class declares it: for the core, the contract suite and the docs' matrix."""

    transcript: Transcript = Transcript.DOCUMENT
    packet_apart: bool = False  # it cannot go along when the ticket is made, so an entry with it follows
    calls_us: str = ""  # what proves a webhook genuine: "HMAC-SHA256", "a secret header, then read back"; empty: none
    polls: bool = True
    finds: str = ""  # how the ticket of an interrupted attempt is found
    finds_after_s: float = 0  # its search knows a new ticket only after so long
    files_out: bool = True
    file_links: bool = False  # files leave as links that the helpdesk follows, not as bytes
    files_in: bool = True
    file_bytes: int = 10_000_000  # of one file
    text_length: int | None = None  # characters of one entry; longer ones are cut, and go along whole as a file
    edits: bool = True  # a changed reply is seen
    deletions: bool = True  # a deleted reply is seen
    forgets: bool = False
    returns: str = ""  # how its people give a conversation back to the bot


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file that goes along."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A ticket to be made. `handoff.id` finds it again."""

    handoff: Handoff
    queue: str
    priority: str  # of the settings; empty: the vendor's usual one for `handoff.urgency`
    tags: tuple[str, ...]
    fields: JSON  # custom fields by name
    files: tuple[Upload, ...]  # the customer's, as far as they fit; the packet's own are the vendor's business


@dataclass(frozen=True, kw_only=True)
class Post:
    """An entry to be added to a ticket: what somebody said (`author`), or a note of ours (`Author.SYSTEM`).

    `heading` is who said it and when, in the language of the people there; a helpdesk that shows authors by itself may
    leave it away, unless it is what `same` needs. Never public: customers have it already.
    """

    message_id: str
    author: Author
    author_name: str
    at: int  # ms
    heading: str
    text: str
    files: tuple[Upload, ...] = ()
    again: bool = False  # a try before was cut off: what takes several requests may be there in part


@dataclass(frozen=True, kw_only=True)
class RemoteFile:
    """A file at the helpdesk. `ref` is what `fetch` needs."""

    ref: str
    name: str
    media_type: str = ""
    size: int = 0


@dataclass(frozen=True, kw_only=True)
class Remark:
    """An entry as the helpdesk has it. `public`: meant for the customer. `ours`: written with our own account."""

    id: str
    at: int  # ms
    text: str = ""  # plain
    public: bool = False
    ours: bool = False
    author_id: str = ""
    author_name: str = ""
    files: tuple[RemoteFile, ...] = ()
    deleted: bool = False


@dataclass(frozen=True, kw_only=True)
class Thread:
    """A ticket as it stands. `complete`: `remarks` are all there are, so what is missing was deleted."""

    state: TicketState
    remarks: tuple[Remark, ...] = ()
    owner_id: str = ""  # who works on it; empty: nobody, or only our own account
    owner_name: str = ""
    cursor: str = ""  # for the next reading; empty: everything is read each time
    complete: bool = False
