"""Saved web pages and pages of help centres: questions where the page marks them, else headings of its main part.

Nothing is loaded and nothing is run.
"""

import re
from dataclasses import replace
from typing import Any

from lxml import etree, html

from knowledge.importing.blocks import Block, heading_text, with_pairs
from knowledge.importing.columns import date_of, language_of
from knowledge.importing.decoding import decode_html
from knowledge.importing.links import Links
from knowledge.importing.main_part import main_part
from knowledge.importing.page_blocks import blocks_of
from knowledge.importing.page_questions import marked_questions
from knowledge.importing.pieces import TITLE_CHARACTERS, Piece, Reading, Unreadable
from knowledge.importing.sections import Document, pieces_of

Element = Any
ELEMENTS = 200_000


def read(data: bytes, name: str) -> Reading:
    """One page. Raises `Unreadable`."""
    if data[:2_000].lstrip().lower().startswith((b"mime-version:", b"from: <saved by")):
        raise Unreadable("is a web archive", "save the page as “HTML only”")
    tree = parse(decode_html(data))
    reading = Reading()
    given = Piece("", "", "", language=_language(tree), updated=_updated(tree))
    links = Links(_address(tree))
    if marked := marked_questions(tree):
        for number, (question, answer) in enumerate(marked, start=1):
            _marked_piece(question, answer, f"question {number}", given, links, reading)
        return reading
    title = _title(tree) or name
    document = Document(title=title, named=bool(_title(tree)), links=links, given=given)
    pieces_of(list(with_pairs(blocks_of(main_part(tree), links))), document, reading)
    return reading


def parse(source: str) -> Element:
    """A page as a tree. Raises `Unreadable`."""
    source = re.sub(r"\A\s*<\?xml[^>]*\?>", "", source)
    parser = html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        tree = html.document_fromstring(source.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise Unreadable("is no HTML, or is empty", "save the page again as “HTML only”") from error
    if sum(1 for _ in tree.iter()) > ELEMENTS:
        raise Unreadable(f"has more than {ELEMENTS} elements", "split the page")
    return tree


def blocks_of_fragment(source: str, links: Links) -> list[Block]:
    """The blocks of a piece of HTML."""
    try:
        return blocks_of(parse(f"<html><body>{source}</body></html>"), links)
    except Unreadable:
        return []


def _title(tree: Element) -> str:
    found = [heading_text(element.text_content()) for element in tree.iter("h1")]
    if len(found) == 1 and found[0]:
        return found[0][:TITLE_CHARACTERS]
    whole = " ".join(" ".join(tree.xpath("//title[1]//text()")).split())
    return heading_text(re.split(r"\s+[|–—·-]\s+|[|｜_]", whole)[0])[:TITLE_CHARACTERS]


def _language(tree: Element) -> str:
    found = tree.xpath("string(//html/@lang)")
    language = language_of(str(found))
    return language if language != "-" else ""  # pages in English often claim another language; the text decides


def _address(tree: Element) -> str:
    return str(
        tree.xpath("string((//link[@rel='canonical']/@href | //meta[@property='og:url']/@content | //base/@href)[1])")
    )


def _updated(tree: Element) -> str:
    written = str(tree.xpath("string((//meta[@property='article:modified_time']/@content | //time/@datetime)[1])"))
    return date_of(written[:10]) if re.match(r"\d{4}-\d\d-\d\d", written) else ""


def _marked_piece(question: str, answer: str, place: str, given: Piece, links: Links, reading: Reading) -> None:
    from knowledge.importing.markdown import chat_body

    title = (
        heading_text(html.fromstring(f"<p>{question}</p>").text_content())
        if "<" in question
        else heading_text(question)
    )
    body = chat_body(answer, links)
    if title and body:
        reading.pieces.append(replace(given, title=title[:TITLE_CHARACTERS], body=body, place=place))
    else:
        reading.skip(place, f"“{title[:60]}” has no answer", "write the answer")
