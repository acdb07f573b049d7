"""Public dialogues, and the audit of what became of them."""

import json
from pathlib import Path

import pytest

from bench.dialogues import Dialogue, DialogueError, assembled, whole, within
from bench.replay import Tally, audit
from bench.visitor import JSON, Outcome


def lines(path: Path, *rows: object) -> Path:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def test_only_the_customers_side_of_a_dialogue_is_played(tmp_path: Path) -> None:
    turns = [
        {"speaker": "user", "text": "你好"},
        {"speaker": "system", "text": "您好"},
        {"speaker": "user", "text": " 谢谢 "},
    ]
    file = lines(tmp_path / "crosswoz.jsonl", {"turns": turns}, {"turns": [{"speaker": "system", "text": "喂"}]})
    assert whole(file, "zh") == [Dialogue("crosswoz", "zh", ("你好", "谢谢"))]


def test_single_utterances_are_said_once_five_to_a_conversation(tmp_path: Path) -> None:
    rows = [{"text": f"question {n % 7}", "lang": "en"} for n in range(20)] + [{"text": "中文", "lang": "zh"}]
    dialogues = assembled(lines(tmp_path / "bitext.jsonl", *rows), "en")
    assert [len(dialogue.utterances) for dialogue in dialogues] == [5, 2]
    assert len({text for dialogue in dialogues for text in dialogue.utterances}) == 7


@pytest.mark.parametrize(
    ("row", "complaint"), [({"turns": "hello"}, "turns must be"), ([], "must be an object"), ({}, "turns must be")]
)
def test_a_wrong_file_is_named_with_its_line(tmp_path: Path, row: object, complaint: str) -> None:
    file = lines(tmp_path / "wrong.jsonl", {"turns": []}, row)
    with pytest.raises(DialogueError, match=rf"wrong\.jsonl:2: {complaint}"):
        whole(file, "zh")


def test_a_line_that_is_not_json_is_named(tmp_path: Path) -> None:
    (tmp_path / "wrong.jsonl").write_text("{\n")
    with pytest.raises(DialogueError, match=r"wrong\.jsonl:1: is not JSON"):
        assembled(tmp_path / "wrong.jsonl", "en")


def test_the_limit_is_kept_and_every_source_has_its_share() -> None:
    dialogues = [Dialogue("a", "zh", ("1", "2", "3")), Dialogue("a", "zh", ("4",)), Dialogue("b", "en", ("5", "6"))]
    assert within(dialogues, 4) == [Dialogue("a", "zh", ("1", "2", "3")), Dialogue("b", "en", ("5",))]
    assert sum(len(each.utterances) for each in within(dialogues, 100)) == 6


def said(seq: int, client_id: str = "") -> JSON:
    return {"seq": seq, "author": "customer" if client_id else "bot", "client_id": client_id}


STORED = [said(1, "a"), said(2), said(3, "b"), said(4)]


@pytest.mark.parametrize(
    ("sent", "delivered", "history", "found"),
    [
        (["a", "b"], [1, 2, 3, 4], STORED, (0, 0, 0)),
        (["a", "b"], [1, 2, 3], STORED, (0, 0, 0)),  # the page was closed before the last one came
        (["a", "b"], [1, 2, 4], STORED, (1, 0, 0)),
        (["a", "b", "c"], [1, 2, 3, 4], STORED, (1, 0, 0)),
        (["a", "b"], [1, 2, 2, 3, 4], STORED, (0, 1, 0)),
        (["a", "b"], [1, 2, 3, 4, 5], [*STORED, said(5, "b")], (0, 1, 0)),
        (["a", "b"], [1, 3, 2, 4], STORED, (0, 0, 1)),
        (["b", "a"], [1, 2, 3, 4], STORED, (0, 0, 2)),
    ],
)
def test_the_audit_sees_what_was_lost_doubled_and_turned_round(
    sent: list[str], delivered: list[int], history: list[JSON], found: tuple[int, int, int]
) -> None:
    tally = Tally()
    audit(tally, sent, delivered, history)
    assert (tally.lost, tally.duplicated, tally.out_of_order) == found


def test_tallies_add_up() -> None:
    one, two = Tally(sent=2, lost=1, seconds=[0.1]), Tally(sent=3, seconds=[0.3])
    one.outcomes[Outcome.ANSWERED] += 1
    both = (one + two).result()
    assert (both["sent"], both["lost"], both["answered"], both["p50_ms"], both["p99_ms"]) == (5, 1, 1, 100.0, 300.0)
