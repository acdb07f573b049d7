"""What a colleague said to one customer becomes what the company says to all."""

import pytest

from frontdoor.drafting import Source, answer_of, content_of
from frontdoor.scrubbing import scrubbed, without_marks


@pytest.mark.parametrize(
    ("text", "language", "left"),
    [
        ("call 13800138000 or +44 20 7946 0958", "en", "call [phone] or [phone]"),
        ("a.lee+shop@mail.example.com, HL2026110101", "en", "[e-mail], [number]"),
        ("card 6222 0212 3456 7890", "en", "card [number]"),
        ("GB56HXDO88167774656119 from 41.173.96.26", "en", "[number] from [number]"),
        ("我的电话是13800138000，订单HL2026110101", "zh", "我的电话是［电话］，订单［号码］"),
        ("see https://x.example/a?b=c", "en", "see [link]"),
        ("on 2026-11-01 19:00 for ¥12999, model AF-55", "en", "on 2026-11-01 19:00 for ¥12999, model AF-55"),
        ("Anna Lee asked, anna agreed, Annapolis did not", "en", "[name] asked, [name] agreed, Annapolis did not"),
        ("王芳说可以", "zh", "［姓名］说可以"),
    ],
)
def test_what_tells_who_somebody_is_goes(text: str, language: str, left: str) -> None:
    assert scrubbed(text, language, ["Anna Lee", "Anna", "王芳", ""]) == left


def test_without_marks_a_sentence_still_reads_well() -> None:
    assert without_marks(scrubbed("Where is my order HL2026110101?", "en")) == "Where is my order?"


@pytest.mark.parametrize(
    ("answers", "language", "body"),
    [
        (
            [
                "Hello Anna! Thank you for your patience.",
                "Gift cards are valid for 3 years. You can combine them. Is there anything else I can help with?\nTom",
            ],
            "en",
            "Gift cards are valid for 3 years. You can combine them.",
        ),
        (["Hi Anna, you can change it until noon."], "en", "You can change it until noon."),
        (["Thanks for reaching out, the refund takes 3 days."], "en", "The refund takes 3 days."),
        (
            [
                "您好，王女士！感谢您的耐心等待。礼品卡自购买之日起三年有效，可以合并使用。请问还有其他可以帮您的吗？祝您生活愉快！"
            ],
            "zh",
            "礼品卡自购买之日起三年有效，可以合并使用。",
        ),
        (["您好，我帮您查一下。", "亲，可以的，充电座放在干燥处即可。"], "zh", "可以的，充电座放在干燥处即可。"),
        (["First step:\n- open it\n- press the button"], "en", "First step:\n- open it\n- press the button"),
        (["One moment please."], "en", "One moment please."),
        (["Call me at 13800138000, Anna."], "en", "Call me at [phone], [name]."),
    ],
)
def test_an_answer_without_courtesies(answers: list[str], language: str, body: str) -> None:
    assert answer_of(answers, language, ["Anna", "Tom", "王芳"]) == body


def test_an_article_of_a_ticket_has_one_language_and_the_category_next_to_it() -> None:
    source = Source(
        asked=[
            ("how long is my gift card HL2026110101 valid?", "en"),
            ("How long is my gift card valid??", "en"),
            ("When does it expire", "en"),
            ("礼品卡多久过期", "en"),
            ("hello", "en"),
        ],
        answers=["Three years."],
        language="en",
        nearest={"category": "payment"},
    )
    content = content_of(source)
    assert content is not None
    assert content["texts"] == {
        "en": {
            "title": "How long is my gift card valid?",
            "questions": ["When does it expire"],
            "body": "Three years.",
        }
    }
    assert (content["category"], content["audience"]) == ("payment", "public")


def test_an_article_of_a_gap_has_every_language_in_which_was_asked_and_no_body_yet() -> None:
    content = content_of(Source(asked=[("can I pay in gold", "en"), ("可以用金条付款吗", "zh"), ("金条付款", "zh")]))
    assert content is not None
    assert content["category"] == "general"
    assert content["texts"]["zh"] == {"title": "可以用金条付款吗", "questions": ["金条付款"], "body": ""}
    assert content["texts"]["en"]["body"] == ""


def test_nothing_asked_makes_no_article() -> None:
    assert content_of(Source(asked=[("hi", "en")], answers=["Three years."], language="en")) is None
