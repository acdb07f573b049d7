"""How a message leaves by a vendor."""

from dataclasses import replace

import pytest

from connectors.channel import Limits
from connectors.message import Article, Attachment, Author, Button, Content, Outbound
from connectors.plain_text import plain
from connectors.rendering import chosen, parts

BUTTONS = (Button(title="Yes, solved", token="m.0"), Button(title="No, not yet", token="m.1"))
PHOTO = Attachment(id="f1", name="a.png", media_type="image/png", size=1000, url="https://x.example/f1")
MESSAGE = Outbound(
    message_id="m1", conversation_id="c", address="ann", author=Author.BOT, content=Content(text="Hello"), seq=1, at=0
)


def rendered(limits: Limits, **content: object) -> list[Content]:
    return [part.content for part in parts(replace(MESSAGE, content=Content(**content)), limits)]  # type: ignore[arg-type]


def test_an_answer_names_its_article_and_is_plain_text() -> None:
    article = Article(id="a", title="Opening hours", language="en")
    (part,) = rendered(Limits(), text="**9:00** to [shop](https://s.example)", article=article)
    assert part.text == "9:00 to shop (https://s.example)\n\nFrom: Opening hours"


def test_what_people_write_is_left_as_it_is() -> None:
    message = replace(MESSAGE, author=Author.AGENT, content=Content(text="2*3*4 is **24**"))
    assert parts(message, Limits())[0].content.text == "2*3*4 is **24**"


def test_choices_are_buttons_where_the_vendor_has_them_and_numbers_where_not() -> None:
    (native,) = rendered(Limits(buttons=3), text="Solved?", buttons=BUTTONS)
    assert (native.text, native.buttons) == ("Solved?", BUTTONS)
    for limits in (Limits(), Limits(buttons=1), Limits(buttons=3, button_title=5)):
        (numbered,) = rendered(limits, text="Solved?", buttons=BUTTONS)
        assert numbered.text == "Solved?\n\n1. Yes, solved\n2. No, not yet\nReply with a number."
        assert numbered.buttons == ()


def test_buttons_come_with_the_last_text() -> None:
    first, last = rendered(Limits(text_length=12, buttons=2), text="One two. Three four.", buttons=BUTTONS)
    assert (first.text, first.buttons) == ("One two.", ())
    assert (last.text, last.buttons) == ("Three four.", BUTTONS)


def test_a_text_with_buttons_may_be_shorter_than_others() -> None:
    limits = Limits(text_length=200, buttons=3, button_text=30)
    first, second = rendered(limits, text="It takes 1 to 3 days. Is it solved?", buttons=BUTTONS)
    assert (first.text, first.buttons) == ("It takes 1 to 3 days.", ())
    assert (second.text, second.buttons) == ("Is it solved?", BUTTONS)
    (whole,) = rendered(limits, text="It takes 1 to 3 days. Is it solved?")
    assert whole.text == "It takes 1 to 3 days. Is it solved?"


def test_a_rating_does_not_number_its_numbers() -> None:
    (part,) = rendered(Limits(), text="1 to 5?", buttons=tuple(Button(title=str(n)) for n in range(1, 6)))
    assert part.text == "1 to 5?\n\nReply with a number."


def test_files_are_parts_of_their_own_or_links() -> None:
    text, photo = rendered(Limits(attachments=True), text="Look", attachments=(PHOTO,))
    assert (text.text, photo.attachments) == ("Look", (PHOTO,))
    others = Limits(attachments=True, attachment_sizes=(("video/", 999), ("image/", 1000)))
    assert len(rendered(others, text="Look", attachments=(PHOTO,))) == 2
    for limits in (
        Limits(),
        Limits(attachments=True, attachment_bytes=999),
        Limits(attachments=True, attachment_types=("video/",)),
        Limits(attachments=True, attachment_bytes=9999, attachment_sizes=(("image/", 999),)),
    ):
        (linked,) = rendered(limits, text="Look", attachments=(PHOTO,))
        assert linked.text == "Look\n\nFile: a.png https://x.example/f1"


def test_parts_have_keys_of_their_own() -> None:
    sent = parts(replace(MESSAGE, content=Content(text="One two. Three four.")), Limits(text_length=12))
    assert [(part.part, part.parts, part.key) for part in sent] == [(0, 2, "m1"), (1, 2, "m1-1")]


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("1", "Yes, solved"), ("２", "No, not yet"), ("2.", "No, not yet"), ("（1）", "Yes, solved"),
        ("二", "No, not yet"),
        (" no, NOT yet ", "No, not yet"), ("3", None), ("0", None), ("12 or so", None), ("yes", None), ("", None),
    ],
)  # fmt: skip
def test_a_choice_is_meant_by_its_number_or_its_words(said: str, title: str | None) -> None:
    found = chosen(said, BUTTONS)
    assert (found.title if found else None) == title


def test_a_number_that_is_a_title_is_meant_as_one() -> None:
    buttons = tuple(Button(title=title) for title in ("5", "4", "3"))
    found = chosen("4", buttons)
    assert found is not None
    assert found.title == "4"


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("Just text, 5-8 days!", "Just text, 5-8 days!"),
        ("- a\n- b", "• a\n• b"),
        ("1. a\n2. b\n   - c", "1. a\n2. b\n  • c"),
        ("# Title\n\nText", "Title\n\nText"),
        ("*a*  \nb", "a\nb"),
        ("**粗体**和`码`", "粗体和码"),
        ("<https://x.example>", "https://x.example"),
        ("[mail](mailto:a@b.example)", "mail (a@b.example)"),
        ("order_number_1 and 2 * 3", "order_number_1 and 2 * 3"),
        ("FD-7K2M9QX3 <b>", "FD-7K2M9QX3 <b>"),
    ],
)
def test_markdown_becomes_what_one_would_write_without_it(markdown: str, text: str) -> None:
    assert plain(markdown) == text
