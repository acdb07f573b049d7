"""Small XML as vendors push it, read strictly and written safely.

A document type, with it every entity but the five of XML, is refused; so is what is large, deep or not UTF-8. Text is
written as CDATA, so that nothing in it means anything.
"""

import re
from collections.abc import Mapping
from typing import Self
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from connectors.errors import Malformed, TooLarge
from connectors.fields import clean_text
from connectors.message import JSON

MOST_BYTES = 1 << 20
MOST_ELEMENTS = 1000
DEEPEST = 8
_NOT_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WHOLE = re.compile(r"-?\d{1,18}")
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?")

Tree = Mapping[str, "str | int | Tree"]
"""Elements by name, to be written."""


class XmlFields:
    """The children of one element. Each reader raises `Malformed` (`bad_xml`) unless the child is as asked, and stands
    there once.
    """

    def __init__(self, element: Element, *, within: str = "") -> None:
        self._element, self._within = element, within

    @classmethod
    def parse(cls, data: bytes, root: str = "xml") -> Self:
        """A document whose outermost element is `root`. Raises `Malformed`."""
        element = _parse(data)
        if element.tag != root:
            raise Malformed(f"must be a <{root}>", code="bad_xml")
        return cls(element)

    def __contains__(self, name: str) -> bool:
        return self._one(name) is not None

    def text(self, name: str, *, longest: int, default: str | None = None) -> str:
        """The text of a child, cleaned and trimmed, of at most `longest` characters."""
        child = self._one(name)
        if child is None and default is not None:
            return default
        if child is None or len(child):
            raise self._wrong(name, "must be text")
        text = clean_text(child.text or "").strip()
        if len(text) > longest:
            raise self._wrong(name, f"has more than {longest} characters")
        return text

    def matching(self, name: str, pattern: re.Pattern[str], expected: str) -> str:
        """Text that matches `pattern` as a whole."""
        text = self.text(name, longest=10_000)
        if not pattern.fullmatch(text):
            raise self._wrong(name, f"must be {expected}")
        return text

    def whole(self, name: str, default: int | None = None) -> int:
        """A whole number of at most 18 digits."""
        if default is not None and name not in self:
            return default
        return int(self.matching(name, _WHOLE, "a whole number"))

    def number(self, name: str) -> float:
        """A decimal number."""
        return float(self.matching(name, _NUMBER, "a number"))

    def child(self, name: str) -> "XmlFields | None":
        """A child that has children, or None when it is missing."""
        found = self._one(name)
        return None if found is None else XmlFields(found, within=f"{self._within}{name}.")

    def children(self, name: str) -> "list[XmlFields]":
        """All children of this name."""
        return [XmlFields(each, within=f"{self._within}{name}.") for each in self._element.findall(name)]

    @property
    def data(self) -> JSON:
        """Everything as JSON, to be kept for support; of children with one name, the last."""
        return {each.tag: XmlFields(each).data if len(each) else clean_text(each.text or "") for each in self._element}

    def _one(self, name: str) -> Element | None:
        found = self._element.findall(name)
        if len(found) > 1:
            raise self._wrong(name, "stands twice")
        return found[0] if found else None

    def _wrong(self, name: str, expectation: str) -> Malformed:
        return Malformed(expectation, code="bad_xml", field=f"{self._within}{name}")


def write(root: str, children: Tree) -> bytes:
    """A document: text as CDATA, numbers as they are. Names are ours."""
    return f"<{root}>{_written(children)}</{root}>".encode()


def cdata(text: str) -> str:
    """Any text as CDATA; characters that XML cannot have are left out."""
    return f"<![CDATA[{_NOT_XML.sub('', text).replace(']]>', ']]]]><![CDATA[>')}]]>"


def _written(children: Tree) -> str:
    parts = []
    for name, value in children.items():
        inner = _written(value) if isinstance(value, Mapping) else cdata(value) if isinstance(value, str) else value
        parts.append(f"<{name}>{inner}</{name}>")
    return "".join(parts)


class _Builder:
    """Builds the tree of a document while it is read, and stops at what it must not have."""

    def __init__(self) -> None:
        self._tree = TreeBuilder()
        self._depth = self._count = 0

    def start(self, tag: str, _attributes: dict[str, str]) -> None:
        self._depth, self._count = self._depth + 1, self._count + 1
        if self._depth > DEEPEST or self._count > MOST_ELEMENTS:
            raise Malformed("has too many elements, or too deep", code="bad_xml")
        self._tree.start(tag, {})

    def end(self, tag: str) -> None:
        self._depth -= 1
        self._tree.end(tag)

    def data(self, text: str) -> None:
        self._tree.data(text)

    def doctype(self, *_: object) -> None:
        raise Malformed("has a document type", code="bad_xml")

    def close(self) -> Element:
        return self._tree.close()


def _parse(data: bytes) -> Element:
    if len(data) > MOST_BYTES:
        raise TooLarge(f"has more than {MOST_BYTES} bytes", code="bad_xml")
    builder = _Builder()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = builder.doctype
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    try:
        text = data.decode("utf-8")
        if "\x00" in text:  # of another encoding, which expat would find out by itself
            raise Malformed("is not valid XML", code="bad_xml")
        parser.Parse(text, True)
    except (UnicodeDecodeError, expat.ExpatError):
        raise Malformed("is not valid XML", code="bad_xml") from None
    return builder.close()
