"""What the benchmarks ask."""

from collections import Counter
from itertools import islice
from pathlib import Path

import pytest

from bench.questions import Question, different, from_file, phrasings, zipf
from knowledge.text import key, normal

KB = Path(__file__).resolve().parents[3] / "data" / "kb"
BASE = [Question("How long does delivery take?", "en"), Question("I paid twice", "en"), Question("多久能送到？", "zh")]


def test_different_questions_are_different_after_normalisation_and_none_is_a_phrasing() -> None:
    asked = list(islice(different(phrasings(KB), 1), 6_000))
    assert len(asked) == 6_000
    assert len({normal(question.text) for question in asked}) == 6_000
    assert len({key(question.text) for question in asked} | {key(each.text) for each in phrasings(KB)}) == 6_000 + len(
        {key(each.text) for each in phrasings(KB)}
    )


def test_they_come_in_the_same_order_for_everyone_with_the_same_seed() -> None:
    assert list(different(BASE, 7)) == list(different(BASE, 7)) != list(different(BASE, 8))


def test_a_sentence_goes_on_in_lower_case_but_names_and_i_stay() -> None:
    texts = " ".join(question.text for question in different(BASE, 1))
    assert "how long does" in texts
    assert "I paid" in texts
    assert "i paid" not in texts


def test_the_most_popular_question_is_asked_twice_as_often_as_the_second() -> None:
    counts = Counter(question.text for question in islice(zipf(phrasings(KB), 2, distinct=100), 50_000))
    (_, first), (_, second) = counts.most_common(2)
    assert len(counts) == 100
    assert first / second == pytest.approx(2, rel=0.1)


def test_a_file_has_a_question_a_line(tmp_path: Path) -> None:
    (tmp_path / "questions.txt").write_text("Where is it?\n\n  在哪里？ \n", encoding="utf-8")
    assert from_file(tmp_path / "questions.txt") == [Question("Where is it?", "en"), Question("在哪里？", "zh")]
