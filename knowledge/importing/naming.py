"""Ids and categories from words, and what marks where an article came from."""

import hashlib
import re
import unicodedata
from collections.abc import Container

ID_WIDTH = 60
SOURCE = "source:"
"""Begins the tag that keeps where an article was imported from: `source:faq.xlsx#row-12`."""

_HAN = re.compile(r"[\u3400-\u9fff]")


def slug(text: str) -> str:
    """Words with dashes in a-z and 0-9; Chinese as pinyin. Empty when nothing of the text can be written so."""
    if _HAN.search(text):
        from pypinyin import lazy_pinyin

        text = " ".join(lazy_pinyin(text))
    plain = unicodedata.normalize("NFKD", text.replace("’", "").replace("'", "")).encode("ascii", "ignore").decode()
    whole = "-".join(re.findall(r"[a-z0-9]+", plain.lower()))
    if len(whole) <= ID_WIDTH:
        return whole
    return whole[: ID_WIDTH + 1].rsplit("-", 1)[0] if "-" in whole[: ID_WIDTH + 1] else whole[:ID_WIDTH]


def free_id(wanted: str, title: str, taken: Container[str]) -> str:
    """An id that is not taken: `wanted` or the title as words, with a number if need be."""
    base = slug(wanted) or slug(title) or f"article-{hashlib.blake2b(title.encode(), digest_size=4).hexdigest()}"
    found, number = base, 2
    while found in taken:
        found, number = f"{base}-{number}", number + 1
    return found


def category_of(text: str) -> str:
    """A category's name, as it can be a folder's; empty when nothing can be made of it."""
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())
    return "-".join(words)[:40].strip("-_")


def source_tag(source: str, place: str) -> str:
    """The tag for an article's origin."""
    return f"{SOURCE}{_part(source)}#{_part(place)}"


def source_of(tags: Container[str]) -> tuple[str, str] | None:
    """File and place that a source tag names."""
    for tag in tags if isinstance(tags, (list, tuple)) else ():
        if tag.startswith(SOURCE):
            file, _, place = tag[len(SOURCE) :].partition("#")
            return file, place
    return None


def file_part(source: str) -> str:
    """A file as a source tag writes it."""
    return _part(source)


def _part(text: str) -> str:
    return re.sub(r"[\s,;，；、|#]+", "-", text.strip().lower()).strip("-")[:120]
