"""Reading mail: characters, names of files, HTML, quotes, who vouches for it. Whatever comes, nothing breaks."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.html_text import to_text
from connectors.mail import headers
from connectors.mail.charset import decode
from connectors.mail.flowed import joined
from connectors.mail.origin import checks, is_proven
from connectors.mail.parse import LOGO_BYTES, Reader, bytes_of, digest_of, words_of
from connectors.mail.quotes import bare_subject, written
from connectors.mail.tokens import Tokens

READER = Reader(own=frozenset({"support@hearthline.example"}), trusted_server="mx.hearthline.example")
FIXTURES = Path(__file__).parents[2] / "fixtures" / "channels" / "email"
CHINESE = ["您好，我的订单什么时候发货？", "在吗", "发票抬头写错了，请帮我重新开一张。谢谢！", "hello 你好 👋 ok"]
TRADITIONAL = "請問發票怎麼開，謝謝您的幫忙"


# characters


@pytest.mark.parametrize("text", CHINESE)
@pytest.mark.parametrize(
    "declared", ["", "gb2312", "GBK", "utf-8", "us-ascii", "iso-8859-1", "x-unknown", "no-such-thing"]
)
def test_chinese_is_read_whatever_the_mail_says_of_itself(text: str, declared: str) -> None:
    assert decode(text.encode("utf-8"), declared) == text
    assert decode(text.encode("gb18030"), declared) == text


@pytest.mark.parametrize("declared", ["", "big5", "us-ascii", "utf-8"])
def test_traditional_chinese_is_read(declared: str) -> None:
    assert decode(TRADITIONAL.encode("big5"), declared) == TRADITIONAL


@pytest.mark.parametrize(
    ("text", "codec", "declared"),
    [
        ("Größe 7 café", "latin-1", "iso-8859-1"),
        ("Größe 7 café", "cp1252", ""),
        ("“quoted” – 5 €", "cp1252", "iso-8859-1"),
        ("こんにちは", "iso-2022-jp", "iso-2022-jp"),
        ("안녕하세요", "euc-kr", "ks_c_5601-1987"),
        ("Привет", "koi8-r", "koi8-r"),
        ("~{VPND~}", "ascii", "us-ascii"),
    ],
)
def test_what_is_declared_rightly_is_believed(text: str, codec: str, declared: str) -> None:
    assert decode(text.encode(codec), declared) == text


@pytest.mark.parametrize("name", ["unicode_escape", "punycode", "idna", "rot13", "zlib", "undefined", "mbcs"])
def test_codecs_that_are_no_character_sets_are_not_used(name: str) -> None:
    assert decode(b"\\u0041 plain-", name) == "\\u0041 plain-"


@given(
    st.binary(max_size=300), st.sampled_from(["", "gbk", "utf-8", "big5", "utf-16", "hz", "utf-7", "iso-2022-jp", "?"])
)
def test_any_bytes_are_some_text(data: bytes, declared: str) -> None:
    assert isinstance(decode(data, declared), str)


# headers


@pytest.mark.parametrize(
    ("written_as", "read_as"),
    [
        ("=?UTF-8?B?5L2g5aW9?=", "你好"),
        ("=?gb2312?B?xOO6ww==?= and =?gb2312?Q?=C4=E3?=", "你好 and 你"),
        ("=?UTF-8?B?5L2g?=\r\n =?UTF-8?B?5aW9?=", "你好"),
        ("=?utf-8?Q?=E4=BD?= =?utf-8?Q?=A0?=", "你"),  # a character cut in two
        ("=?utf-8*zh?Q?=E4=BD=A0?=", "你"),  # RFC 2231 section 5
        ("=?utf-8?B?5L2g5aW9", "=?utf-8?B?5L2g5aW9"),
        ("=?utf-8?B?5L2g5aW?=", "你\ufffd"),
        ("=?nonsense?B?5L2g?=", "你"),
        ("plain", "plain"),
    ],
)
def test_encoded_words_are_read(written_as: str, read_as: str) -> None:
    assert headers.words(written_as).startswith(read_as[:1])
    assert headers.words(written_as).strip("\ufffd") == read_as.strip("\ufffd")


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        (b'attachment; filename="a.pdf"', "a.pdf"),
        (b"attachment; filename=a.pdf", "a.pdf"),
        (b"attachment; filename*=UTF-8''%E5%8F%91%E7%A5%A8.pdf", "发票.pdf"),
        (b"attachment; filename*=GB18030''%B7%A2%C6%B1.pdf", "发票.pdf"),
        (b"attachment; filename*0*=UTF-8''%E5%8F; filename*1*=%91.pdf", "发.pdf"),
        (b'attachment; filename*1="b.pdf"; filename*0="a-"', "a-b.pdf"),
        (b'attachment; filename="=?gb18030?B?t6LGsS5wZGY=?="', "发票.pdf"),
        (b'attachment; filename="=?UTF-8?B?5Y+R?=\n =?UTF-8?B?56WoLnBkZg==?="', "发票.pdf"),
        ('attachment; filename="发票.pdf"'.encode("gbk"), "发票.pdf"),
        ('attachment; filename="发票.pdf"'.encode(), "发票.pdf"),
        (b'attachment; filename="a\\"b;c.pdf"; x=y', 'a"b;c.pdf'),
        (b'attachment; filename="\xe2\x80\xaefdp.exe"', "fdp.exe"),  # turned around
        (b"attachment", ""),
    ],
)
def test_names_of_files_are_read(disposition: bytes, name: str) -> None:
    part = headers.read(b"Content-Disposition: " + disposition + b"\n\nx")
    assert headers.file_name(part) == name


@pytest.mark.parametrize(
    ("value", "name", "address", "only_one"),
    [
        (b"Ann <ann@X.Example>", "Ann", "ann@x.example", True),
        (b"ann@x.example", "", "ann@x.example", True),
        (b'"Baker, Tom" <tom@x.example>', "Baker, Tom", "tom@x.example", True),
        (b'"victim@x.example" <evil@y.example>', "", "evil@y.example", True),
        (b"a@x.example, b@y.example", "", "a@x.example", False),
        (b"a@x.example\nFrom: b@y.example", "", "a@x.example", False),
        ("张三 <z@x.example>".encode("gbk"), "张三", "z@x.example", True),
        (b"nobody", "", "", False),
        (b"<>", "", "", False),
    ],
)
def test_senders_are_read(value: bytes, name: str, address: str, only_one: bool) -> None:
    assert headers.sender(headers.read(b"From: " + value + b"\n\nx")) == (name, address, only_one)


# HTML


def test_html_is_only_its_words() -> None:
    source = """<html><head><title>no</title><style>p {}</style></head><body onload=x><script>no()</script><p>one
    <b>two</b></p><ul><li>a</li><li>b</li></ul><p style="display:none">no</p><img src="http://evil.example/x.gif" alt="">
    <a href="https://shop.example/1">here</a> <a href="javascript:no()">there</a> <a href="http://x.example">x.example</a>
    <table><tr><td>1</td><td>2</td></tr></table></body></html>"""
    text = to_text(source, reply=False)
    assert text.splitlines()[0] == "one two"
    assert "here (https://shop.example/1)" in text
    assert "no" not in text.replace("one", "")
    assert "evil" not in text
    assert "x.example (" not in text


@pytest.mark.parametrize(
    "source",
    [
        "<div>" * 50_000, "<a " * 200_000, "<!--" * 100_000, "<table><tr><td>" * 20_000, "&amp;" * 200_000, "<p>" * 200_000,
        "<script>" * 100_000, "<" * 500_000, "\x00<p>\ud800x", "<style>" * 50_000 + "x" * 500_000, "<a href=http://x>" * 30_000,
        '<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><p>&b;</p>', "<?xml version='1.0' encoding='gbk'?><p>a</p>", "",
        "<blockquote type=cite>" * 20_000,
    ],
    ids=range(15),
)  # fmt: skip
def test_html_that_is_made_to_hurt_does_not(source: str) -> None:
    began = time.monotonic()
    assert isinstance(to_text(source, reply=True), str)
    assert time.monotonic() - began < 10


@given(st.text(alphabet="<>/=\"' abdivpt&;#x0!-\n", max_size=300))
def test_any_html_is_some_text(source: str) -> None:
    assert isinstance(to_text(source, reply=True), str)


# quotes


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("ok\n\nOn Mon, 5 Jan 2026 at 10:00, Hearthline <s@h.example>\nwrote:\n> hi", "ok"),
        ("ok\n\nLe lun. 5 janv. 2026 à 10:00, H <s@h.example> a écrit :\n> hi", "ok"),
        ("ok\n\nAm 05.01.2026 um 10:00 schrieb Hearthline:\n> hi", "ok"),
        ("好\n\n在 2026年1月5日，10:00，H <s@h.example> 写道：\n\n> 您好", "好"),
        ("好\n\n---原始邮件---\n发件人: H", "好"),
        ("好\n\n------------------ Original ------------------\nFrom: H", "好"),
        ("好\n\n------------------&nbsp;\n", "好\n\n------------------&nbsp;"),
        ("ok\n\n*From:* H <s@h.example>\n*Sent:* Monday\n*To:* Ann\n*Subject:* x\n\nhi", "ok"),
        ("ok\n________________________________\nFrom: H\nSent: x\nTo: y\n", "ok"),
        ("好\n\n发件人：H\n发送时间：2026年1月5日\n收件人：A\n主题：x\n\n您好", "好"),
        ("ok\n\nSent from my iPhone", "ok"),
        ("好\n\n发自我的华为手机", "好"),
        ("好\n\n获取 Outlook for iOS<https://aka.ms/o0ukef>", "好"),
        ("ok\n-- \nAnn\nBooks", "ok"),
    ],
)
def test_quotes_and_signatures_are_cut(text: str, own: str) -> None:
    assert written(text, reply=True) == own


@pytest.mark.parametrize(
    "text",
    [
        "I wrote:\nplease send it again",
        "我上次写道：请尽快。\n没有回复。",
        "From: Beijing\nTo: Shanghai, please.",
        "The kettle leaks.\n- at the lid\n- at the base\nThanks, that is all.\nNow the second question: where is my order?",
        "发件人：是我\n我想改地址",
        "price > 100\na -- b",
        "Best regards to Li Na, she was great",
        "> everything is quoted\n> here",
        "Sent from my iPhone",
        "-- \nonly this",
    ],
)
def test_what_people_write_is_kept(text: str) -> None:
    assert written(text, reply=True) == text


@given(st.text(alphabet=">-_:| \nOnwrote写道发件人From至2026@.a", max_size=400), st.booleans())
def test_something_is_always_left(text: str, reply: bool) -> None:
    own = written(text, reply=reply)
    assert bool(own) == bool(text.strip())
    assert set(own.split()) <= set(text.split())


@pytest.mark.parametrize(
    "text", ["On " * 200_000, "\n" * 500_000, "发件人：x\n" * 20_000, "On 2026\n" * 20_000, "-" * 1_000_000]
)
def test_no_text_is_slow(text: str) -> None:
    began = time.monotonic()
    written(text, reply=True)
    assert time.monotonic() - began < 10


# lines that are to be joined (RFC 3676)


@pytest.mark.parametrize(
    ("flowed", "delete_space", "text"),
    [
        ("My washing machine is \nbroken.\n\nCan you \nhelp?", False, "My washing machine is broken.\n\nCan you help?"),
        ("我的洗衣机 \n坏了。", True, "我的洗衣机坏了。"),
        ("list:\n- one\n- two", False, "list:\n- one\n- two"),
        (" >5 kg, \n From here", False, ">5 kg, From here"),
        ("Yes.\n>> it is \n>> old\n> and \n> new", False, "Yes.\n>> it is old\n> and new"),
        ("> cut \noff", False, "> cut \noff"),
        ("Bye \n-- \nAnn", False, "Bye \n-- \nAnn"),
        ("at the end \n", False, "at the end "),
        ("", False, ""),
    ],
)
def test_broken_lines_are_joined(flowed: str, delete_space: bool, text: str) -> None:
    assert joined(flowed, delete_space=delete_space) == text


def test_a_mail_as_thunderbird_breaks_it_is_read_as_it_was_written() -> None:
    head = "From: a@b.example\r\nSubject: Re: x\r\nContent-Type: text/plain; charset=UTF-8; format=flowed{}\r\n"
    body = "\r\nThe door of my machine \r\nwon't open.\r\n\r\nOn 3/8/2026 10:00, Hearthline wrote:\r\n> Hello, \r\n> hi\r\n"
    assert READER.read((head.format("") + body).encode()).text == "The door of my machine won't open."
    broken = "\r\n洗衣机的 \r\n门打不开\r\n"
    assert READER.read((head.format("; delsp=yes") + broken).encode()).text == "洗衣机的门打不开"


@given(text=st.text(alphabet=" >-a我\n", max_size=200), delete_space=st.booleans())
def test_joining_lines_loses_no_letter(text: str, delete_space: bool) -> None:
    def letters(of: str) -> list[str]:
        return [each for each in of if each not in " >\n"]

    assert letters(joined(text, delete_space=delete_space)) == letters(text)


def test_subjects_lose_what_programs_put_in_front() -> None:
    assert bare_subject("Re: 回复：Re[2]: AW: 订单") == "订单"
    assert bare_subject("Refund: now") == "Refund: now"


# who vouches for it

SERVER = "mx.hearthline.example"


@pytest.mark.parametrize(
    ("results", "proven"),
    [
        ("dkim=pass header.d=shop.example header.s=k", True),
        ("dkim=pass (2048-bit key) header.i=@shop.example", True),
        ("dkim=pass header.d=example", False),  # of everybody below
        ("dkim=pass header.d=evil.example", False),
        ("dkim=fail header.d=shop.example", False),
        ("dkim=none; spf=pass smtp.mailfrom=bounces@shop.example", True),
        ("spf=pass smtp.mailfrom=evil.example", False),
        ("spf=softfail smtp.mailfrom=shop.example", False),
        ("dmarc=pass (p=reject) header.from=shop.example", True),
        ("dmarc=pass header.from=evil.example", False),
        (
            "dkim=pass header.d=evil.example; spf=pass smtp.mailfrom=x@evil.example; dmarc=fail header.from=shop.example",
            False,
        ),
        ("none", False),
        ("", False),
    ],
)
def test_the_domain_must_vouch(results: str, proven: bool) -> None:
    assert is_proven(f"{SERVER}; {results}", server=SERVER, address="ann@shop.example") is proven
    assert not is_proven(f"mx.evil.example; {results}", server=SERVER, address="ann@shop.example")
    assert not is_proven(f"{SERVER}; {results}", server="", address="ann@shop.example")


def test_what_our_server_found_is_noted_for_humans() -> None:
    found = f"{SERVER}; spf=softfail smtp.mailfrom=shop.example; dkim=fail (bad signature) header.d=shop.example"
    assert checks(found, server=SERVER) == "dkim=fail spf=softfail"
    assert checks(found, server="mx.other.example") == ""
    assert checks("", server=SERVER) == ""


def test_only_the_topmost_result_counts_and_only_for_a_single_sender() -> None:
    good = b"Authentication-Results: mx.hearthline.example; dkim=pass header.d=shop.example\n"
    bad = b"Authentication-Results: mx.hearthline.example; dkim=fail header.d=shop.example\n"
    mail = b"From: ann@shop.example\nTo: support@hearthline.example\nSubject: x\n\nhi"
    assert READER.read(good + mail).proven
    assert not READER.read(bad + good + mail).proven
    assert not READER.read(good + b"From: evil@evil.example\n" + mail).proven
    assert not READER.read(mail).proven


# words that open conversations


@given(
    st.text(alphabet="0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=26, max_size=26), st.binary(min_size=32, max_size=32)
)
def test_a_word_opens_its_conversation_and_only_with_its_secret(conversation: str, secret: bytes) -> None:
    tokens, others = (
        Tokens(secret, "Support@Hearthline.example"),
        Tokens(secret[::-1] + b"x", "support@hearthline.example"),
    )
    address, message_id = tokens.address(conversation), tokens.message_id("01KEY-1", conversation)
    assert len(address.partition("@")[0]) <= 64
    assert tokens.in_addresses(["x@y.example", address.upper()]) == conversation
    assert tokens.in_ids(["old@x.example", message_id.strip("<>"), "new@x.example"]) == conversation
    assert tokens.own_id(message_id.upper()) == message_id
    assert others.in_addresses([address]) == others.in_ids([message_id.strip("<>")]) == others.own_id(message_id) == ""
    elsewhere = Tokens(secret, "sales@hearthline.example")
    assert elsewhere.in_addresses([address.replace("support", "sales")]) == ""


# the whole


@given(st.binary(max_size=600))
def test_any_bytes_are_some_mail(data: bytes) -> None:
    mail = READER.read(data)
    assert mail.digest
    assert mail.automatic != "unreadable"


@given(
    st.lists(
        st.sampled_from([
            b"From: a@b.example\n", b"Content-Type: multipart/mixed; boundary=x\n", b"Content-Type: text/html; charset=\n",
            b"Content-Transfer-Encoding: base64\n", b"Content-Transfer-Encoding: uuencode\n", b"\n", b"--x\n", b"--x--\n",
            b"Content-Type: message/rfc822\n", b"Content-Type: multipart/report; report-type=delivery-status\n", b"=\xff\xd0\n",
            b"Content-Type: message/delivery-status\n", b"Content-Disposition: attachment; filename*0*=\n", b"begin 644 x\n",
            b"Content-Type: ;;;\n", b"Subject: =?gbk?q?=\n", b"Content-Type: text/plain; charset*=x'y'%\n",
        ]),
        max_size=14,
    )
)  # fmt: skip
def test_any_heap_of_parts_is_some_mail(lines: list[bytes]) -> None:
    data = b"".join(lines)
    mail = READER.read(data)
    assert mail.automatic != "unreadable"
    for file in mail.files:
        assert isinstance(bytes_of(data, file.part), bytes)
    assert isinstance(words_of(data), str)


def test_a_text_file_of_an_old_program_is_given_in_utf_8() -> None:
    data = (FIXTURES / "raw-gbk.eml").read_bytes()
    [file] = READER.read(data).files
    assert bytes_of(data, file.part).decode() == "税号"


def test_a_mail_is_the_same_by_every_way() -> None:
    mail = b"Message-ID: <1@x>\r\nFrom: a@b.example\r\nSubject: x\r\n\r\nhi\r\n"
    moved = b"Received: by mx\nX-Spam: no\n" + mail.replace(b"\r\n", b"\n") + b"\n"
    assert digest_of(mail) == digest_of(moved)
    assert digest_of(mail) != digest_of(mail.replace(b"hi", b"ho"))


def test_small_pictures_within_the_text_are_left_out_and_large_ones_are_not() -> None:
    def mail(size: int) -> bytes:
        head = b"From: a@b.example\nContent-Type: multipart/related; boundary=x\n\n--x\nContent-Type: text/plain\n\nhi\n--x\n"
        picture = b"Content-Type: image/png\nContent-ID: <1>\nContent-Disposition: inline; filename=p.png\n\n"
        return head + picture + b"0" * size + b"\n--x--\n"

    assert READER.read(mail(LOGO_BYTES - 10)).files == ()
    assert [file.name for file in READER.read(mail(LOGO_BYTES + 10)).files] == ["p.png"]


def test_what_stands_for_an_entity_is_read_once() -> None:
    """given somebody who writes about HTML, then their words are what they typed."""
    assert to_text("<p>use &amp;lt;b&amp;gt; &amp; &amp;amp;, not &lt;i&gt;</p>", reply=False) == (
        "use &lt;b&gt; & &amp;, not <i>"
    )
