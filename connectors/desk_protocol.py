"""Our own protocol with desks of others: what they tell, as docs/handoff/desk-events-1.schema.json has it.

Members and types that are not known here are left aside, so that the other side may be of a later version.
"""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Self

from connectors.desk import DeskEvent, DeskEventKind, Look, News
from connectors.fields import Fields, parse_json
from connectors.helpdesk_model import RemoteFile
from connectors.message import JSON, Ignored

VERSION = "1"
ID_HEADER = "Front-Door-Message-Id"
TOGETHER = 100  # events of one call
LONGEST_ID = 64  # characters of a ticket's id
LONGEST_EVENT_ID = 100
LONGEST_TEXT = 100_000
FILES = 10
PRIVATE = "noted"
KINDS: Mapping[str, DeskEventKind] = {
    "taken": DeskEventKind.TAKEN,
    "replied": DeskEventKind.REPLIED,
    "edited": DeskEventKind.EDITED,
    "deleted": DeskEventKind.DELETED,
    "resolved": DeskEventKind.RESOLVED,
    "reopened": DeskEventKind.TAKEN,
    "returned": DeskEventKind.RETURNED,
    "typing": DeskEventKind.TYPING,
}
_TICKET = re.compile(rf"[^\x00-\x20\x7f-\x9f]{{1,{LONGEST_ID}}}")
_EVENT = re.compile(rf"[^\x00-\x20\x7f-\x9f]{{1,{LONGEST_EVENT_ID}}}")
_TYPE = re.compile(r"[a-z_]{1,40}")
_ADDRESS = re.compile(r"https?://[^\s]{1,1990}")


@dataclass(frozen=True, kw_only=True)
class Told:
    """One thing that happened there, until it is understood. `came_at` in ms."""

    id: str
    type: str
    came_at: int
    agent_id: str = ""
    agent_name: str = ""
    text: str = ""
    reply_id: str = ""
    briefing: str = ""
    files: tuple[RemoteFile, ...] = ()

    @property
    def kind(self) -> DeskEventKind:
        """What it means here."""
        return KINDS[self.type]

    @property
    def entry_id(self) -> str:
        """As the ledger knows it."""
        return entry_id(self.id)

    @classmethod
    def from_json(cls, data: JSON) -> Self:
        """The inverse of `asdict`."""
        return cls(**data | {"files": tuple(RemoteFile(**each) for each in data["files"])})


def entry_id(event_id: str) -> str:
    """How the ledger names what was told: apart from entries that can be read."""
    return f"!{event_id}"


def events_in(body: bytes) -> tuple[list[Fields], str]:
    """The events of a call or an answer, and the cursor behind them. Raises `Malformed`."""
    fields = Fields(parse_json(body))
    if "version" not in fields or fields.data["version"] != VERSION:
        raise fields.wrong("version", f'must be "{VERSION}"')
    if not isinstance(fields.data.get("events"), list):
        raise fields.wrong("events", f"must be a list of at most {TOGETHER} events")
    events = [Fields(each, within=f"events.{n}") for n, each in enumerate(fields.items("events", TOGETHER))]
    return events, fields.line("cursor", longest=1000)


def news_in(body: bytes, desk: str) -> Sequence[News]:
    """What the events of a call mean. Raises `Malformed`, and then none of them counts."""
    events, _ = events_in(body)
    return [_news(each, desk) for each in events]


def ticket_of(event: Fields) -> str:
    """The ticket that an event is about. Raises `Malformed`."""
    return event.matching("ticket_id", _TICKET, f"a ticket's id of at most {LONGEST_ID} characters without spaces")


def is_known(event: Fields) -> bool:
    """Whether an event is of a type in `KINDS`."""
    return event.data.get("type") in KINDS


def _news(event: Fields, desk: str) -> News:
    kind, ticket_id = event.matching("type", _TYPE, "one of the types in the schema"), ticket_of(event)
    if not is_known(event):
        return Ignored(channel=f"desk:{desk}", why="note" if kind == PRIVATE else "unsupported")
    said = told_in(event)
    if said.kind is DeskEventKind.TYPING:
        on = "on" not in event or event.flag("on")
        return DeskEvent(
            id=said.id, desk=desk, ticket_id=ticket_id, kind=said.kind, agent_id=said.agent_id,
            agent_name=said.agent_name, on=on,
        )  # fmt: skip
    return Look(ticket_id=ticket_id, told=asdict(said))


def told_in(event: Fields) -> Told:
    """One event of a type in `KINDS`, checked. Raises `Malformed`."""
    name = event.text("type", longest=40)
    agent = event.object("agent") or Fields({})
    said = Told(
        id=event.matching("id", _EVENT, f"an id of at most {LONGEST_EVENT_ID} characters without spaces"),
        type=name,
        came_at=int(time.time() * 1000),
        agent_id=agent.line("id", longest=100),
        agent_name=agent.line("name", longest=100),
        text=event.text("text", longest=LONGEST_TEXT, default=""),
        reply_id=event.line("reply_id", longest=LONGEST_EVENT_ID),
        briefing=event.text("briefing", longest=10_000, default=""),
        files=tuple(_file(Fields(each, within="attachments")) for each in event.items("attachments", FILES)),
    )
    if name == "taken" and not said.agent_id:
        raise event.wrong("agent", "must have the id of the agent who has it now")
    if name == "replied" and not said.text and not said.files:
        raise event.wrong("text", "must say something, or there must be attachments")
    if name in {"edited", "deleted"} and not said.reply_id:
        raise event.wrong("reply_id", "must be the id of the event by which the reply came")
    if name == "edited" and not said.text:
        raise event.wrong("text", "must be what the reply says now")
    return said


def _file(fields: Fields) -> RemoteFile:
    return RemoteFile(
        ref=fields.matching("url", _ADDRESS, "an address of at most 2000 characters"),
        name=fields.line("name", longest=200) or "file",
        media_type=fields.line("media_type", longest=100),
    )
