"""The bench of questions in the midst of dialogues: on dialogues that a test can read, it learns what there is to."""

import json
from pathlib import Path

import pytest

from bench.followups import Judged, figures, main

HOTELS = ("Grant Hotel", "Yale Hotel", "Harbour Inn")
ASKED = {
    "Do you have parking?": ("is there a place to park my car", "can i park there"),
    "What time is check-in?": ("when can i check in", "what time is check in"),
    "Are pets allowed?": ("may i bring my dog", "do they allow pets"),
}
OTHER = (
    "please book a room for two people",
    "what is the phone number",
    "i need a taxi to the station",
    "thank you bye",
)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Three hotels with the same three questions, and dialogues about them of which some ask one."""
    kb = [
        {"id": f"{hotel}/{number}", "entity": hotel, "question": question}
        for hotel in HOTELS
        for number, question in enumerate(ASKED)
    ]
    dialogues = []
    for hotel in HOTELS:
        opening = [
            {"speaker": "user", "text": f"tell me about the {hotel.lower()}"},
            {"speaker": "system", "text": "Sure."},
        ]
        for number, ways in enumerate(ASKED.values()):
            for way in ways:
                turns = [*opening, {"speaker": "user", "text": way}]
                labels = {"knowledge_seeking": True, "relevant_ids": [f"{hotel}/{number}"]}
                dialogues.append({"id": way, "turns": turns, "labels": labels})
        for text in OTHER:
            turns = [*opening, {"speaker": "user", "text": text}]
            dialogues.append({"id": text, "turns": turns, "labels": {"knowledge_seeking": False, "relevant_ids": []}})
    paths = tmp_path / "kb.jsonl", tmp_path / "dialogues.jsonl"
    for path, rows in zip(paths, (kb, dialogues), strict=True):
        path.write_text("\n".join(json.dumps(row) for row in rows) + "\n", encoding="utf-8")
    return paths


@pytest.mark.parametrize("trained", [False, True])
def test_it_finds_who_is_meant_and_what_is_asked(
    files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], trained: bool
) -> None:
    kb, dialogues = files
    told = ["--kb", str(kb), "--dialogues", str(dialogues), "--vectors", str(tmp_path / "v.db"), "--json"]
    assert main([*told, *(["--train", str(dialogues)] if trained else [])]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (found["n"], found["asking"]) == (30, 18)
    assert found["r@1_of_asked"] >= 0.8
    assert found["detection_f1"] >= 0.8


def test_the_figures_are_those_of_the_track() -> None:
    """given two that ask (one noticed and rightly answered, one missed) and one that does not but is noticed"""
    judged = [Judged(True, True, True), Judged(True, False, True), Judged(False, True, False)]
    found = figures(judged)
    assert found["detection_f1"] == pytest.approx(0.5)
    assert found["r@1"] == pytest.approx(0.5)
    assert found["r@1_of_asked"] == 1.0
