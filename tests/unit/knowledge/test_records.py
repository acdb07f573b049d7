"""Records: the same checks as files, and files and records that say the same."""

import datetime
import json
import unicodedata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.articles import Article, Audience, Text, load
from knowledge.records import article_from, to_record
from knowledge.writing import files_of

GOOD: dict[str, Any] = {
    "category": "products",
    "tags": ["kettle"],
    "audience": "public",
    "valid_from": None,
    "valid_until": "2027-01-31",
    "updated": "2026-11-01",
    "related": [],
    "texts": {
        "en": {
            "title": "How do I remove limescale?",
            "questions": ["white stuff in my kettle", "descale the kettle", "clean a kettle"],
            "body": "Boil water with citric acid.\r\n\r\n- Rinse twice.",
        },
        "zh": {
            "title": "怎么除水垢？",
            "questions": ["水壶有白色的东西", "除垢", "清洗水壶"],
            "body": "加柠檬酸煮沸。",
        },
    },
}


def changed(path: str, value: object) -> dict[str, Any]:
    """The good record with one member changed."""
    record: dict[str, Any] = json.loads(json.dumps(GOOD))
    *way, last = path.split(".")
    part = record
    for name in way:
        part = part[name]
    part[last] = value
    return record


def test_a_good_record_is_an_article() -> None:
    article, problems = article_from("kettle-limescale", GOOD)
    assert article is not None
    assert problems == ()
    assert article.valid_until == datetime.date(2027, 1, 31)
    assert article.texts["en"].body == "Boil water with citric acid.\n\n- Rinse twice."
    assert to_record(article) == changed("texts.en.body", article.texts["en"].body)


@pytest.mark.parametrize(
    ("path", "value", "field", "remedy"),
    [
        ("category", "", "category", "one line"),
        ("category", "../secrets", "category", "letters"),
        ("category", ".git", "category", "letters"),
        ("tags", "kettle", "tags", "list"),
        ("audience", "everyone", "audience", "public, customers, agents"),
        ("audience", ["public"], "audience", "public, customers, agents"),
        ("updated", None, "updated", "2026-11-01"),
        ("updated", "1 November", "updated", "2026-11-01"),
        ("updated", "2026-02-30", "updated", "2026-11-01"),
        ("updated", 20261101, "updated", "2026-11-01"),
        ("valid_until", "tomorrow", "valid_until", "2026-11-01"),
        ("valid_from", "2027-02-01", "valid_until", "never be shown"),
        ("author", "me", "author", "known are"),
        ("texts", {}, "texts", "en or zh"),
        ("texts", [], "texts", "en or zh"),
        ("texts.fr", {"title": "x", "body": "x"}, "texts.fr", "en, zh"),
        ("texts.zh", "text", "texts.zh", "object"),
        ("texts.zh.html", "x", "texts.zh.html", "known are"),
        ("texts.zh.title", "", "texts.zh.title", "one line"),
        ("texts.zh.title", 7, "texts.zh.title", "one line"),
        ("texts.zh.title", "a\x00b", "texts.zh.title", "cannot be stored"),
        ("texts.zh.questions", [""], "texts.zh.questions", "list"),
        ("texts.zh.body", "", "texts.zh.body", "empty"),
        ("texts.zh.body", ["x"], "texts.zh.body", "text"),
        ("texts.zh.body", "<script>x</script>", "texts.zh.body", "Markdown"),
        ("texts.zh.body", "# Heading", "texts.zh.body", "bold"),
        ("texts.zh.body", "lone \ud800", "texts.zh.body", "cannot be stored"),
        ("texts.zh.body", "长" * 22_000, "texts.zh.body", "split"),
    ],
)
def test_a_mistake_is_named_with_its_remedy(path: str, value: object, field: str, remedy: str) -> None:
    article, problems = article_from("kettle-limescale", changed(path, value))
    assert article is None, "an article is published whole"
    errors = [problem for problem in problems if problem.error]
    assert [problem.field for problem in errors if problem.field == field], problems
    assert remedy in next(problem.message for problem in errors if problem.field == field)


@pytest.mark.parametrize("article_id", ["", "Kettle", "a/b", "..", "a" * 81, "kettle\n"])
def test_an_id_is_words_and_dashes(article_id: str) -> None:
    article, problems = article_from(article_id, GOOD)
    assert article is None
    assert "id" in {problem.field for problem in problems}


@pytest.mark.parametrize("record", [None, [], "text", 7])
def test_what_is_no_object_is_refused(record: object) -> None:
    assert article_from("kettle", record)[0] is None


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
PATHS = st.sampled_from(
    ["category", "tags", "audience", "valid_from", "updated", "related", "texts", "texts.en", "texts.zh.title",
     "texts.zh.questions", "texts.en.body", "texts.fr", "more"]
)  # fmt: skip


@given(path=PATHS, value=JSON_VALUES)
def test_whatever_comes_is_an_article_or_a_list_of_mistakes(path: str, value: object) -> None:
    article, problems = article_from("kettle-limescale", changed(path, value))
    assert (article is None) == any(problem.error for problem in problems)
    if article is not None:
        assert article_from("kettle-limescale", to_record(article))[0] is not None


@given(record=JSON_VALUES)
def test_whatever_is_no_record_is_refused(record: object) -> None:
    assert article_from("kettle-limescale", record)[0] is None


def test_few_phrasings_and_a_missing_language_are_only_warnings() -> None:
    record = changed("texts.en.questions", ["one"])
    del record["texts"]["zh"]
    article, problems = article_from("kettle-limescale", record)
    assert article is not None
    assert {problem.field for problem in problems} == {"texts.en.questions", "language"}
    assert not any(problem.error for problem in problems)


def test_the_files_of_the_shipped_articles_are_written_as_they_are_read(tmp_path: Path) -> None:
    library = load(Path(__file__).parents[3] / "data" / "kb")
    for article in library.articles.values():
        write(article, tmp_path)
    again = load(tmp_path)
    assert {name: to_record(each) for name, each in again.articles.items()} == {
        name: to_record(each) for name, each in library.articles.items()
    }


def write(article: Article, folder: Path) -> None:
    for path, text in files_of(article).items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")


def _line(text: str) -> str:
    return " ".join(text.split())


def _is_seen(text: str) -> bool:
    return any(unicodedata.category(character)[0] not in "CZ" for character in text)


CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
LINES = st.text(CHARACTERS, min_size=1, max_size=30).map(_line).filter(_is_seen)
BODIES = st.text(CHARACTERS | st.sampled_from("\n\r-:#'\" "), max_size=80)
DATES = st.dates(datetime.date(1990, 1, 1), datetime.date(2090, 1, 1))


@given(
    category=st.from_regex(r"[a-z0-9][a-z0-9-]{0,10}[a-z0-9]", fullmatch=True),
    title=LINES,
    questions=st.lists(LINES, max_size=4),
    tags=st.lists(LINES, max_size=3),
    body=BODIES,
    audience=st.sampled_from(Audience),
    updated=DATES,
    dates=st.lists(DATES, min_size=2, max_size=2).map(sorted) | st.just([None, None]),
)
def test_record_article_and_file_say_the_same(
    category: str, title: str, questions: list[str], tags: list[str], body: str, audience: Audience,
    updated: datetime.date, dates: list[Any],
) -> None:  # fmt: skip
    """given any article, when it goes through a record or through files, then it is the same article."""
    text = Text("en", title, tuple(questions), body, "an-article")
    article = Article(
        "an-article", category, {"en": text}, tuple(tags), audience, updated, ("another",), dates[0], dates[1]
    )
    made, problems = article_from("an-article", json.loads(json.dumps(to_record(article))))
    if made is None:
        assert any(problem.field == "texts.en.body" and problem.error for problem in problems), problems
        return
    with TemporaryDirectory() as folder:
        write(made, Path(folder))
        read = load(Path(folder)).articles["an-article"]
    assert to_record(read) == to_record(made)
