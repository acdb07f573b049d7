"""Markdown as other programs write it."""

from tests.unit.importing.conftest import Read, answers, reasons

GUIDE = """# Acme shop

## Shipping

### 1. How long does shipping take?

Orders ship within **2 days**. See [the list](https://acme.example/ship) and [above](#top), or <https://acme.example>.

| Zone | Days | Price |
|---|---|---|
| EU | 3 | 5 € |
| US | 7 | 12 € |

![A map](img/map.png) ![Box](https://acme.example/box.png)

#### Weekends

No delivery.

### Do you ship <b>abroad</b>?
Yes:

1. Choose a country
2. Pay
   - card
   - transfer

## Notes
Use `<order>` as it is.

## Later
"""


def test_each_heading_becomes_an_article_that_a_chat_can_show(reading: Read) -> None:
    found = reading("guide.md", GUIDE)
    assert answers(found) == {
        "How long does shipping take?": (
            "Orders ship within **2 days**. See [the list](https://acme.example/ship) and above, or https://acme.example.\n\n"
            "- **EU**: Days: 3; Price: 5 €\n- **US**: Days: 7; Price: 12 €\n\n"
            "(A map) [Box](https://acme.example/box.png)\n\n**Weekends**\n\nNo delivery."
        ),
        "Do you ship abroad?": "Yes:\n\n1. Choose a country\n2. Pay\n  - card\n  - transfer",
        "Acme shop: Notes": "Use `‹order›` as it is.",
    }
    assert [piece.group for piece in found.pieces] == ["Shipping", "Shipping", "Acme shop"]
    assert reasons(found) == ["“Later” has no text below it"]


def test_front_matter_says_what_it_says_in_either_language(reading: Read) -> None:
    head = "title: 怎么退款？\n关键词: [退款, 钱]\nlang: zh-CN\n有效期至: 2027/12/31\n受众: 客服\nslug: refunds"
    source = f"---\n{head}\n---\n两天内。\n"
    (piece,) = reading("refund.md", source).pieces
    assert (piece.title, piece.body, piece.language) == ("怎么退款？", "两天内。", "zh")
    assert (piece.tags, piece.valid_until, piece.audience, piece.id) == (
        ("退款", "钱"),
        "2027-12-31",
        "agents",
        "refunds",
    )


def test_an_article_of_ours_keeps_its_body_to_the_letter(reading: Read) -> None:
    body = "One *two* **three**.\n\n- a\n- b\n\n1. c\n\nlast  line"
    (piece,) = reading("ours.md", f"---\nid: ours\ntitle: Ours?\n---\n{body}\n").pieces
    assert (piece.id, piece.body) == ("ours", body)


def test_toml_front_matter_is_read_too(reading: Read) -> None:
    (piece,) = reading("t.md", '+++\ntitle = "What is it?"\ntags = ["a"]\n+++\nThis.').pieces
    assert (piece.title, piece.tags, piece.body) == ("What is it?", ("a",), "This.")


def test_questions_and_answers_are_found_without_headings(reading: Read) -> None:
    source = """Q: Can I return it?
A: Yes, within 30 days.

**问：能换货吗？**

答：能。

**What if it broke?**
We mend it.
"""
    assert answers(reading("qa.txt", source)) == {
        "Can I return it?": "Yes, within 30 days.",
        "能换货吗？": "能。",
        "What if it broke?": "We mend it.",
    }


def test_details_with_a_summary_are_a_question(reading: Read) -> None:
    source = "<details>\n<summary>Is it safe?</summary>\n\nYes, **very**.\n\n</details>\n"
    assert answers(reading("d.md", source)) == {"Is it safe?": "Yes, **very**."}


def test_a_table_of_questions_is_several_articles(reading: Read) -> None:
    source = "# FAQ\n\n| 问题 | 答案 |\n|---|---|\n| 几天到？ | 三天 |\n| 包邮吗？ | 满 99 |\n"
    assert answers(reading("t.md", source)) == {"几天到？": "三天", "包邮吗？": "满 99"}


def test_a_file_without_headings_is_asked_by_its_name(reading: Read) -> None:
    assert answers(reading("returns.txt", "Thirty days.")) == {"returns": "Thirty days."}


def test_answers_are_marked_and_indented_as_chinese_documents_do_it(reading: Read) -> None:
    first = "## Q：登录不了\n\nA ： 1，先看设置\n\n\t2，再看 **日志**\n\n---\n\n"
    second = "## Q：要命令吗\n\nA：\n\n```\n# run\n./run.sh\n```\n"
    assert answers(reading("qa.md", first + second)) == {
        "登录不了": "1，先看设置\n\n2，再看 **日志**",
        "要命令吗": "```\n＃ run\n./run.sh\n```",
    }
