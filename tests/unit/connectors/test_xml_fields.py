"""Strict reading and safe writing of small XML."""

import re
from contextlib import suppress
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import Malformed, TooLarge
from connectors.fields import clean_text
from connectors.xml_fields import MOST_BYTES, XmlFields, cdata, write

XML = r"[\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
PUSH = """<xml>
<ToUserName><![CDATA[gh_1]]></ToUserName>
<CreateTime>1348831860</CreateTime>
<Content><![CDATA[ <b>你好</b> & ]]]]><![CDATA[> ]]></Content>
<X>-23.5</X>
<Info><Count>2</Count><List><item><Sum>a</Sum></item><item><Sum>b</Sum></item></List></Info>
<Empty/>
</xml>""".encode()


def test_fields_are_read_as_what_they_are() -> None:
    push = XmlFields.parse(PUSH)
    assert push.text("ToUserName", longest=10) == "gh_1"
    assert push.whole("CreateTime") == 1348831860
    assert push.text("Content", longest=100) == "<b>你好</b> & ]]>"
    assert push.number("X") == -23.5
    assert push.text("Empty", longest=1) == ""
    assert push.text("Missing", longest=1, default="-") == "-"
    assert push.whole("Missing", 7) == 7
    assert "Info" in push
    assert "Missing" not in push
    info = push.child("Info")
    assert info is not None
    items = info.child("List").children("item")
    assert [each.text("Sum", longest=1) for each in items] == ["a", "b"]
    assert push.data["Info"]["Count"] == "2"


@pytest.mark.parametrize(
    "read",
    [
        lambda push: push.text("Missing", longest=10),
        lambda push: push.text("ToUserName", longest=3),
        lambda push: push.text("Info", longest=100),
        lambda push: push.whole("X"),
        lambda push: push.number("ToUserName"),
        lambda push: push.whole("Empty"),
        lambda push: push.matching("ToUserName", re.compile("wx.*"), "an id"),
    ],
)
def test_fields_that_are_not_as_asked_are_malformed(read) -> None:
    with pytest.raises(Malformed) as error:
        read(XmlFields.parse(PUSH))
    assert error.value.field


def test_a_field_that_stands_twice_is_malformed() -> None:
    push = XmlFields.parse(b"<xml><A>1</A><A>2</A></xml>")
    with pytest.raises(Malformed, match="twice"):
        push.text("A", longest=10)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{}",
        b"<xml>",
        b"<xml></xml><xml></xml>",
        b"<other></other>",
        b"\xff\xfe<\x00x\x00m\x00l\x00/\x00>\x00",
        b"<xml>\xff</xml>",
        b"<xml>\x00</xml>",
        b"<xml>&nbsp;</xml>",
        b"<!DOCTYPE xml><xml></xml>",
        b'<!DOCTYPE xml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><xml>&b;</xml>',
        b'<!DOCTYPE xml SYSTEM "file:///etc/passwd"><xml/>',
        b'<!DOCTYPE xml [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml>&a;</xml>',
        b"<xml>" + b"<a>" * 10 + b"</a>" * 10 + b"</xml>",
        b"<xml>" + b"<a/>" * 2000 + b"</xml>",
    ],
)
def test_what_is_not_plain_xml_is_malformed(document: bytes) -> None:
    with pytest.raises(Malformed):
        XmlFields.parse(document)


def test_what_is_very_large_is_not_read() -> None:
    with pytest.raises(TooLarge):
        XmlFields.parse(b"<xml>" + b" " * MOST_BYTES + b"</xml>")


def test_a_declared_encoding_changes_nothing() -> None:
    push = XmlFields.parse('<?xml version="1.0" encoding="iso-8859-1"?><xml><A>é</A></xml>'.encode())
    assert push.text("A", longest=10) == "é"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_any_text_comes_back_as_it_was_written(text: str) -> None:
    document = write("xml", {"Content": text, "CreateTime": 12, "Image": {"MediaId": "m"}})
    tree = ElementTree.fromstring(document)  # noqa: S314 (we wrote it)
    assert clean_text(tree.findtext("Content")) == clean_text("".join(re.findall(XML, text)))
    assert tree.findtext("CreateTime") == "12"
    assert tree.findtext("Image/MediaId") == "m"


@given(st.binary(max_size=300))
def test_no_bytes_break_it(data: bytes) -> None:
    with suppress(Malformed):
        XmlFields.parse(b"<xml>" + data + b"</xml>")


def test_nothing_in_a_text_ends_it() -> None:
    assert cdata("a]]><b/>") == "<![CDATA[a]]]]><![CDATA[><b/>]]>"
