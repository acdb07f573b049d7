"""Questions that a page marks as such, with their answers: schema.org's FAQPage and QAPage."""

import json
import re
from collections.abc import Iterator
from typing import Any

from lxml import html

Element = Any


def marked_questions(tree: Element) -> list[tuple[str, str]]:
    """Questions and answers of JSON-LD and microdata, each once. Both may hold HTML."""
    return list(dict.fromkeys([*_json_ld(tree), *_microdata(tree)]))


def _json_ld(tree: Element) -> Iterator[tuple[str, str]]:
    """schema.org FAQPage and QAPage, https://developers.google.com/search/docs/appearance/structured-data/faqpage."""
    for script in tree.xpath("//script[@type='application/ld+json']"):
        try:
            data = json.loads(re.sub(r"[\x00-\x1f]", " ", script.text_content()))
        except (ValueError, RecursionError):
            continue
        yield from _questions(data, 0)


def _questions(data: Any, depth: int) -> Iterator[tuple[str, str]]:
    if depth > 8:
        return
    if isinstance(data, list):
        for item in data:
            yield from _questions(item, depth + 1)
    elif isinstance(data, dict):
        kinds = data.get("@type")
        if "Question" in (kinds if isinstance(kinds, list) else [kinds]):
            answers = data.get("acceptedAnswer") or data.get("suggestedAnswer")
            answer = answers[0] if isinstance(answers, list) and answers else answers
            text = answer.get("text") if isinstance(answer, dict) else answer
            name = data.get("name") or data.get("text")
            if isinstance(name, str) and isinstance(text, str):
                yield name, text
            return
        for key in ("mainEntity", "@graph", "hasPart", "itemListElement", "item"):
            yield from _questions(data.get(key), depth + 1)


def _microdata(tree: Element) -> Iterator[tuple[str, str]]:
    for question in tree.xpath("//*[contains(@itemtype, 'schema.org/Question')]"):
        name = " ".join(question.xpath("string((.//*[@itemprop='name'])[1])").split())
        answers = question.xpath("(.//*[contains(@itemprop, 'Answer')]//*[@itemprop='text'])[1]")
        if name and answers:
            yield name, html.tostring(answers[0], encoding="unicode", with_tail=False)
