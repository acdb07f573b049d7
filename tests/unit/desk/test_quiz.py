"""Questions made from articles: exactly one option is right, whatever the articles say."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from connectors.message import JSON
from desk import quiz
from desk.quiz import AMOUNT, TRUTH, WHICH, Question, article_hash, questions, sentences, sources
from knowledge.quantities import amounts, quantities


def article(body: str, *, title: str = "Returns", language: str = "en", asks: tuple[str, ...] = ()) -> JSON:
    text = {"title": title, "questions": list(asks), "body": body}
    return {"category": "shop", "related": [], "texts": {language: text}}


BODY = "You can send it back within **30 days** of receipt. The fee is ¥12 for each parcel. Keep the box."
SHOP = {
    "returns": article(BODY, asks=("How do I send it back?",)),
    "delivery": article("Delivery takes 5 days in the city. It costs ¥20 outside of it.", title="Delivery"),
    "wartungen": article("We come within 24 hours of your call for help.", title="Repairs"),
}


def made(**articles: JSON) -> list[Question]:
    return questions(list(articles), sources(articles), 6)


def test_an_article_makes_all_three_kinds_and_always_the_same() -> None:
    first = made(**SHOP)
    assert {each.kind for each in first if each.article_id == "returns"} == {WHICH, AMOUNT, TRUTH}
    assert first == made(**SHOP)
    assert len({each.id for each in first}) == len(first)


def test_the_right_amount_is_the_articles_own_and_the_others_are_near() -> None:
    [asked] = [each for each in made(**SHOP) if each.kind == AMOUNT and "within ____ of receipt" in each.text]
    assert asked.options[asked.right] == "30 days"
    assert len(asked.options) == 4
    assert "5 days" in asked.options, "another article of the category names it"


def test_chinese_articles_ask_in_chinese() -> None:
    body = "签收后 **7 天**内可以退货。运费 15 元由您承担。"
    shop = {
        "tuihuo": article(body, title="怎么退货？", language="zh", asks=("想退掉可以吗",)),
        "peisong": article("市内 3 天送达。", title="配送时间", language="zh"),
    }
    found = [each for each in made(**shop) if each.article_id == "tuihuo"]
    assert {each.kind for each in found} == {WHICH, AMOUNT, TRUTH}
    assert all(each.options == ("正确", "错误") for each in found if each.kind == TRUTH)


def test_what_is_related_is_no_wrong_answer() -> None:
    shop = dict(SHOP) | {"returns": SHOP["returns"] | {"related": ["delivery"]}}
    titles = {option for each in made(**shop) if each.kind == WHICH for option in each.options}
    assert "Delivery" not in titles


def test_only_what_an_article_says_changes_its_hash() -> None:
    one = SHOP["returns"]
    assert article_hash(one | {"tags": ["x"], "updated": "2026-11-27"}) == article_hash(one)
    assert article_hash(article(BODY.replace("30", "14"))) != article_hash(one)


NUMBERS = st.integers(2, 400)
UNITS = st.sampled_from(["days", "hours", "%", "months", "元", "天", "分钟"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(NUMBERS, UNITS), min_size=1, max_size=4), st.sampled_from(["en", "zh"]))
def test_exactly_one_option_is_right(named: list[tuple[int, str]], language: str) -> None:
    end = "。" if language == "zh" else ". "
    words = "这里写明可以办理的期限是" if language == "zh" else "What you can count on here is "
    body = "".join(f"{words}{number} {unit}{end}" for number, unit in named)
    shop = {"one": article(body, title="One", language=language, asks=("why", "how"))}
    shop |= {name: article("Nothing.", title=name.title(), language=language) for name in ("two", "three", "four")}
    found = questions(["one"], sources(shop), 10)
    assume(found)
    said = sentences(body, language)
    for asked in found:
        assert len(set(asked.options)) == len(asked.options) >= 2
        if asked.kind == WHICH:
            assert asked.options.count("One") == 1
            assert asked.options[asked.right] == "One"
        elif asked.kind == AMOUNT:
            gapped = asked.text.split("? ", 1)[-1].split("？", 1)[-1]
            filled = [gapped.replace(quiz.GAP, option).replace(" ", "") for option in asked.options]
            true = [one.replace(" ", "") for one in said]
            assert filled[asked.right] in true
            meant = quantities(asked.options[asked.right])
            assert all(quantities(o) != meant for n, o in enumerate(asked.options) if n != asked.right)
        else:
            stated = asked.text.split("? ", 1)[-1].split("？", 1)[-1]
            assert (stated in said) == (asked.right == 0)


@settings(max_examples=80, deadline=None)
@given(st.text(alphabet="0123456789 天day元¥%小时.-–年约", max_size=40))
def test_amounts_lie_beside_each_other_within_the_text(text: str) -> None:
    last = 0
    for each in amounts(text):
        assert last <= each.start <= each.number[0] < each.number[1] <= each.end <= len(text)
        last = each.end
