"""What a customer has written in a mail: without the quoted mail they answer, and the signature of their program.

Line by line, so that no text is slow to read. Only what certainly is a quote is cut; where nothing of their own would
be left, everything is kept. Programs and their marks: tests/fixtures/channels/email.
"""

import re
import unicodedata

LINES = 5_000
"""Of a mail that are looked at; what follows is kept as it is."""

_SEPARATOR = re.compile(
    r"[-_—=\s]{2,}(original|original message|原始邮件|原始郵件|回复的原邮件|原邮件|邮件原件|转发邮件|转发的邮件|"
    r"forwarded message|forwarded mail|ursprüngliche nachricht|message d'origine|mensaje original)[-_—=\s]{2,}",
    re.IGNORECASE,
)
"""QQ Mail: `------------------ 原始邮件 ------------------`; 163: `---- 回复的原邮件 ----`; Outlook of old."""
_RULE = re.compile(r"[-_=—]{5,}")
_FROM = re.compile(r"[*|\s]*(from|发件人|發件人|寄件者|寄件人|von|de)[\s*]*[:：][*]*\s*\S.*", re.IGNORECASE)
_FIELD = re.compile(
    r"[*|\s]*(sent|date|to|cc|subject|发送时间|發送時間|发件时间|发送日期|傳送時間|日期|时间|時間|收件人|收件者|抄送|副本|主题|主旨|主題|"
    r"gesendet|datum|an|betreff|envoyé|date|à|objet)[\s*]*[:：].*",
    re.IGNORECASE,
)
_FROM_ALONE = re.compile(r"[*|\s]*(发件人|發件人|寄件者|寄件人)\s*[:：]\s*")
_WROTE = re.compile(
    r"(wrote|写道|寫道|schrieb|a écrit|escribió|ha scritto|написал)\s*[:：]?$|\b(schrieb)\b.*[:：]$", re.IGNORECASE
)
_WHEN = re.compile(r"\d{4}|\d{1,2}[/.\-月:]\d{1,2}|<[^<>\s]+@[^<>\s]+>")
_BEGIN = re.compile(
    r"(on|at|am|le|el|il|在|于|於|\d{4}|\d{1,2}[月/.\-]|[^<>]{0,120}<[^<>\s]+@[^<>\s]+>)", re.IGNORECASE
)
_SENT_FROM = re.compile(
    r"(sent from (my |mail |outlook|yahoo|the )|get outlook for|sent via |发自我的|發自我的|來自我的|"
    r"发自 ?(网易|qq|新浪|小米|华为|outlook|foxmail)|从我的.{1,20}发送|我的.{1,12}发送$|從我的 ?(iphone|ipad)|"
    r"从 ?windows ?版?邮件发送|获取 ?outlook|下载 ?outlook|發送自|发送自|来自 ?outlook|签名由|"
    r"\[?(网易邮箱大师|使用网易邮箱大师)|gesendet von mein|envoyé de mon)",
    re.IGNORECASE,
)
_TABLE = re.compile(r"\|[\s|]*")
_TABLE_BEGIN = re.compile(r"\|\s*\|")
_FORWARD = re.compile(r"(fwd?|转发|轉寄|轉發|wg|tr)\s*[:：]", re.IGNORECASE)
_REPLY = re.compile(r"(re|回复|回覆|答复|答覆|aw|sv|rif|r)\s*(\[\d+\])?\s*[:：]", re.IGNORECASE)


def is_forward(subject: str) -> bool:
    """Whether the subject says so: then what is quoted is what it is about."""
    return bool(_FORWARD.match(subject.strip()))


def is_reply(subject: str) -> bool:
    """Whether the subject says so."""
    return bool(_REPLY.match(subject.strip()))


def bare_subject(subject: str) -> str:
    """The subject without any `Re:` and `回复：`."""
    rest = subject.strip()
    while match := _REPLY.match(rest):
        rest = rest[match.end() :].strip()
    return rest


def written(text: str, *, reply: bool, sender: str = "", empty: bool = False) -> str:
    """What the sender has written. Quotes are cut only from replies; a program's signature always, and the sender's
    own address at the end, which Foxmail puts there. Where nothing is left all of it is given, unless it may be
    `empty`.
    """
    lines = text.replace("\u2028", "\n").split("\n")
    looked_at, rest = lines[:LINES], lines[LINES:]
    own = _unquoted(looked_at) if reply else looked_at
    own = _unsigned(own + ([] if len(own) < len(looked_at) else rest), sender)
    return "\n".join(own).strip("\n").strip() or ("" if empty else text.strip())


def _unquoted(lines: list[str]) -> list[str]:
    kept: list[str] = []
    number = 0
    while number < len(lines):
        line = _flat(lines[number])
        if _ends_here(lines, number, line):
            return _without_rule(kept)
        if taken := _attribution(lines, number):
            following = next((_flat(each) for each in lines[number + taken :] if _flat(each)), "")
            if not following.startswith(">"):
                return _without_rule(kept)
            number += taken
            continue
        if not line.startswith(">"):
            kept.append(lines[number])
        number += 1
    return kept


def _ends_here(lines: list[str], number: int, line: str) -> bool:
    """A line that separates, or the head of the quoted mail: who it is from, when, to whom, what about."""
    if _SEPARATOR.match(line):
        return True
    if not (_FROM.fullmatch(line) or _FROM_ALONE.fullmatch(line)):
        return False
    following = [_flat(each) for each in lines[number + 1 : number + 13]]
    return sum(bool(_FIELD.fullmatch(each)) for each in following[:8] if each) >= 2


def _attribution(lines: list[str], number: int) -> int:
    """How many lines from here say that somebody wrote something at some time; programs break them; 0: none."""
    joined = ""
    for taken in range(1, 4):
        if number + taken > len(lines):
            return 0
        line = _flat(lines[number + taken - 1])
        if not line or len(joined) + len(line) > 400 or (line.startswith(">") and taken > 1):
            return 0
        joined = f"{joined} {line}".lstrip("> ")
        if _WROTE.search(joined):
            return taken if _BEGIN.match(joined) and _WHEN.search(joined) else 0
        if not _BEGIN.match(joined):
            return 0
    return 0


def _without_rule(lines: list[str]) -> list[str]:
    """Without the line of dashes, and the words "begin of the quote", right above what was cut."""
    while lines and (not lines[-1].strip() or _RULE.fullmatch(lines[-1].strip())):
        lines = lines[:-1]
    return lines


def _unsigned(lines: list[str], sender: str) -> list[str]:
    """Without the signature: what stands behind `-- ` (RFC 3676), and advertisements of the program at the end."""
    for number, line in enumerate(lines):
        if line.rstrip("\r") in {"-- ", "--"} and any(each.strip() for each in lines[:number]):
            lines = lines[:number]
            break
    first = next((number for number, line in enumerate(lines) if _flat(line)), len(lines))
    end = _signed_at(lines, len(lines))
    while end > first + 1 and (
        _is_advertisement(_flat(lines[end - 1])) or (sender and _flat(lines[end - 1]) == sender)
    ):
        end = _signed_at(lines, end - 1)
    return lines[:end]


def _signed_at(lines: list[str], end: int) -> int:
    """The end without blank lines, and without a table: 163's mail program draws the signature as one: `| |`, the name,
    `|`, `|`, the address, `|`.
    """
    end = _filled(lines, end)
    if not end or not _TABLE.fullmatch(_flat(lines[end - 1])):
        return end
    for number in range(end - 1, max(end - 15, 0), -1):
        if _TABLE_BEGIN.fullmatch(_flat(lines[number])):
            return _filled(lines, number)
    return end


def _is_advertisement(line: str) -> bool:
    return len(line) <= 120 and bool(
        _SENT_FROM.match(line.lstrip("[ ")) or _TABLE.fullmatch(line) or _RULE.fullmatch(line)
    )


def _filled(lines: list[str], end: int) -> int:
    while end and not lines[end - 1].strip():
        end -= 1
    return end


def _flat(line: str) -> str:
    """A line as it is compared: full-width as usual letters, without what nobody sees."""
    if len(line) > 1_000:
        return line[:1_000]
    cleaned = unicodedata.normalize("NFKC", line).replace("\u200b", "").replace("\ufeff", "")
    return cleaned.replace("\u202a", "").replace("\u202c", "").strip()
