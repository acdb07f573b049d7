"""The text of HTML that somebody else wrote: of mails, and of answers at a helpdesk. Nothing in it is run, loaded or
shown: only words, and the addresses behind links.

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
    "//*[contains(concat(' ', @class, ' '), ' freshdesk_quote ')]",  # Freshdesk
    "//*[@data-signature='true']",  # Zammad: what its groups put under their mails
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
_BEGINS = re.compile(r"<(script|style|head|title)\b", re.IGNORECASE)
_ENDS = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in ("script", "style", "head", "title")}
_BLOCK = re.compile(r"<(?:/?(?:p|div|tr|table|li|h[1-6]|blockquote)|br)\b", re.IGNORECASE)
_TABLES = ("table", "thead", "tbody", "tfoot", "tr", "td", "th")
LAID_OUT = 50_000_000
"""Characters that a text with tables may become: cells are filled up with spaces to the width of their column."""
_GONE = "frontdoor-gone"


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
        _flatten_wide_tables(tree)
        _keep_ampersands(tree)
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
    """Without elements, and all at once: one by one, the texts behind them are put together again and again."""
    for element in tree.xpath(path):
        if element.getparent() is not None:
            element.tag = _GONE
    etree.strip_elements(tree, _GONE, with_tail=False)


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
        _drop_behind(element)
        element = parent
    _drop_behind(element)
    if mark.getparent() is not None:
        mark.tail = None
        mark.drop_tree()


def _drop_behind(element: html.HtmlElement) -> None:
    """What follows an element within its parent."""
    parent = element.getparent()
    for later in list(element.itersiblings()):
        parent.remove(later)
    element.tail = None


def _flatten_wide_tables(tree: html.HtmlElement) -> None:
    """Where tables would become far more text than they have, each cell is a line."""
    widest = max((len(cell.text_content()) for cell in tree.iter("td", "th")), default=0)
    breaks = sum((each.text or "").count("\n") + (each.tail or "").count("\n") for each in tree.iter())
    if widest * (sum(1 for _ in tree.iter()) + breaks) > LAID_OUT:
        for element in tree.iter(*_TABLES):
            element.tag = "div"


def _show_links(tree: html.HtmlElement) -> None:
    """The address of a link stands behind its words, where they are others."""
    for link in tree.xpath("//a[@href]"):
        target = " ".join(link.get("href").split())
        if not target.lower().startswith(("http://", "https://")) or len(target) > _LINK:
            continue
        shown = " ".join(link.text_content().split())
        if shown and shown.rstrip("/") not in {target.rstrip("/"), target.split("://", 1)[1].rstrip("/")}:
            link.append(html.fromstring(f"<span> ({target.replace('&', '&amp;').replace('<', '&lt;')})</span>"))


def _keep_ampersands(tree: html.HtmlElement) -> None:
    """The writer of text reads entities once more: `&amp;lt;` is what somebody wrote who meant `&lt;`."""
    for each in tree.iter():
        if each.text:
            each.text = each.text.replace("&", "&amp;")
        if each.tail:
            each.tail = each.tail.replace("&", "&amp;")


def _bare(source: str) -> str:
    """For HTML that no parser should be given: what stands between the tags."""
    return unescape(_TAG.sub(" ", _BLOCK.sub(r"\n\g<0>", _seen(source))))


def _seen(source: str) -> str:
    """Without scripts, styles and the head."""
    kept, at, unended = [], 0, set[str]()
    while (begin := _BEGINS.search(source, at)) is not None:
        name = begin[1].lower()
        end = None if name in unended else _ENDS[name].search(source, begin.end())
        if end is None:
            unended.add(name)  # it is not looked for again
        kept.append(source[at : begin.start()])
        at = end.end() if end is not None else begin.end()
    return " ".join([*kept, source[at:]])


def _tidy(text: str) -> str:
    lines = [_SPACE.sub(" ", line.replace("\xa0", " ")).strip() for line in text.split("\n")]
    return _BLANK.sub("\n\n", "\n".join(lines)).strip()
