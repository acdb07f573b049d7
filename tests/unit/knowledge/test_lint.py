"""Lint: what it finds, and that it is quiet where nothing is wrong."""

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge import lint_facts, lint_links, lint_reach, lint_similar
from knowledge.articles import Article, Library, load
from knowledge.lint import Finding, of_dates, of_problems
from knowledge.quantities import Quantity, quantities
from knowledge.records import article_from
from knowledge.vectors import CachedEmbedder

ROOT = Path(__file__).resolve().parents[3]
TODAY = datetime.date(2026, 11, 27)


def article(
    name: str, *, en: str = "", zh: str = "", title: str = "", questions: tuple[str, ...] = (), **more: Any
) -> Article:
    """An article with these bodies."""
    texts = {
        language: {"title": title or f"{name}?", "questions": list(questions), "body": body}
        for language, body in (("en", en), ("zh", zh))
        if body
    }
    record = {"category": "c", "updated": "2026-11-01", "texts": texts, **more}
    found, problems = article_from(name, record)
    assert found is not None, problems
    return found


def by_id(*articles: Article) -> Mapping[str, Article]:
    return {each.id: each for each in articles}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("within 30 days", {"30 days"}),
        ("30天内", {"30 days"}),
        ("三十天或 **15 个工作日**", {"30 days", "15 days"}),
        ("two years, 24 months, 两年", {"2 years"}),
        ("1–3 days", {"1 days", "3 days"}),
        ("¥99 起，99 元", {"99 money"}),
        ("1,299 yuan", {"1299 money"}),
        ("90 分钟 / 1.5 hours", {"1.5 hours"}),
        ("2026年11月1日、1 November、Nov 1", {"11-01"}),
        ("9:00–18:00", {"9:00", "18:00"}),
        ("8 折 iPhone 15 Pro HL2026110101 400-000-1234", set()),
    ],
)
def test_amounts_are_the_same_in_both_languages(text: str, told: set[str]) -> None:
    assert {str(each) for each in quantities(text)} == told


@given(
    st.integers(1, 99),
    st.sampled_from([("{} days", "{} 天"), ("{} hours", "{}小时"), ("¥{}", "{} 元"), ("{}%", "{}%")]),
)
def test_any_amount_is_the_same_in_both_languages(number: int, form: tuple[str, str]) -> None:
    assert quantities(form[0].format(number)) == quantities(form[1].format(number)) != {}
    assert all(isinstance(each, Quantity) for each in quantities(form[0].format(number)))


def told(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(each.article, each.message) for each in findings]


def test_languages_that_name_other_amounts_contradict_each_other() -> None:
    wrong = article("returns", en="Send it back within **30 days**.", zh="收到后 15 天内可退。")
    (found,) = lint_facts.between_languages(wrong)
    assert (found.kind, found.error) == ("contradiction", True)
    assert found.message == "the Chinese text says 15 days where the English one says 30 days"


@pytest.mark.parametrize(
    ("en", "zh"),
    [
        ("It takes 2 days, for ¥5.", "两天，5 元。"),
        ("It takes 2 days.", "很快。"),
        ("Yes, for 2 years.", "可以，24 个月。"),
        ("Open 9:00–18:00.", "9:00—18:00 营业，全年 365 天。"),
    ],
)
def test_what_only_one_language_says_is_no_contradiction(en: str, zh: str) -> None:
    assert list(lint_facts.between_languages(article("x", en=en, zh=zh))) == []


def test_yes_in_one_language_and_no_in_the_other_is_a_contradiction() -> None:
    (found,) = lint_facts.between_languages(article("x", en="Yes, everywhere.", zh="不支持，仅限大陆。"))
    assert found.message == "one language begins with yes, the other with no"


def test_articles_that_say_the_same_about_other_amounts_contradict_each_other() -> None:
    one = article("refund", en="Thanks. A refund reaches your bank card within 7 days.", zh="退款到银行卡需要 7 天。")
    other = article("cancel", en="A refund reaches your bank card within 14 days. Bye.", zh="退款到银行卡需要七天。")
    ((name, message),) = told(list(lint_facts.between_articles([one, other], {})))
    assert name == "refund"
    assert "“A refund reaches your bank card within 7 days.”, but cancel (“cancel?”) says" in message


def test_a_sentence_and_its_denial_contradict_each_other() -> None:
    one = article("a", zh="会员积分可以转赠给家人使用。")
    other = article("b", zh="会员积分不可以转赠给家人使用。")
    assert len(list(lint_facts.between_articles([one, other], {}))) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The warranty of fridges lasts 3 years.", "The warranty of kettles lasts 1 year."),
        ("Refunds take 7 days to a bank card.", "Refunds to a bank card take 7 days, at most 3 to Alipay."),
        ("冰箱保修三年，从安装之日起算。", "水壶保修一年，从安装之日起算。"),
    ],
)
def test_the_same_about_other_things_is_no_contradiction(one: str, other: str) -> None:
    language = "zh" if "保修" in one else "en"
    articles = [article("a", **{language: one}), article("b", **{language: other})]
    assert list(lint_facts.between_articles(articles, {})) == []


def test_sentences_may_leave_out_what_their_titles_ask_about() -> None:
    one = article("a", en="Check-in time begins at 15:00.", title="When is check-in at the Harbour Inn?")
    other = article("b", en="Check-in time begins at 16:00.", title="When is check-in at the Station Lodge?")
    assert list(lint_facts.between_articles([one, other], {})) == []
    same = article("c", en="Check-in time begins at 16:00.", title="At what hour can I have my room?")
    assert len(list(lint_facts.between_articles([one, same], {}))) == 1


def test_duplicates_are_found_by_letters_and_by_meaning(embedder: CachedEmbedder) -> None:
    articles = by_id(
        article("a", en="Parcels arrive after two working days.", title="How long does shipping take?"),
        article("b", en="Parcels arrive after two working days", title="How long does the shipping take?"),
        article("c", en="Cut roses back to four buds in early spring.", title="How do I prune roses?"),
    )
    (pair,) = lint_similar.pairs(articles, None)
    assert (pair.first, pair.second) == ("a", "b")
    assert [(each.first, each.second) for each in lint_similar.pairs(articles, embedder)] == [("a", "b")]
    (found,) = lint_similar.findings(articles, [pair])
    assert "b (“How long does the shipping take?”)" in found.message


def test_an_article_whose_question_belongs_to_another_is_unreachable(embedder: CachedEmbedder) -> None:
    fixtures = load(ROOT / "tests/fixtures/kb").articles
    victim = next(iter(fixtures.values()))
    text = victim.text("en")
    copy = article("zz-copy", en="Nothing of use here at all.", title=text.title, questions=text.questions)
    found = list(lint_reach.findings({**fixtures, copy.id: copy}, embedder, TODAY))
    assert {each.article for each in found} & {victim.id, copy.id}
    assert all("comes first" in each.message or "is needed" in each.message for each in found)


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ("See [it](https://a.example/x_(y)) and https://b.example/z.", None),
        ("[mail](mailto:a@b.example) [call](tel:400-000-1234)", None),
        ("[it](/help)", "only works on a page"),
        ("[it](https://nowhere)", "whose host cannot exist"),
        ("[it](javascript:x)", "which a chat does not open"),
        ("[it](mailto:nobody)", "is no mail address"),
        ("[it]()", "without an address"),
        ("[it](https://a.example", "bracket is not closed"),
    ],
)
def test_links_that_cannot_work_are_found(body: str, wrong: str | None) -> None:
    found = [each.message for each in lint_links.findings([article("x", en=body)])]
    assert (found == []) if wrong is None else any(wrong in message for message in found)


def test_dates_that_are_over_are_told() -> None:
    def about(**dates: str) -> list[tuple[str, str]]:
        return [(each.field, each.kind) for each in of_dates([article("x", en="Yes.", **dates)], TODAY)]

    assert about() == []
    assert about(valid_until="2026-11-26") == [("valid_until", "validity")]
    assert about(valid_until="2026-12-01") == [("valid_until", "validity")]
    assert about(valid_until="2027-12-01") == []
    assert about(updated="2025-01-01") == [("updated", "stale")]
    assert about(updated="2027-01-01") == [("updated", "stale")]


def test_the_shipped_articles_are_clean(embedder: CachedEmbedder) -> None:
    library: Library = load(ROOT / "data/kb")
    articles = library.articles
    pairs = lint_similar.pairs(articles, None)
    found = [
        *of_problems(library),
        *lint_links.findings(articles.values()),
        *(each for one in articles.values() for each in lint_facts.between_languages(one)),
        *lint_similar.findings(articles, pairs),
        *lint_facts.between_articles(articles.values(), lint_similar.alike(pairs)),
    ]
    assert found == []
