"""What stands in ServiceNow's journal (`sys_journal_field`), and what was attached beside it."""

import datetime
import re
from collections.abc import Iterable, Mapping

from connectors.helpdesk_model import Post, Remark, RemoteFile
from connectors.html_text import to_text
from connectors.message import JSON

COLUMNS = "sys_id,element,element_id,value,sys_created_on,sys_created_by"
_CODE = re.compile(r"\[(/?code)\]", re.IGNORECASE)
_HTML = re.compile(r"\[code\](.*?)\[/code\]", re.IGNORECASE | re.DOTALL)


def words(post: Post) -> str:
    """What an entry says."""
    return f"{post.heading}\n{post.text}".strip()


def harmless(text: str) -> str:
    """What stands between [code] marks would be shown as HTML."""
    return _CODE.sub(r"[ \1]", text)


def plane(text: str) -> str:
    """Only what every database of theirs keeps: the first 65,536 characters of Unicode; both sides are compared so."""
    return "".join(each for each in text if each <= "\uffff")


def kept(entry: JSON) -> str:
    """An entry of ours as it came back."""
    return plane(str(entry.get("value") or ""))


def remark(
    entry: JSON, *, ours: bool, public: bool, names: Mapping[str, str], files: Mapping[str, tuple[RemoteFile, ...]]
) -> Remark:
    """An entry; `names` are those of its authors, `files` what goes with it, by its id."""
    author, sys_id = str(entry.get("sys_created_by") or ""), str(entry["sys_id"])
    return Remark(
        id=sys_id,
        at=int(moment(str(entry.get("sys_created_on"))).timestamp() * 1000),
        text=kept(entry) if ours else _seen(str(entry.get("value") or "")),
        public=public,
        ours=ours,
        author_id="" if author == "system" else author,
        author_name=names.get(author, ""),
        files=files.get(sys_id, ()),
    )


def files_of(comments: Iterable[JSON], attached: Iterable[JSON], within_s: int) -> dict[str, tuple[RemoteFile, ...]]:
    """By the ids of comments: what their authors had attached shortly before."""
    found: dict[str, tuple[RemoteFile, ...]] = {}
    left = list(attached)
    for comment in comments:
        until = moment(str(comment.get("sys_created_on")))
        since = until - datetime.timedelta(seconds=within_s)
        with_it = [
            each
            for each in left
            if each.get("sys_created_by") == comment.get("sys_created_by")
            and since <= moment(str(each.get("sys_created_on"))) <= until
        ]
        left = [each for each in left if each not in with_it]
        found[str(comment["sys_id"])] = tuple(_file(each) for each in with_it)
    return found


def moment(stamp: str) -> datetime.datetime:
    """A time of ServiceNow's, which is UTC; the beginning of time for what is none."""
    try:
        return datetime.datetime.strptime(stamp, "%Y-%m-%d %H:%M:%S").replace(tzinfo=datetime.UTC)
    except ValueError:
        return datetime.datetime.fromtimestamp(0, datetime.UTC)


def stamp(at: datetime.datetime) -> str:
    """The inverse of `moment`."""
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _seen(value: str) -> str:
    """What people read: rich text stands as HTML between [code] marks."""
    return _HTML.sub(lambda match: to_text(match[1], reply=False), value).strip()


def _file(row: JSON) -> RemoteFile:
    size = str(row.get("size_bytes") or "0")
    return RemoteFile(
        ref=str(row.get("sys_id")),
        name=str(row.get("file_name") or "file"),
        media_type=str(row.get("content_type") or ""),
        size=int(size) if size.isdecimal() else 0,
    )
