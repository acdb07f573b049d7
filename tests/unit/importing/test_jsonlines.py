"""JSON of our own export, of question lists, and of help desks."""

import json

import pytest

from tests.unit.importing.conftest import Read, answers, reasons

RECORD = {
    "id": "kettle", "category": "products", "tags": ["water"], "audience": "customers", "valid_from": None,
    "valid_until": "2027-01-31", "updated": "2026-11-01", "related": ["cup"],
    "texts": {
        "en": {"title": "Limescale?", "questions": ["white stuff", "a; b"], "body": "Boil *vinegar*."},
        "zh": {"title": "水垢？", "questions": [], "body": "煮醋。"},
    },
}  # fmt: skip


def test_our_own_records_come_back_whole(reading: Read) -> None:
    en, zh = reading("kb.jsonl", json.dumps(RECORD)).pieces
    assert (en.id, en.title, en.questions, en.body) == (
        "kettle",
        "Limescale?",
        ("white stuff", "a; b"),
        "Boil *vinegar*.",
    )
    assert (zh.language, zh.title, zh.pair) == ("zh", "水垢？", en.pair)
    assert (en.audience, en.valid_until, en.tags, en.related) == ("customers", "2027-01-31", ("water",), ("cup",))


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({"id": "a1", "answer": "Yes.", "lang": "en"}, {"": "Yes."}),
        ({"id": "c", "text": "一段话。"}, {"": "一段话。"}),
        (
            {"id": "h|0", "entity": "A Hotel", "question": "Pets?", "answer": "No.", "lang": "en"},
            {"A Hotel: Pets?": "No."},
        ),
        ({"id": "q", "questions": ["First?", "Second?"], "answer": "Yes."}, {"First?": "Yes."}),
        ({"id": 7, "subject": "Title", "html": "<p>One<br>two</p>", "label_names": ["a"]}, {"Title": "One\ntwo"}),
    ],
)
def test_rows_of_other_shapes_are_read(reading: Read, row: dict[str, object], found: dict[str, str]) -> None:
    assert answers(reading("kb.jsonl", json.dumps(row, ensure_ascii=False))) == found


def test_rows_in_two_languages_are_one_article(reading: Read) -> None:
    row = {
        "id": "d1",
        "q_en": "What?",
        "a_en": "This.",
        "q_zh": "什么？",
        "a_zh": "这个。",
        "source": "x",
        "license": "y",
    }
    en, zh = reading("faq.jsonl", json.dumps(row)).pieces
    assert (en.title, en.language, zh.title, zh.language, en.pair == zh.pair != "") == (
        "What?",
        "en",
        "什么？",
        "zh",
        True,
    )


def test_a_help_desks_export_is_a_list_inside(reading: Read) -> None:
    export = {
        "count": 1,
        "articles": [{"title": "Hours?", "body": "<p>9–5</p>", "locale": "en-us", "html_url": "https://a.example/1"}],
    }
    assert answers(reading("export.json", json.dumps(export))) == {"Hours?": "9–5"}


@pytest.mark.parametrize("name", ["many.json", "many.jsonl"])
def test_of_a_huge_file_the_first_are_read_and_the_rest_is_told_once(
    reading: Read, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("knowledge.importing.jsonlines.PIECES", 3)
    rows = [json.dumps({"q": f"A {number}?", "a": "B."}) for number in range(9)]
    found = reading(name, "\n".join(rows) if name.endswith("l") else f"[{','.join(rows)}]")
    assert (len(found.pieces), reasons(found)) == (3, ["more than 3 articles in one file"])


def test_broken_lines_are_told_and_others_read(reading: Read) -> None:
    found = reading("kb.jsonl", '{"q": "A?", "a": "B."}\n{oops\n[1]\n' + "[" * 100_000 + "\n")
    assert answers(found) == {"A?": "B."}
    assert reasons(found) == ["is no JSON", "is no object", "is no JSON"]
    assert reasons(reading("deep.json", "[" * 100_000)) == ["is nested too deeply"]
    assert reasons(reading("none.json", '{"x": 1}')) == ["has neither question nor answer"]
