"""A folder of articles: what is accepted, and that every problem names file, field and remedy."""

from datetime import date, timedelta
from pathlib import Path
from time import perf_counter

import pytest

from knowledge.articles import Audience, Problem, load

GOOD = """---
id: kettle-limescale
title: How do I remove limescale?
questions: [white stuff in my kettle, descale the kettle, clean a kettle]
tags: [kettle]
audience: public
updated: 2026-11-01
related: []
---
Boil water with citric acid.
"""


def write(folder: Path, name: str, text: str) -> None:
    path = folder / "products" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


def problems_of(folder: Path, name: str) -> list[Problem]:
    return [problem for problem in load(folder).problems if problem.file == f"products/{name}"]


def test_languages_of_one_article_are_put_together(folder: Path) -> None:
    article = load(folder).articles["delivery-times"]
    assert set(article.texts) == {"en", "zh"}
    assert article.category == "delivery"
    assert article.audience is Audience.PUBLIC
    assert article.related == ("delivery-fees",)
    assert article.text("zh").title == "配送需要多长时间？"


def test_a_missing_language_is_only_a_warning_and_the_other_is_served(folder: Path) -> None:
    library = load(folder)
    assert library.articles["warranty-period"].text("zh").language == "en"
    note = next(problem for problem in library.problems if problem.field == "language" and "warranty" in problem.file)
    assert not note.error


@pytest.mark.parametrize(
    ("change", "field", "remedy"),
    [
        (("id: kettle-limescale", "id: Kettle"), "id", "lower-case"),
        (("id: kettle-limescale", "id: other-name"), "id", "kettle-limescale"),
        (("title: How do I remove limescale?", ""), "title", "missing"),
        (("title: How", "title: 7 #"), "title", "text"),
        (
            ("questions: [white stuff in my kettle, descale the kettle, clean a kettle]", "questions: 3"),
            "questions",
            "list",
        ),
        (("audience: public", "audience: everyone"), "audience", "public, customers, agents"),
        (("updated: 2026-11-01", "updated: yesterday"), "updated", "2026-11-01"),
        (("related: []", "seo: yes"), "seo", "known are"),
        (("Boil water", "<b>Boil</b> water"), "body", "Markdown"),
        (("Boil water", "# Boil\nwater"), "body", "bold"),
        (("Boil water", "| a | b |\nwater"), "body", "list"),
        (("Boil water with citric acid.", ""), "body", "answer"),
        (("---\nid", "id"), "front matter", "---"),
        (("title: How", "title: [How"), "front matter", "YAML"),
        (("updated: 2026-11-01", "updated: 2026-11-31"), "front matter", "YAML"),
        (("updated: 2026-11-01", "updated: !!timestamp x"), "front matter", "YAML"),
        (("updated: 2026-11-01", "updated: !!bool x"), "front matter", "YAML"),
        (("updated: 2026-11-01", f"updated: {'9' * 6000}"), "front matter", "YAML"),
        (("tags: [kettle]", f"tags: {'[' * 30_000}"), "front matter", "YAML"),
        (("tags: [kettle]", f"tags: {'- ' * 20_000}"), "front matter", "YAML"),
        (("updated: 2026-11-01", "updated: 2026-11-01\nvalid_until: soon"), "valid_until", "2026-11-01"),
        (
            ("updated: 2026-11-01", "updated: 2026-11-01\nvalid_from: 2026-12-02\nvalid_until: 2026-12-01"),
            "valid_until",
            "never be shown",
        ),
    ],
)
def test_a_mistake_is_named_with_its_remedy(folder: Path, change: tuple[str, str], field: str, remedy: str) -> None:
    write(folder, "kettle-limescale.en.md", GOOD.replace(*change))
    found = [
        problem for problem in problems_of(folder, "kettle-limescale.en.md") if problem.field == field and problem.error
    ]
    assert found, problems_of(folder, "kettle-limescale.en.md")
    assert remedy in found[0].message
    assert "kettle-limescale" not in load(folder).articles


def test_all_mistakes_of_a_file_are_listed_at_once(folder: Path) -> None:
    write(
        folder,
        "kettle-limescale.en.md",
        GOOD.replace("public", "all").replace("2026-11-01", "soon").replace("Boil", "# B"),
    )
    assert {problem.field for problem in problems_of(folder, "kettle-limescale.en.md") if problem.error} == {
        "audience",
        "updated",
        "body",
    }


def test_what_only_shows_across_files(folder: Path) -> None:
    write(
        folder, "kettle-limescale.en.md", GOOD.replace("[]", "[no-such]").replace("clean a kettle", "is shipping free")
    )
    write(folder, "kettle-limescale.zh.md", GOOD.replace("audience: public", "audience: agents"))
    messages = " ".join(problem.message for problem in load(folder).problems)
    assert "no-such, which is no article" in messages
    assert "'is shipping free' is also a question of" in messages
    assert "differs from products/kettle-limescale.en.md" in messages
    assert load(folder).articles["kettle-limescale"].audience is Audience.AGENTS, "the stricter audience must win"


def test_other_names_and_encodings(folder: Path) -> None:
    write(folder, "kettle-limescale.fr.md", GOOD)
    (folder / "products" / "latin.en.md").write_bytes("---\nid: latin\n---\ncaf\xe9".encode("latin-1"))
    assert "language of en, zh" in problems_of(folder, "kettle-limescale.fr.md")[0].message
    assert "UTF-8" in problems_of(folder, "latin.en.md")[0].message


def test_dates_are_read(folder: Path) -> None:
    dated = GOOD.replace("related", "valid_from: 2026-12-01\nvalid_until: 2026-12-24\nrelated")
    write(folder, "kettle-limescale.en.md", dated)
    article = load(folder).articles["kettle-limescale"]
    first, last, day = date(2026, 12, 1), date(2026, 12, 24), timedelta(days=1)
    assert [article.valid_on(each) for each in (first - day, first, last, last + day)] == [False, True, True, False]


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="FRONTDOOR_KB"):
        load(tmp_path / "nothing")


def test_the_shipped_articles_have_no_errors() -> None:
    library = load(Path(__file__).parents[3] / "data" / "kb")
    assert [problem for problem in library.problems if problem.error] == []
    assert len(library.articles) > 50


def test_front_matter_that_doubles_with_every_line_is_refused_at_once(folder: Path) -> None:
    """given merge keys or aliases that a few lines make huge, then the file is refused, in no time"""
    merged = ["a0: &a0 {k: 1}", *(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 8)}]}}" for n in range(1, 12))]
    lists = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 8)}]" for n in range(1, 12)), "title: *a11"]
    for name, lines in (("merged", merged), ("lists", lists)):
        write(folder, f"{name}.en.md", "\n".join(["---", *lines, "---", "Body."]))
    begun = perf_counter()
    assert problems_of(folder, "merged.en.md")[0].field == "front matter"
    assert any(problem.field == "title" and problem.error for problem in problems_of(folder, "lists.en.md"))
    assert perf_counter() - begun < 5


@pytest.mark.parametrize("body", ["a" + "\n" * 60_000 + "b", "a" + " \n" * 30_000 + "|", "<a" * 30_000, "| " * 30_000])
def test_a_body_of_very_many_lines_is_checked_in_a_moment(folder: Path, body: str) -> None:
    write(folder, "long.en.md", GOOD.replace("kettle-limescale", "long").replace("Boil water", body))
    begun = perf_counter()
    assert problems_of(folder, "long.en.md")
    assert perf_counter() - begun < 2


def test_marks_that_nobody_sees_or_that_turn_the_text_are_left_out(folder: Path) -> None:
    text = GOOD.replace("kettle-limescale", "turned").replace("How do", "How\u202e do\u200b")
    write(folder, "turned.en.md", text.replace("acid", "\u2066acid\x1b"))
    shown = load(folder).articles["turned"].text("en")
    assert (shown.title, shown.body) == ("How do I remove limescale?", "Boil water with citric acid.")
    nothing = GOOD.replace("kettle-limescale", "nothing").replace("How do I remove limescale?", '"\u200b"')
    write(folder, "nothing.en.md", nothing)
    assert any(each.field == "title" and each.error for each in problems_of(folder, "nothing.en.md"))
