"""Personal paragraphs of articles: those with places such as {{customer.tier}}, for customers whose card is known.

They are no part of what is searched, and nobody sees a place that is not filled.
"""

import re
from collections.abc import Mapping

PLACES = ("name", "tier", "products", "orders")
"""What of a customer's card an article may tell."""

_PLACE = re.compile(r"\{\{\s*customer\.(\w+)\s*\}\}")
_ANY = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_PARAGRAPHS = re.compile(r"\n\s*\n")


def is_personal(text: str) -> bool:
    """Whether a text has places."""
    return "{{" in text and _PLACE.search(text) is not None


def unknown_places(text: str) -> list[str]:
    """What stands in {{ }} and is no place."""
    return [each for each in _ANY.findall(text) if not (found := _PLACE.fullmatch(each)) or found[1] not in PLACES]


def for_everybody(body: str) -> str:
    """A body without its personal paragraphs."""
    if "{{" not in body:
        return body
    return "\n\n".join(each for each in _PARAGRAPHS.split(body) if not is_personal(each)).strip()


def for_one(body: str, values: Mapping[str, str]) -> str:
    """The personal paragraphs whose places can all be filled, filled."""
    filled = []
    for paragraph in _PARAGRAPHS.split(body):
        places = _PLACE.findall(paragraph)
        if places and all(values.get(place) for place in places):
            filled.append(_PLACE.sub(lambda found: values[found[1]], paragraph))
    return "\n\n".join(filled)
