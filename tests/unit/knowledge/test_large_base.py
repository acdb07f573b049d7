"""A knowledge base of many files: articles stay on disk, their index is saved, edits are taken up one by one."""

import datetime
import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from knowledge import base as bases
from knowledge import saved
from knowledge.articles import STAFF, article_files
from knowledge.base import KnowledgeBase
from knowledge.catalogue import Articles, look
from knowledge.embedding import Vectors
from knowledge.overlay import NOTHING, Overlay
from knowledge.vectors import CachedEmbedder, VectorFile
from tests.unit.knowledge.made_up import Bag, article

FIXTURES = Path(__file__).parents[2] / "fixtures"
MANY = 60  # articles; as many as thousands, once LARGE is set to less
DAY = datetime.date(2026, 11, 20)


class Counting(Bag):
    """Counts the texts it embeds."""

    def __init__(self) -> None:
        self.embedded = 0

    def _embed(self, texts: Sequence[str], kind: str) -> Vectors:
        self.embedded += len(texts)
        return super()._embed(texts, kind)


class World:
    """A folder of many articles and all that is kept of it."""

    def __init__(self, path: Path) -> None:
        self.folder, self.kept = path / "kb", path / "cache"
        self.embedder = Counting()
        self.overlay: Overlay = NOTHING
        self.day = DAY
        self.told: list[tuple[str, int, int]] = []
        for number in range(MANY):
            self.write(number)

    def write(self, number: int, edition: int = 0, more: str = "") -> None:
        for doc in article(number, edition):
            head = "".join(f"\n  - {question}" for question in doc.questions[1:])
            path = self.folder / "things" / f"{doc.article}.{doc.language}.md"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(
                f"---\nid: {doc.article}\ntitle: {doc.questions[0]}\nquestions:{head}\n"
                f"audience: {doc.audience.value}\nupdated: 2026-11-01\n{more}---\n" + "\n\n".join(doc.passages),
                encoding="utf-8",
            )

    def open(self) -> KnowledgeBase:
        embedder = CachedEmbedder(self.embedder, VectorFile(self.kept / "vectors.db"))
        return KnowledgeBase(
            self.folder, embedder, overlay=lambda: self.overlay, today=lambda: self.day,
            progress=lambda *progress: self.told.append(progress),
        )  # fmt: skip

    @property
    def index(self) -> Path:
        return next(path for path in (self.kept / "index").iterdir())


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(bases, "LARGE", MANY)
    return World(tmp_path)


def found(base: KnowledgeBase, number: int, edition: int = 0) -> str | None:
    """The article that an exact question of another finds."""
    doc = article(number, edition)[0]
    result = base.search(doc.questions[0], doc.language, audiences=STAFF)
    return result.hits[0].article if result.exact else None


def test_it_has_what_a_small_base_has(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    large = world.open()
    monkeypatch.setattr(bases, "LARGE", 100_000)
    small = world.open()
    assert isinstance(large.articles, Articles)
    assert not isinstance(small.articles, Articles)
    assert dict(large.articles) == dict(small.articles)
    assert len(large.articles) == MANY
    for number in range(0, MANY, 7):
        doc = article(number)[0]
        query = " ".join(doc.questions[1:])
        few, all_of_them = (each.search(query, doc.language, audiences=STAFF).hits for each in (large, small))
        assert few[0].article == all_of_them[0].article
        assert few[0].confidence == pytest.approx(all_of_them[0].confidence, abs=0.05)
        assert (few[0].title, few[0].language) == (all_of_them[0].title, all_of_them[0].language)
    with pytest.raises(KeyError):
        large.articles["none"]


def test_a_restart_reads_and_embeds_nothing_again(world: World) -> None:
    world.open()
    assert ("indexing", MANY, MANY) in world.told
    assert world.told[0][0] == "reading"
    name, embedded = saved.current(world.index), world.embedder.embedded
    world.told.clear()
    base = world.open()
    assert found(base, 5) == "article-5"
    assert (saved.current(world.index), world.embedder.embedded, world.told) == (name, embedded, [])


def test_what_was_edited_while_nobody_looked_is_taken_up_at_the_start(world: World) -> None:
    world.open()
    name = saved.current(world.index)
    (world.folder / "things" / "article-3.en.md").unlink()
    world.write(MANY)
    base = world.open()
    assert found(base, MANY) == f"article-{MANY}"
    assert found(base, 3) is None
    assert saved.current(world.index) == name, "the saved index was not built again"


def test_edits_show_up_in_every_process(world: World) -> None:
    ours, theirs = world.open(), world.open()
    before = ours.fingerprint
    assert not ours.refresh()
    world.write(7, edition=1)
    world.write(MANY + 4)
    for base in (ours, theirs):
        assert base.refresh()
        assert found(base, 7, edition=1) == "article-7"
        assert found(base, MANY + 4) == f"article-{MANY + 4}"
        assert base.fingerprint != before
    assert ours.fingerprint == theirs.fingerprint
    shutil.rmtree(world.folder / "things")
    (world.folder / "things").mkdir()
    world.overlay = Overlay("log", 1, {f"article-{number}": None for number in range(MANY)})  # it stays a large one
    assert ours.refresh()
    assert len(ours.articles) == 0
    assert ours.search("anything", "en").hits == ()


def test_a_broken_edit_keeps_the_last_good_answer_and_is_reported(world: World) -> None:
    base = world.open()
    path = world.folder / "things" / "article-1.zh.md"
    path.write_text(path.read_text(encoding="utf-8").replace("audience: public", "audience: nobody"), encoding="utf-8")
    assert base.refresh()
    assert found(base, 1) == "article-1"
    assert [(problem.file, problem.field) for problem in base.problems] == [("things/article-1.zh.md", "audience")]


def test_what_is_published_lies_over_the_files(world: World) -> None:
    base = world.open()
    text = {"title": "Quite new?", "questions": [], "body": "Yes."}
    record = {"category": "things", "tags": [], "audience": "public", "updated": "2026-11-02", "related": []}
    change = {"id": "article-7", "state": "published", "content": {**record, "texts": {"en": text}}}
    gone = {"id": "article-8", "state": "withdrawn"}
    world.overlay = NOTHING.after({"log": "a", "revision": 2, "complete": True, "changes": [change, gone]})
    assert base.refresh()
    assert base.search("quite new", "en").hits[0].article == "article-7"
    assert base.articles["article-7"].text("en").body == "Yes."
    assert found(base, 7) is None
    assert found(base, 8) is None
    assert "article-8" not in base.articles
    world.overlay = NOTHING.after({"log": "a", "revision": 3, "complete": True, "changes": []})
    assert base.refresh()
    assert (found(base, 7), found(base, 8)) == ("article-7", "article-8")


def test_a_change_is_tried_beside_it(world: World) -> None:
    base = world.open()
    other = base.articles["article-9"]
    without = base.with_change("article-9", None)
    assert found(without, 9) is None
    assert found(base, 9) == "article-9"
    assert found(without.with_change("article-9", other), 9) == "article-9"


def test_days_come_and_go(world: World) -> None:
    world.write(9, more="valid_from: 2026-12-01\nvalid_until: 2026-12-24\n")
    base = world.open()
    assert found(base, 9) is None
    assert "article-9" in base.articles
    world.day = datetime.date(2026, 12, 1)
    assert base.refresh()
    assert found(base, 9) == "article-9"
    world.day = datetime.date(2026, 12, 25)
    assert found(base, 9) is None, "also between midnight and the next look"
    assert base.refresh()
    assert found(base, 9) is None


def test_many_edits_are_joined_with_the_saved_index(world: World) -> None:
    ours, theirs = world.open(), world.open()
    name = saved.current(world.index)
    for number in range(12):
        world.write(number, edition=1)
        assert ours.refresh()
    merged = saved.current(world.index)
    assert merged != name
    assert theirs.refresh()
    for base in (ours, theirs, world.open()):
        assert [found(base, number, edition=1) for number in range(12)] == [f"article-{number}" for number in range(12)]
        assert found(base, 30) == "article-30"


@pytest.mark.parametrize("name", ["vectors.npy", "manifest.json", "current"])
def test_a_damaged_index_is_built_again_without_embedding(world: World, name: str) -> None:
    world.open()
    embedded = world.embedder.embedded
    path = world.index if name == "current" else world.index / str(saved.current(world.index))
    (path / name).write_bytes(b"x")
    assert found(world.open(), 5) == "article-5"
    assert world.embedder.embedded == embedded


def test_a_catalogue_of_another_version_is_read_again(world: World) -> None:
    world.open()
    with sqlite3.connect(world.index / "articles.db") as db:
        db.execute("UPDATE files SET reading = 'not what this version writes'")
        db.execute("PRAGMA user_version = 1")
    assert found(world.open(), 5) == "article-5"


def test_a_look_finds_articles_only(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(FIXTURES / "kb", tmp_path / "kb"))
    (folder / "README.md").write_text("no article", encoding="utf-8")
    (folder / "delivery" / "readme.md").write_text("no article", encoding="utf-8")
    (folder / "delivery" / "notes.txt").write_text("no article", encoding="utf-8")
    assert set(look(folder)) == {path.relative_to(folder).as_posix() for path in article_files(folder)}
