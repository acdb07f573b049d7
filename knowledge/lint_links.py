"""Links in articles: their form. Whether they lead anywhere is asked by the command, which may use the network."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from knowledge.articles import Article
from knowledge.lint import Finding

_LINK = re.compile(r"!?\[([^\]\n]*)\]\(\s*<?((?:[^()\s>]|\([^()\s]*\))*)>?(?:\s+[\"'][^)\n]*)?\)")
_BARE = re.compile(r"(?<![(\w/<])https?://[^\s<>()\[\]，。；、！？）”]+")
_OPEN = re.compile(r"\[[^\]\n]+\]\((?!(?:[^()\n]|\([^()\n]*\))*\))")
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}|localhost|\[[0-9a-f:.]+\]|\d+(?:\.\d+){3}", re.IGNORECASE)


def addresses(body: str) -> Iterator[str]:
    """The targets of all links, and addresses that stand alone."""
    yield from (found[2] for found in _LINK.finditer(body))
    yield from (found[0].rstrip(".,;:!?") for found in _BARE.finditer(_LINK.sub(" ", body)))


def findings(articles: Iterable[Article]) -> Iterator[Finding]:
    """Links that cannot work, whatever is at their end."""
    for article in articles:
        for text in article.texts.values():
            for why, remedy in _wrong(text.body):
                yield Finding(text.path, article.id, "body", "link", why, remedy)


def _wrong(body: str) -> Iterator[tuple[str, str]]:
    if _OPEN.search(body):
        yield "has a link whose bracket is not closed", "write [words](https://address)"
    for address in addresses(body):
        shown = address[:100]
        try:
            parts = urlsplit(address)
            host = parts.hostname or ""
        except ValueError:
            yield f"has a link to {shown}, which is no address", "correct it"
            continue
        if not address:
            yield "has a link without an address", "write [words](https://address)"
        elif parts.scheme in {"http", "https"}:
            if not _HOST.fullmatch(f"[{host}]" if ":" in host else host):
                yield f"has a link to {shown}, whose host cannot exist", "correct it"
        elif parts.scheme == "mailto":
            if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", parts.path):
                yield f"has a link to {shown}, which is no mail address", "correct it"
        elif parts.scheme == "tel":
            if not re.fullmatch(r"\+?[\d-]{3,20}", parts.path):
                yield f"has a link to {shown}, which is no telephone number", "write tel:+86…"
        elif not parts.scheme:
            yield f"has a link to {shown}, which only works on a page", "write the whole address with https://"
        else:
            yield f"has a link to {shown}, which a chat does not open", "use https, mailto or tel"
