"""A mail in the core's words: its text with what must be said about it, its files, its sender."""

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.mail.parse import Mail, bytes_of, words_of
from connectors.message import Content, Ignored, Inbound, Media, Profile
from connectors.splitting import split

ADDRESS = 150
"""Characters of the longest address: it is part of a name of at most 160 in what channels remember."""
MARGIN = 200
"""Characters behind the room that are looked at for a good place to cut."""
WHOLE_TEXT = -1  # instead of the number of a part
SENTENCES: dict[str, dict[str, str]] = {
    "cut": {
        "en": "(This mail is longer; all of it is in the file {name}.)",
        "zh": "（邮件较长，全文见附件 {name}。）",
    },
    "too_large": {
        "en": "(This mail was too large for its files to be taken.)",
        "zh": "（邮件过大，附件未能接收。）",
    },
    "left_out": {
        "en": "(It has {count} more files, which were not taken.)",
        "zh": "（另有 {count} 个附件未接收。）",
    },
    "refused": {"en": "(Files that could not be taken: {names})", "zh": "（未能接收的附件：{names}）"},
    "elsewhere": {"en": "(Written by mail from {address})", "zh": "（来自邮箱 {address}）"},
}
"""What the text of a message says about its mail."""


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """Where a mail belongs; `id` when a signed word said so."""

    id: str = ""
    channel: str
    address: str


@dataclass(frozen=True, kw_only=True)
class Translator:
    """For the channel of that name; `text` is the most characters that a message has."""

    channel: str
    text: int

    def inbound(
        self, mail: Mail, conversation: Conversation, *, whole: bool, place: tuple[int, int]
    ) -> Inbound | Ignored:
        """The message. `place` is UIDVALIDITY and UID of the mail in its folder."""
        if len(conversation.address) > ADDRESS:
            return Ignored(channel=self.channel, why="address_too_long")
        own = (conversation.channel, conversation.address) == (self.channel, mail.address)
        language = "zh" if is_chinese(mail.text or mail.subject) else "en"
        text = mail.text
        if mail.subject and not mail.is_reply and mail.subject not in text:
            text = f"{mail.subject}\n\n{text}".strip()
        if not text and not mail.files and whole:
            return Ignored(channel=self.channel, why="empty")
        notes = self._notes(mail, language, whole=whole, own=own)
        room = self.text - sum(len(note) + 2 for note in notes)
        files = [(each.part, each.name, each.media_type) for each in mail.files]
        if len(text) > room:
            name = "message.txt"
            note = SENTENCES["cut"][language].format(name=name)
            room = max(1, room - len(note) - 2)
            text = split(text[: 2 * room + MARGIN], room)[0]
            notes = [note, *notes]
            files.append((WHOLE_TEXT, name, "text/plain"))
        about = {"message_id": mail.message_id, "digest": mail.digest}
        origin = {"from": mail.address, "subject": mail.subject} | ({"checks": mail.checks} if mail.checks else {})
        ref = f"{place[0]}:{place[1]}"
        return Inbound(
            channel=conversation.channel,
            address=conversation.address,
            external_id=mail.digest,
            content=Content(
                text="\n\n".join(each for each in (text, *notes) if each),
                custom={"mail": origin},
            ),
            media=tuple(
                Media(ref=ref, name=name, media_type=kind, data={**about, "part": part}) for part, name, kind in files
            ),
            profile=_profile(mail) if own else Profile(),
            raw=mail.raw,
        )

    def _notes(self, mail: Mail, language: str, *, whole: bool, own: bool) -> list[str]:
        """What humans must know: a mail from elsewhere may not be by whom it seems."""
        notes = []
        if not whole:
            notes.append(SENTENCES["too_large"][language])
        if mail.left_out:
            notes.append(SENTENCES["left_out"][language].format(count=mail.left_out))
        if not own:
            notes.append(SENTENCES["elsewhere"][language].format(address=mail.address))
        return notes


def file_names(names: Sequence[str], text: str) -> str:
    """What is said of files that could not be taken; empty where there are none."""
    language = "zh" if is_chinese(text) else "en"
    return f"\n\n{SENTENCES['refused'][language].format(names=', '.join(names)[:200])}" if names else ""


def part_of(data: bytes, media: Media) -> bytes:
    """The bytes of a file of a mail."""
    number = int(media.data["part"])
    return words_of(data).encode() if number == WHOLE_TEXT else bytes_of(data, number)


def is_chinese(text: str) -> bool:
    """Whether a good part of what is written is Chinese."""
    sample = text[:2_000]
    hanzi = sum("\u4e00" <= char <= "\u9fff" for char in sample)
    return hanzi * 4 > sum(char.isalpha() for char in sample)


def _profile(mail: Mail) -> Profile:
    return Profile(
        name=mail.name,
        email=mail.address,
        language="zh" if is_chinese(mail.text or mail.subject) else "",
        proven=frozenset({"email"}) if mail.proven else frozenset(),
    )
