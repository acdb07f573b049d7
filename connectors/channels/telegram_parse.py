"""What an Update of Telegram's is to us: https://core.telegram.org/bots/api#update.

Only private chats are conversations. A member that we do not need may be anything; one that we need and that is not as
documented is `Malformed`.
"""

import re
from dataclasses import dataclass, replace

from connectors.channels.telegram_content import content_of, media_of
from connectors.errors import Malformed
from connectors.fields import Fields, clean_line
from connectors.languages import reduce_language
from connectors.message import Action, Content, Event, Ignored, Inbound, Profile, Reachable

ID = 1 << 63
NAME = 200
TEXT = 100_000  # characters, far more than Telegram lets anybody write: the core tells customers its own limit
TOKEN = 64  # bytes of callback_data
_COMMAND = re.compile(r"/(start|human|language|help)(?:@\w+)?(?:\s+(.*))?", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"(en|zh|cmn|yue)([-_][a-z0-9]{1,8}){0,4}")
_WORDS = {"english": "en", "英文": "en", "英语": "en", "chinese": "zh", "中文": "zh", "简体中文": "zh"}
_HELP = {"en": "help", "zh": "帮助"}  # the assistant knows these words; a human sees what was asked
_GROUPS = frozenset({"group", "supergroup"})


@dataclass(frozen=True, kw_only=True)
class Read:
    """An update: its number, what it means to the core, and what good manners ask for once that is on disk."""

    update_id: int
    events: tuple[Event, ...]
    query: str = ""  # the button press whose spinner has to end
    group: str = ""  # the group in which somebody has spoken to us
    was: str = ""  # the id that this group had before


def read(update: object, channel: str) -> Read:
    """Translate one update. Raises `Malformed`."""
    fields = Fields(update)
    return _Reader(channel, fields, fields.whole("update_id", 0, ID)).read()


class _Reader:
    """Reads one update."""

    def __init__(self, channel: str, update: Fields, update_id: int) -> None:
        self._channel, self._update, self._id = channel, update, update_id

    def read(self) -> Read:
        if (message := self._update.object("message")) is not None:
            return self._message(message)
        if (edited := self._update.object("edited_message")) is not None:
            return self._edited(edited)
        if (query := self._update.object("callback_query")) is not None:
            return self._pressed(query)
        if (member := self._update.object("my_chat_member")) is not None:
            return self._membership(member)
        return self._ignored("channel" if "channel_post" in self._update else "unsupported")

    def _message(self, message: Fields) -> Read:
        kind, chat = _chat(message)
        sender = message.object("from")
        if kind in _GROUPS:
            return self._in_group(message, chat, sender)
        if kind != "private":
            return self._ignored("channel" if kind == "channel" else "unsupported")
        if sender is None or sender.data.get("is_bot") is True:
            return self._ignored("bot")
        return self._said(message, chat, sender, external_id=str(_message_id(message)))

    def _edited(self, message: Fields) -> Read:
        kind, chat = _chat(message)
        sender = message.object("from")
        if kind != "private" or sender is None or sender.data.get("is_bot") is True:
            return self._ignored("group" if kind in _GROUPS else "unsupported")
        if "location" in message:
            return self._ignored("moving")  # a live location, every few seconds
        if "edit_date" not in message:
            return self._ignored("unchanged")  # of Telegram's own doing
        edits = str(_message_id(message))
        return self._said(message, chat, sender, external_id=f"edit:{self._id}", edits=edits)

    def _said(self, message: Fields, chat: str, sender: Fields, *, external_id: str, edits: str = "") -> Read:
        profile = _profile(sender)
        text = message.text("text", longest=TEXT, default="")
        if command := _COMMAND.fullmatch(text):
            name, argument = command[1].lower(), (command[2] or "").strip()
            return self._command(name, argument, chat, profile, external_id)
        content, phone = content_of(message, sender)
        media = media_of(message)
        if not (content.text or media):
            return self._ignored("unsupported")
        if phone:
            profile = Profile(name=profile.name, language=profile.language, phone=phone, proven=frozenset({"phone"}))
        return self._events(
            Inbound(
                channel=self._channel, address=chat, external_id=external_id, content=content, media=media,
                profile=profile, edits=edits, raw=self._update.data,
            )
        )  # fmt: skip

    def _command(self, name: str, argument: str, chat: str, profile: Profile, external_id: str) -> Read:
        said = Inbound(
            channel=self._channel, address=chat, external_id=external_id, profile=profile, raw=self._update.data
        )
        match name:
            case "start":  # behind a link like https://t.me/<bot>?start=<code>
                code = clean_line(argument)[:TOKEN]
                return self._events(replace(said, action=Action.START, data={"code": code} if code else {}))
            case "human":
                return self._events(replace(said, action=Action.HUMAN))
            case "language":
                wanted = {"language": _language(argument), "aloud": True}
                return self._events(replace(said, action=Action.LANGUAGE, data=wanted))
            case _:
                return self._events(replace(said, content=Content(text=_HELP[profile.language or "en"])))

    def _in_group(self, message: Fields, chat: str, sender: Fields | None) -> Read:
        """Groups are other people's places: we say once that we answer in private, and listen to nothing."""
        ignored: tuple[Event, ...] = (Ignored(channel=self._channel, why="group"),)
        if "migrate_to_chat_id" in message:
            became = str(message.whole("migrate_to_chat_id", -ID, ID))
            return Read(update_id=self._id, events=ignored, group=became, was=chat)
        if "migrate_from_chat_id" in message:
            was = str(message.whole("migrate_from_chat_id", -ID, ID))
            return Read(update_id=self._id, events=ignored, group=chat, was=was)
        by_a_person = sender is not None and sender.data.get("is_bot") is not True
        return Read(update_id=self._id, events=ignored, group=chat if by_a_person else "")

    def _pressed(self, query: Fields) -> Read:
        query_id = query.text("id", longest=100)
        message, sender = query.object("message"), query.object("from")
        if message is None or sender is None:  # of a message sent through the bot elsewhere
            return self._ignored("unsupported", query=query_id)
        kind, chat = _chat(message)
        if kind != "private":
            return self._ignored("group", query=query_id)
        if "data" not in query:  # a game
            return self._ignored("unsupported", query=query_id)
        pressed = Inbound(
            channel=self._channel,
            address=chat,
            external_id=f"press:{query_id}",
            button=query.text("data", longest=TOKEN),
            profile=_profile(sender),
            raw=self._update.data,
        )
        if not pressed.button:
            return self._ignored("unsupported", query=query_id)
        return Read(update_id=self._id, events=(pressed,), query=query_id)

    def _membership(self, member: Fields) -> Read:
        """The bot was blocked or unblocked, or a group has taken it in."""
        kind, chat = _chat(member)
        became = member.object("new_chat_member")
        status = became.text("status", longest=40) if became is not None else ""
        if kind == "private" and status in {"member", "kicked"}:
            return self._events(Reachable(channel=self._channel, address=chat, reachable=status == "member"))
        if kind in _GROUPS:
            invited = status in {"member", "administrator"}
            ignored = Ignored(channel=self._channel, why="group")
            return Read(update_id=self._id, events=(ignored,), group=chat if invited else "")
        return self._ignored("channel" if kind == "channel" else "unsupported")

    def _events(self, *events: Event) -> Read:
        return Read(update_id=self._id, events=events)

    def _ignored(self, why: str, *, query: str = "") -> Read:
        return Read(update_id=self._id, events=(Ignored(channel=self._channel, why=why),), query=query)


def _chat(of: Fields) -> tuple[str, str]:
    """The type and the id of the chat that something happened in."""
    chat = of.object("chat")
    if chat is None:
        raise Malformed("is missing", code="bad_frame", field="chat")
    return chat.text("type", longest=40), str(chat.whole("id", -ID, ID))


def _message_id(message: Fields) -> int:
    return message.whole("message_id", 0, ID)


def _profile(sender: Fields) -> Profile:
    first, last = (sender.line(name, longest=NAME) for name in ("first_name", "last_name"))
    return Profile(name=f"{first} {last}".strip(), language=reduce_language(sender.line("language_code", longest=40)))


def _language(wanted: str) -> str:
    """`en` or `zh` for what people write behind /language; empty when it is neither."""
    word = wanted.strip().lower()
    if word in _WORDS:
        return _WORDS[word]
    return reduce_language(word) if _TAG.fullmatch(word) else ""
