"""Saved pages of help centres: what is content, and what is a question."""

import json

import pytest

from tests.unit.importing.conftest import Read, answers, reasons

AROUND = '<nav><a href="/">Home</a></nav><div class="breadcrumbs">Home &gt; Help</div>'
BELOW = '<div class="article-votes">Was this helpful?</div><footer>© Shop. <a href="/imprint">Imprint</a></footer>'


def page(body: str, *, head: str = "", lang: str = "en") -> str:
    """A page with things around its content."""
    start = f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">{head}</head>'
    return f"{start}<body>{AROUND}{body}{BELOW}</body></html>"


def test_headings_of_the_main_part_become_articles(reading: Read) -> None:
    source = page(
        "<main><h1>Refunds</h1><p>Paid in <b>2 days</b>, see <a href='/help/returns'>returns</a>.<br>Always.</p>"
        "<h2 id='card'>To which card?</h2><ul><li>Yours<ul><li>the same</li></ul></li><li><p>No other</p></li></ul>"
        "<table><tr><th>Card</th><th>Days</th></tr><tr><td>Visa</td><td>3</td></tr></table>"
        "<img src='/a.png' alt='The form'><script>alert(1)</script></main>",
        head="<title>Refunds | Shop</title><link rel='canonical' href='https://shop.example/help/refunds'>",
    )
    found = reading("refunds.html", source)
    assert answers(found) == {
        "Refunds": "Paid in **2 days**, see [returns](https://shop.example/help/returns).\nAlways.",
        "To which card?": "- Yours\n  - the same\n- No other\n\n- **Visa**: 3\n\n[The form](https://shop.example/a.png)",
    }
    assert [piece.place for piece in found.pieces] == ["heading 1", "#card"]


def test_lists_of_questions_and_things_that_open_are_articles(reading: Read) -> None:
    source = page(
        "<main><h1>会员积分</h1><dl><dt>如何查积分</dt><dd>在<b>我的</b>页面。</dd></dl>"
        "<details><summary>积分会过期吗？</summary><p>会，两年。</p></details>"
        "<div><button aria-expanded='false'>怎么兑换？</button><div hidden>在商城。</div></div>"
        "<div class='faq-question'>能转赠吗？</div><div class='faq-answer' style='display:none'>不能。</div></main>",
        lang="zh-CN",
    )
    found = reading("points.html", source)
    assert answers(found) == {
        "如何查积分": "在**我的**页面。",
        "积分会过期吗？": "会，两年。",
        "怎么兑换？": "在商城。",
        "能转赠吗？": "不能。",
    }
    assert {piece.language for piece in found.pieces} == {"zh"}


def test_schema_org_questions_come_before_what_is_shown(reading: Read) -> None:
    def asked(name: str, text: str) -> dict[str, object]:
        return {"@type": "Question", "name": name, "acceptedAnswer": {"@type": "Answer", "text": text}}

    questions = [asked("How <b>long</b>?", "<p>A <i>day</i>.</p>"), asked("No answer?", "")]
    data = {"@context": "https://schema.org", "@graph": [{"@type": "FAQPage", "mainEntity": questions}]}
    head = f'<script type="application/ld+json">{json.dumps(data)}</script>'
    found = reading("faq.html", page("<main><h1>Other</h1><p>Nothing of use.</p></main>", head=head))
    assert answers(found) == {"How long?": "A day."}
    assert reasons(found) == ["“No answer?” has no answer"]


def test_microdata_questions_are_read(reading: Read) -> None:
    source = page(
        "<div itemscope itemtype='https://schema.org/FAQPage'><div itemprop='mainEntity' itemscope "
        "itemtype='https://schema.org/Question'><h3 itemprop='name'>Free?</h3><div itemprop='acceptedAnswer' itemscope "
        "itemtype='https://schema.org/Answer'><div itemprop='text'>Yes, <a href='https://a.example/'>always</a>.</div></div></div></div>"
    )
    assert answers(reading("m.html", source)) == {"Free?": "Yes, [always](https://a.example/)."}


def test_content_is_found_where_nothing_marks_it(reading: Read) -> None:
    paragraph = "Refunds are paid within two working days after the goods have been looked at by our people. "
    source = (
        "<html><body><div class='x1'><a href='/'>Home</a> <a href='/shop'>Shop</a></div>"
        f"<div class='x2'><h1>How do refunds work?</h1><p>{paragraph}</p><p>{paragraph}They go to the same card.</p>"
        f"<h2>And gift cards?</h2><p>{paragraph}At once.</p></div>"
        "<div class='x3'>Copyright 2026 <a href='/imprint'>Imprint</a> Follow us</div></body></html>"
    )
    found = reading("plain.html", source)
    assert list(answers(found)) == ["How do refunds work?", "And gift cards?"]
    assert "Copyright" not in "".join(answers(found).values())


@pytest.mark.parametrize(("encoding", "title"), [("gb2312", "如何退款"), ("big5", "如何退費"), ("utf-8", "如何退款")])
def test_pages_in_old_encodings_are_read(reading: Read, encoding: str, title: str) -> None:
    head = f'<meta http-equiv="Content-Type" content="text/html; charset={encoding}">'
    source = f"<html><head>{head}</head><body><main><h1>{title}</h1><p>三天。</p></main></body></html>"
    assert answers(reading("old.html", source.encode(encoding))) == {title: "三天。"}


def test_deep_and_empty_pages_end_well(reading: Read) -> None:
    deep = "<div>" * 20_000 + "deep" + "</div>" * 20_000
    assert len(reading("deep.html", page(f"<main>{deep}</main>")).pieces) <= 1
    assert reasons(reading("empty.html", page(""))) == ["no text was found"]
    assert reasons(reading("a.htm", "From: <Saved by Blink>\n\n")) == ["is a web archive"]


def test_markup_in_words_cannot_become_markup_of_ours(reading: Read) -> None:
    source = page(
        "<main><h1>Tags?</h1><p>Write &lt;script&gt;alert(1)&lt;/script&gt; or<br># x<br>| a | b |</p></main>"
    )
    assert answers(reading("t.html", source)) == {"Tags?": "Write ‹script›alert(1)‹/script› or\n＃ x\n a | b"}


def test_questions_of_docbook_are_rows_and_its_contents_are_left_out(reading: Read) -> None:
    source = page(
        "<div class='article'><h1>Valley FAQ</h1>"
        "<div class='toc'><dl><dt><a href='faq.html#a'>How is it said?</a></dt></dl></div>"
        "<table class='qandaset'><tr class='toc'><td><a href='faq.html#a'>1. How</a></td></tr>"
        "<tr class='question'><td><a id='a'></a><b>1.1.</b></td><td><b>How is it said?</b></td></tr>"
        "<tr class='answer'><td></td><td><p>As in “value”.</p><p>Almost.</p></td></tr></table>"
        "<ul><li><a href='#a'>How is it said?</a></li><li><a href='#b'>And then?</a></li></ul></div>"
    )
    assert answers(reading("faq.html", source)) == {"How is it said?": "As in “value”.\n\nAlmost."}
