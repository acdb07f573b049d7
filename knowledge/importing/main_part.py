"""The part of a page that is its content: what the page marks as such, else what trafilatura takes for it.

trafilatura (https://trafilatura.readthedocs.io) finds content well but drops headings and lists of short pages, so it
only votes: the smallest element around the paragraphs it kept is taken whole.
"""

import re
from collections import Counter
from typing import Any

from lxml import etree, html

Element = Any
_AROUND = (
    "//nav|//footer|//aside|//form|//dialog|//header[not(ancestor::main or ancestor::article)]|//*[contains("
    "' navigation banner contentinfo search complementary dialog ', concat(' ', @role, ' ')) and @role]"
)
_NAMED = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|breadcrumbs?|sidebar|footer|foot|copyright|cookie|cookies|consent|share|social|"
    r"related-articles|recent-articles|comments?|pagination|pager|skip-link|vote|votes|article-votes|subscribe|newsletter|toc|"
    r"table-of-contents|advert|ads|banner|topbar|toolbar|search-box|login)(?:$|[\s_-])",
    re.IGNORECASE,
)
_LEAST = 20  # characters of a text to be looked for
_SHARE = 0.7


def main_part(tree: Element) -> Element:
    """The element that holds the content; what surely is not content has been taken out of it."""
    _remove(tree)
    marked = [
        element
        for path in ("//main|//*[@role='main']", "//article|//*[@itemprop='articleBody']")
        for element in tree.xpath(path)
        if len(element.text_content().strip()) >= _LEAST
    ]
    if marked:
        outer = [
            element
            for element in marked
            if not any(other is not element and other in element.iterancestors() for other in marked)
        ]
        return outer[0] if len(outer) == 1 else _around(outer, tree)
    return _voted(tree)


def _remove(tree: Element) -> None:
    whole = max(len(tree.text_content()), 1)
    named = [
        e
        for e in tree.iter("div", "section", "ul", "ol", "dl", "p", "header", "span", "table", "tr")
        if _NAMED.search(f"{e.get('class') or ''} {e.get('id') or ''}")
    ]
    for element in [*tree.xpath(_AROUND), *named]:
        if element.getparent() is None or element.tag in {"body", "html", "main"}:
            continue
        if len(element.text_content()) > whole / 2:  # a form or "menu" around everything
            continue
        element.drop_tree()


def _voted(tree: Element) -> Element:
    from trafilatura import bare_extraction

    body = tree.find("body")
    body = tree if body is None else body
    try:
        source = html.fromstring(etree.tostring(tree, encoding="unicode", method="html"))
        found = bare_extraction(
            source, favor_precision=True, include_comments=False, include_tables=True, as_dict=False
        )
    except Exception:  # it is a vote; a page it cannot judge is taken whole
        return body
    kept = getattr(found, "body", None)
    if kept is None:
        return body
    texts = {
        " ".join("".join(element.itertext()).split())
        for element in kept.iter()
        if element.tag in {"p", "item", "head", "quote"}
    }
    texts = {text for text in texts if len(text) >= _LEAST}
    holders = [
        e
        for e in body.iter("p", "li", "div", "dd", "td", "blockquote", "section")
        if " ".join(e.text_content().split()) in texts
    ]
    holders = [e for e in holders if not any(child in holders for child in e)]
    return _around(holders, body) if holders else body


def _around(elements: list[Element], default: Element) -> Element:
    """The smallest element that holds most of these."""
    counts: Counter[Element] = Counter()
    for element in elements:
        counts.update(
            [
                element.getparent() if len(elements) == 1 and element.getparent() is not None else element,
                *element.iterancestors(),
            ]
        )
    fitting = [element for element, count in counts.items() if count >= _SHARE * len(elements)]
    if not fitting:
        return default
    found = max(fitting, key=lambda element: sum(1 for _ in element.iterancestors()))
    return found if found.tag not in {"html"} else default
