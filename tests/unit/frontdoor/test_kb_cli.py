"""`frontdoor kb …` as a writer types it: real files, a real database, the real model."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from frontdoor.cli.app import app
from frontdoor.cli.kb_links import may_be_asked
from frontdoor.settings import load
from knowledge import articles
from storage import article_drafts, article_log
from storage.database import Database

SHEET = """question,answer,相似问,language
Is there a café?,"Yes, on floor 2.",,en
能带狗吗？,可以。,狗能进吗；宠物可以进吗,zh
,no question here,,
Empty?,,,
"""


def run(*words: object) -> Result:
    """One command."""
    return CliRunner().invoke(app, ["kb", *map(str, words)])


@pytest.fixture
def sheet(project: Path) -> Path:
    """A sheet of questions and answers."""
    path = project / "faq.csv"
    path.write_text(SHEET, encoding="utf-8")
    return path


def stored(project: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Drafts and published articles by id."""

    async def work() -> tuple[dict[str, Any], dict[str, Any]]:
        database = Database(load(project, {}).database_url)
        drafts = await database.read(article_drafts.everything)
        over = await database.read(article_log.over_the_folder)
        await database.close()
        return {draft.article_id: draft for draft in drafts}, dict(over)

    return asyncio.run(work())


def test_a_sheet_is_imported_to_a_folder_and_again_without_doubling(project: Path, sheet: Path) -> None:
    to = project / "new"
    first = run("import", sheet, "--to", to, "--category", "Visit us")
    assert first.exit_code == 0, first.output
    assert "3 new, 0 changed, 0 unchanged, 1 skipped; 3 in one language only" in first.output
    assert "faq.csv row 5: “Empty?” has no answer" in first.output
    made = articles.load(to).articles
    assert sorted(made) == ["is-there-a-cafe", "neng-dai-gou-ma", "no-question-here"]
    assert made["neng-dai-gou-ma"].texts["zh"].questions == ("狗能进吗", "宠物可以进吗")
    assert {article.category for article in made.values()} == {"visit-us"}

    assert "0 new, 0 changed, 3 unchanged" in run("import", sheet, "--to", to, "--category", "Visit us").output
    sheet.write_text(SHEET.replace("on floor 2", "on floor 3"), encoding="utf-8")
    again = run("import", sheet, "--to", to, "--category", "Visit us")
    assert "0 new, 1 changed, 2 unchanged" in again.output
    assert articles.load(to).articles["is-there-a-cafe"].texts["en"].body == "Yes, on floor 3."


def test_a_dry_run_writes_nothing(project: Path, sheet: Path) -> None:
    result = run("import", sheet, "--to", project / "new", "--dry-run")
    assert (result.exit_code, "dry run" in result.output) == (0, True)
    assert not (project / "new").exists()


def test_drafts_wait_in_the_console_and_are_published_when_told(project: Path, sheet: Path) -> None:
    nobody = run("import", sheet)
    assert (nobody.exit_code, "frontdoor user add" in nobody.output) == (1, True)
    assert CliRunner().invoke(app, ["user", "add", "boss", "--name", "B", "--role", "admin"]).exit_code == 0

    assert "Saved as drafts" in run("import", sheet).output
    drafts, over = stored(project)
    assert sorted(drafts) == ["is-there-a-cafe", "neng-dai-gou-ma", "no-question-here"]
    assert (drafts["is-there-a-cafe"].note, over) == ("Imported from faq.csv row 2", {})
    assert "0 new, 0 changed, 3 unchanged" in run("import", sheet).output

    assert run("import", sheet, "--publish").exit_code == 2
    sheet.write_text(SHEET.replace("on floor 2", "on floor 3"), encoding="utf-8")
    published = run("import", sheet, "--publish", "--accept", "--note", "The café moved")
    assert "Published" in published.output, published.output
    drafts, over = stored(project)
    assert over["is-there-a-cafe"]["texts"]["en"]["body"] == "Yes, on floor 3."
    assert "on floor 3" in run("search", "is there a cafe", "--explain").output


def test_an_import_leaves_alone_what_a_person_is_writing(project: Path, sheet: Path) -> None:
    CliRunner().invoke(app, ["user", "add", "boss", "--name", "B", "--role", "admin"])
    run("import", sheet)

    async def edit() -> None:
        database = Database(load(project, {}).database_url)
        (draft,) = [d for d in await database.read(article_drafts.everything) if d.article_id == "is-there-a-cafe"]
        await database.write(article_drafts.save, type(draft)(**{**vars(draft), "note": "my own words"}))
        await database.close()

    asyncio.run(edit())
    result = run("import", sheet)
    assert "is-there-a-cafe has a draft somebody is writing" in result.output
    assert stored(project)[0]["is-there-a-cafe"].note == "my own words"


@pytest.mark.parametrize("how", ["--jsonl", "--csv", "--xlsx", "--to"])
def test_what_is_exported_comes_back_the_same(project: Path, how: str) -> None:
    target = project / ("out" if how == "--to" else f"out.{how[2:]}")
    assert run("export", "folder", how, target).exit_code == 0
    same = run("diff", "folder", target)
    assert (same.exit_code, same.output) == (0, "0 added, 0 removed, 0 changed\n")
    assert "is there already" in " ".join(run("export", "folder", how, target).output.split())


def test_a_difference_is_shown_by_words_and_fails(project: Path) -> None:
    path = project / "data/kb/warranty/warranty-period.en.md"
    run("export", "folder", "--jsonl", project / "before.jsonl")
    path.write_text(path.read_text(encoding="utf-8").replace("3 years", "4 years", 1), encoding="utf-8")
    result = run("diff", project / "before.jsonl", "folder")
    assert result.exit_code == 1
    assert "~ warranty-period" in result.output
    assert "[-3-]{+4+} years" in result.output
    assert result.output.endswith("0 added, 0 removed, 1 changed\n")


def test_lint_tells_programs_as_json(project: Path) -> None:
    path = project / "data/kb/warranty/warranty-period.zh.md"
    path.write_text(path.read_text(encoding="utf-8").replace("3 年", "5 年").replace("三年", "五年"), encoding="utf-8")
    result = run("lint", "--json", "--quick")
    said = json.loads(result.output)
    assert result.exit_code == 1
    (found,) = [each for each in said["findings"] if each["kind"] == "contradiction"]
    assert (found["article"], found["error"]) == ("warranty-period", True)
    assert "5 years" in found["message"]


def test_questions_are_asked_from_a_file_and_gate(project: Path) -> None:
    path = project / "asked.jsonl"
    rows = [
        {"query": "保修期多久", "expected": "warranty-period"},
        {"query": "How long is the warranty?", "lang": "en", "relevant_ids": ["warranty-period", "other"]},
        {"text": "What is the capital of Mongolia?", "expected": None},
        {"query": "How long is the warranty?", "expected": "no-such-article"},
    ]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    said = json.loads(run("eval", path, "--json").output)
    assert (said["questions"], said["hit@1"], said["false_answers"]) == (4, 0.6667, 0.0)
    assert said["unknown_articles"] == ["no-such-article", "other"]
    assert [each["verdict"] for each in said["failing"]] == ["wrong"]
    assert run("eval", path, "--min-hit1", "0.6").exit_code == 0
    assert run("eval", path, "--min-hit1", "0.7").exit_code == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("import", "nowhere.csv", "--to", "x"), 1, "there is no such file"),
        (("import", "x.csv", "--language", "fr"), 2, "must be en, zh or auto"),
        (("import", "x.csv", "--to", "y", "--publish"), 2, "choose one of"),
        (("export",), 2, "name a target"),
        (("diff", "nowhere"), 1, "there is no such file"),
        (("lint", "nowhere"), 1, "there is no such file"),
    ],
)
def test_mistakes_are_told_in_plain_words(project: Path, words: tuple[str, ...], code: int, said: str) -> None:
    result = run(*words)
    assert (result.exit_code, said in result.output) == (code, True), result.output


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("https://example.com/x", True),
        ("http://127.0.0.1/", False),
        ("http://[::1]/", False),
        ("http://169.254.169.254/latest", False),
        ("http://10.1.2.3:8080/", False),
        ("ftp://example.com/", False),
        ("https:///x", False),
    ],
)
def test_links_into_our_own_network_are_not_asked(address: str, may: bool) -> None:
    assert may_be_asked(address) is may


def test_a_large_base_is_indexed_ahead_and_opened_from_there(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = run("index")
    assert small.exit_code == 0, small.output
    assert "held in memory" in small.output
    monkeypatch.setattr("knowledge.base.LARGE", 1)
    large = run("index")
    assert large.exit_code == 0, large.output
    assert "index saved in" in large.output
    assert len(list((project / ".cache" / "index").glob("*/index-*/vectors.npy"))) == 1
    found = run("search", "保修期多久")
    assert found.exit_code == 0, found.output
    assert "warranty-" in found.output
