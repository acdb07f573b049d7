"""Pieces as articles: ids, languages, parts, and what a second import changes."""

import csv
import datetime
import io
import string
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge import exporting
from knowledge.comparing import compare
from knowledge.fields import BODY_CHARACTERS
from knowledge.importing.naming import free_id, slug
from knowledge.importing.pieces import Piece
from knowledge.importing.plan import Options, Plan, State, plan
from knowledge.importing.splitting import split
from knowledge.records import Record, article_from, to_record
from tests.unit.importing.conftest import Import

TODAY = Options(today=datetime.date(2026, 11, 27))


def piece(title: str, body: str = "Yes.", **more: Any) -> Piece:
    return Piece(**{"title": title, "body": body, "place": "row 2", "source": "faq.csv", **more})


def records(made: Plan) -> dict[str, Record]:
    return {each.id: each.record for each in made.articles}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("How long does it take?", "how-long-does-it-take"),
        ("保修期多久？", "bao-xiu-qi-duo-jiu"),
        ("RC-40 电饭煲", "rc-40-dian-fan-bao"),
        ("Don’t über", "dont-uber"),
        ("Да", ""),
        ("a " * 60, "-".join("a" * 30)),
    ],
)
def test_ids_are_words_of_the_title(text: str, words: str) -> None:
    assert slug(text) == words


def test_an_id_is_given_once() -> None:
    assert free_id("", "Why?", {"why", "why-2"}) == "why-3"
    assert free_id("", "Да", set()).startswith("article-")


def test_an_article_keeps_where_it_came_from_and_its_group() -> None:
    (made,) = plan([piece("Why?", source="My FAQ.csv", group="Shipping")], {}, TODAY).articles
    assert made.record["tags"] == ["shipping", "source:my-faq.csv#row-2"]
    assert (made.record["category"], made.record["updated"], made.state) == ("imported", "2026-11-27", State.NEW)


def test_a_second_import_updates_what_moved_and_was_reworded() -> None:
    first = plan([piece("How long does it take?"), piece("Is it free?", "No.", place="row 3")], {}, TODAY)
    there = records(first)
    again = plan(
        [
            piece("Something new?", "Here.", place="row 2"),
            piece("How long does it take?", "Two days.", place="row 3"),
            piece("Is it free of charge?", "No.", place="row 4"),
            piece("How long will it take you?", "A week.", place="row 5"),
        ],
        there,
        TODAY,
    )
    states = {each.id: each.state for each in again.articles}
    assert states["how-long-does-it-take"] is State.CHANGED
    assert states["something-new"] is State.NEW
    assert len(states) == 4
    assert {each.state for each in plan([piece("Is it free?", "No.", place="row 9")], there, TODAY).articles} == {
        State.UNCHANGED
    }


def test_a_reworded_question_in_its_place_is_the_same_article() -> None:
    there = records(plan([piece("Is it free?", "No, it costs 3 yuan.")], {}, TODAY))
    (again,) = plan([piece("Is it free of charge?", "No, it costs 4 yuan.")], there, TODAY).articles
    assert (again.id, again.state) == ("is-it-free", State.CHANGED)


def test_what_people_added_stays_when_the_source_does_not_say_it() -> None:
    there = records(plan([piece("Is it free?", "No.")], {}, TODAY))
    edited = {
        **there["is-it-free"],
        "audience": "customers",
        "related": ["x"],
        "tags": ["price", *there["is-it-free"]["tags"]],
    }
    edited["texts"] = {**edited["texts"], "zh": {"title": "免费吗？", "questions": [], "body": "不。"}}
    (again,) = plan([piece("Is it free?", "Yes.")], {"is-it-free": edited}, TODAY).articles
    assert (again.record["audience"], again.record["related"]) == ("customers", ["x"])
    assert again.record["tags"] == ["price", "source:faq.csv#row-2"]
    assert sorted(again.record["texts"]) == ["en", "zh"]


def test_a_question_that_another_source_answers_is_left_out_with_the_way_to_replace_it() -> None:
    there = records(plan([piece("Is it free?", "No.", source="old.csv")], {}, TODAY))
    made = plan([piece("Is it free?", "Yes.")], there, TODAY)
    assert made.articles == []
    (skipped,) = made.skipped
    assert skipped.reason == "“Is it free?” is already answered by is-it-free, differently"
    assert "the id is-it-free" in skipped.remedy
    (replaced,) = plan([piece("Is it free?", "Yes.", id="is-it-free")], there, TODAY).articles
    assert replaced.state is State.CHANGED


def test_the_same_question_twice_in_one_import_is_told() -> None:
    made = plan([piece("Why?"), piece("why", "No.", place="row 3"), piece("Why?", place="row 4")], {}, TODAY)
    assert len(made.articles) == 1
    assert [each.reason for each in made.skipped] == [
        "“why” is answered differently at faq.csv row 2",
        "the same question and answer as faq.csv row 2",
    ]


def test_unknown_audiences_and_dates_are_refused_not_guessed() -> None:
    made = plan([piece("Why?", audience="board only"), piece("How?", valid_until="soon", place="row 3")], {}, TODAY)
    assert made.articles == []
    assert ["audience" in made.skipped[0].reason, "valid_until" in made.skipped[1].reason] == [True, True]


def test_files_in_two_languages_are_one_article(tmp_path: Path, importing: Import) -> None:
    (tmp_path / "zh-cn").mkdir()
    (tmp_path / "en").mkdir()
    (tmp_path / "faq.en.md").write_text("# FAQ\n## Free?\nYes.\n## Long?\nNo.\n", encoding="utf-8")
    (tmp_path / "faq.zh.md").write_text("# 问答\n## 免费吗？\n是。\n## 长吗？\n不。\n", encoding="utf-8")
    (tmp_path / "en/one.md").write_text("# Where?\nHere.\n", encoding="utf-8")
    (tmp_path / "zh-cn/one.md").write_text("# 在哪？\n这里。\n", encoding="utf-8")
    (tmp_path / "README.md").write_text("# About\nx\n", encoding="utf-8")
    (tmp_path / "old.doc").write_bytes(b"x")
    (tmp_path / "style.css").write_bytes(b"x")
    made = importing(tmp_path)
    assert {name: sorted(record["texts"]) for name, record in records(made).items()} == {
        "free": ["en", "zh"],
        "long": ["en", "zh"],
        "where": ["en", "zh"],
    }
    assert sorted(each.source for each in made.skipped) == ["README.md", "old.doc"]
    assert {each.state for each in importing(tmp_path, existing=records(made)).articles} == {State.UNCHANGED}


def test_a_long_text_is_cut_where_it_pauses_and_its_parts_name_each_other() -> None:
    body = "\n\n".join(f"**Part {n}**\n" + "One sentence about it. " * 25 for n in range(3))
    made = plan([piece("The whole?", body)], {}, TODAY)
    assert [each.record["texts"]["en"]["title"] for each in made.articles] == [
        "The whole?: Part 0",
        "The whole?: Part 1",
        "The whole?: Part 2",
    ]
    assert made.articles[0].record["related"] == [each.id for each in made.articles[1:]]
    assert {each.state for each in plan([piece("The whole?", body)], records(made), TODAY).articles} == {
        State.UNCHANGED
    }


@given(st.lists(st.text(alphabet="ab 。.\n-", min_size=1, max_size=600), min_size=1, max_size=12))
def test_parts_hold_every_word_in_order_and_none_is_too_long(blocks: list[str]) -> None:
    body = "\n\n".join(blocks).strip()
    parts = split(body)
    assert "".join("".join(part.body.split()) for part in parts) == "".join(body.split())
    assert all(len(part.body) <= BODY_CHARACTERS for part in parts)


WORDS = st.text(
    alphabet=string.ascii_letters + string.digits + " ,;:'=+-@|.?!*_()“”、；，。中文字符é\t", min_size=1, max_size=40
)
LINES = WORDS.map(lambda text: " ".join(text.split())).filter(lambda text: any(c.isalnum() for c in text))
BODIES = st.lists(WORDS | st.just(""), min_size=1, max_size=5).map("\n".join).filter(lambda text: text.strip())
SLUGS = st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,5}){0,2}", fullmatch=True)
DATES = st.dates(datetime.date(2020, 1, 1), datetime.date(2030, 1, 1)).map(datetime.date.isoformat)
TEXTS = st.fixed_dictionaries({"title": LINES, "questions": st.lists(LINES, max_size=3, unique=True), "body": BODIES})
RECORDS = st.fixed_dictionaries(
    {
        "category": SLUGS,
        "tags": st.lists(SLUGS, max_size=2, unique=True),
        "audience": st.sampled_from(["public", "customers", "agents"]),
        "valid_from": st.none() | st.just("2019-05-01"),
        "valid_until": st.none() | DATES,
        "updated": DATES,
        "related": st.lists(SLUGS, max_size=2, unique=True),
        "texts": st.dictionaries(st.sampled_from(["en", "zh"]), TEXTS, min_size=1),
    }
)


@pytest.mark.parametrize("form", ["jsonl", "csv", "xlsx"])
@given(given_records=st.dictionaries(SLUGS, RECORDS, min_size=1, max_size=3))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_export_comes_back_the_same(form: str, given_records: dict[str, Any], importing: Import) -> None:
    there = tidy(given_records)
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"out.{form}"
        if form == "xlsx":
            exporting.write_xlsx(there, path)
        else:
            write = exporting.jsonl if form == "jsonl" else exporting.csv_text
            path.write_text(write(there), encoding="utf-8", newline="")
        made = importing(path, options=TODAY)
    assert not made.skipped
    assert compare(there, records(made)) == []


def tidy(given_records: dict[str, Any]) -> dict[str, Record]:
    """As the desk would store them, each with a question of its own."""
    there = {}
    for name, record in given_records.items():
        for text in record["texts"].values():
            text["title"] = f"{name} {text['title']}"
            text["questions"] = [question for question in text["questions"] if question != text["title"]]
        article, problems = article_from(name, record)
        assert article is not None, problems
        there[name] = to_record(article)
    return there


def test_no_cell_of_a_sheet_can_be_run_as_a_formula() -> None:
    text = {"title": "=cmd|' /C calc'!A0", "questions": ["@SUM(1)"], "body": "＝1＋1\n=1"}
    record = {
        "category": "c",
        "tags": [],
        "audience": "public",
        "updated": "2026-11-01",
        "related": [],
        "texts": {"en": text},
    }
    _, row = csv.reader(io.StringIO(exporting.csv_text({"a": record})))
    assert [cell for cell in row if cell.startswith(("=", "@", "-", "+", "＝", "\n"))] == []
    assert "'=cmd|' /C calc'!A0" in row
