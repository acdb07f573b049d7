"""The text of an HTML mail. Nothing in it is run, loaded or shown: only words, and the addresses behind links.

What a reply quotes is cut out by the marks that mail programs put around it, where they put any.
"""

import re
from html import unescape

from inscriptis.html_engine import Inscriptis
from inscriptis.model.config import ParserConfig
from lxml import etree, html

BYTES = 1 << 20
"""Of HTML that are read; nobody writes more."""
ELEMENTS = 20_000
DEPTH = 150
_LINK = 300  # characters of an address that is shown
_UNSEEN = "//script|//style|//head|//title|//template|//noscript|//object|//svg|//math|//iframe|//select|//textarea"
_QUOTES = (
    "//blockquote[@type='cite']",  # Apple Mail, Thunderbird
    "//*[contains(concat(' ', @class, ' '), ' gmail_quote ')]",  # Gmail: the line "On … wrote:" is in it
    "//*[contains(concat(' ', @class, ' '), ' gmail_quote_container ')]",
    "//*[contains(concat(' ', @class, ' '), ' moz-cite-prefix ')]",
    "//*[contains(concat(' ', @class, ' '), ' yahoo_quoted ')]",
    "//*[@id='isReplyContent']",  # 163
    "//blockquote[contains(@style, 'border-left')]",  # 163 and others
    "//includetail",  # QQ Mail
)
_FROM_HERE = (
    "//*[@id='divRplyFwdMsg']",  # Outlook: this and all that follows
    "//*[@id='appendonsend']",
    "//*[@id='mail-editor-reference-message-container']",
    "//*[contains(@class, 'foxmail_quote')]",
)
_SPACE = re.compile(r"[^\S\n]+")
_BLANK = re.compile(r"\n{3,}")
_TAG = re.compile(r"<[^<>]{0,2000}>")
_HIDDEN = re.compile(r"(?is)<(script|style|head|title)\b.{0,200000}?</\1\s*>")


def to_text(source: str, *, reply: bool) -> str:
    """The words; without what a reply quotes. Never fails."""
    source = source.encode("utf-8", "replace")[:BYTES].decode("utf-8", "ignore")
    try:
        tree = html.document_fromstring(source.encode(), parser=_parser())
        if _too_much(tree):
            return _tidy(_bare(source))
        _drop(tree, _UNSEEN)
        if reply:
            _drop_quotes(tree)
        _show_links(tree)
        return _tidy(Inscriptis(tree, ParserConfig(display_images=False, display_links=False)).get_text())
    except (etree.LxmlError, ValueError, RecursionError, AssertionError, KeyError, IndexError, AttributeError):
        return _tidy(_bare(source))


def _parser() -> html.HTMLParser:
    return html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)


def _too_much(tree: html.HtmlElement) -> bool:
    """Whether it is made to be laborious: the writer of text walks down by recursion."""
    depth = count = 0
    for event, _ in etree.iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        count += event == "start"
        if depth > DEPTH or count > ELEMENTS:
            return True
    return False


def _drop(tree: html.HtmlElement, path: str) -> None:
    for element in tree.xpath(path):
        if element.getparent() is not None:
            element.drop_tree()


def _drop_quotes(tree: html.HtmlElement) -> None:
    for path in _QUOTES:
        _drop(tree, path)
    for path in _FROM_HERE:
        for mark in tree.xpath(path)[:1]:
            _drop_from(mark)


def _drop_from(mark: html.HtmlElement) -> None:
    """A mark and what follows it, on every level."""
    element = mark
    while (parent := element.getparent()) is not None and parent.tag not in {"html", "body"}:
        for later in list(element.itersiblings()):
            later.drop_tree()
        element.tail = None
        element = parent
    for later in list(element.itersiblings()):
        later.drop_tree()
    element.tail = None
    if mark.getparent() is not None:
        mark.tail = None
        mark.drop_tree()


def _show_links(tree: html.HtmlElement) -> None:
    """The address of a link stands behind its words, where they are others."""
    for link in tree.xpath("//a[@href]"):
        target = " ".join(link.get("href").split())
        if not target.lower().startswith(("http://", "https://")) or len(target) > _LINK:
            continue
        shown = " ".join(link.text_content().split())
        if shown and shown.rstrip("/") not in {target.rstrip("/"), target.split("://", 1)[1].rstrip("/")}:
            link.append(html.fromstring(f"<span> ({target.replace('&', '&amp;').replace('<', '&lt;')})</span>"))


def _bare(source: str) -> str:
    """For HTML that no parser should be given: what stands between the tags."""
    return unescape(_TAG.sub(" ", _HIDDEN.sub(" ", source)))


def _tidy(text: str) -> str:
    lines = [_SPACE.sub(" ", line.replace("\xa0", " ")).strip() for line in text.split("\n")]
    return _BLANK.sub("\n\n", "\n".join(lines)).strip()
