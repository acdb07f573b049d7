"""Rows are divided as documented, and the figures are those of Larson et al."""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from bench.intents import Row, read, task
from bench.nlu import figures, main, threshold_of, understood
from bench.stock_nlu import examples
from bench.stock_nlu import figures as stock_figures

SAYINGS = {
    "greet": ["hello there", "good morning", "hi", "hey you", "good evening"],
    "thank": ["thank you", "thanks a lot", "many thanks", "thanks so much", "cheers, thank you"],
    "track": ["where is my parcel", "track my order", "has my order shipped", "parcel status", "when will it arrive"],
}
FAR = ["how tall is the eiffel tower", "sing me a song", "who won the match"]


def rows(split: str = "", *, intents: int = 2, each: int = 5) -> list[Row]:
    return [
        Row(f"{split} {number} {name}", (name,), split)
        for name in list(SAYINGS)[:intents]
        for number in range(each)
    ]  # fmt: skip


def test_rows_are_read_with_one_intent_or_several_or_none(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    lines = [
        {"text": "a", "intent": "greet", "split": "train"},
        {"text": "b", "intents": ["greet", "thank"]},
        {"text": "c", "intent": "oos", "split": "oos_val"},
    ]
    path.write_text("\n".join(map(json.dumps, lines)) + "\n\n")
    assert read(path) == [Row("a", ("greet",), "train"), Row("b", ("greet", "thank"), ""), Row("c", (), "oos_val")]


@pytest.mark.parametrize("line", ['{"text": "a"}', '{"intent": "a"}', "[1]", "{", '{"text": 1, "intent": "a"}'])
def test_a_broken_row_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "a", "intent": "b"}\n' + line)
    with pytest.raises(ValueError, match=r"rows.jsonl, line 2"):
        read(path)


def test_validation_rows_of_the_examples_are_not_learnt() -> None:
    found = task([*rows("train"), *rows("val")], rows("other"), None, shots=0, seed=0)
    assert {row.split for row in found.train} == {"train"}
    assert {row.split for row in found.validation} == {"val"}
    assert len(found.test) == 10


def test_a_file_that_asks_itself_keeps_what_it_asks_from_the_examples() -> None:
    found = task([*rows("train"), *rows("val")], None, None, shots=0, seed=0)
    assert {row.split for row in found.test} == {"val"}
    assert not found.validation
    unmarked = task(rows(each=10), None, None, shots=0, seed=0)
    assert len(unmarked.test) == 4
    assert not {row.text for row in unmarked.test} & {row.text for row in unmarked.train}


def test_what_is_asked_is_not_learnt() -> None:
    asked = [Row("TRAIN 0 greet!", ("greet",), "")]
    found = task(rows("train"), asked, None, shots=0, seed=0)
    assert found.dropped == 1
    assert "train 0 greet" not in {row.text for row in found.train}


def test_few_examples_are_as_many_of_each_intent() -> None:
    found = task(rows("train", intents=3), rows("other"), None, shots=2, seed=0)
    assert sorted(row.intents[0] for row in found.train) == ["greet", "greet", "thank", "thank", "track", "track"]


def test_nothing_to_ask_is_an_error() -> None:
    with pytest.raises(ValueError, match="no rows"):
        task(rows("train"), [], None, shots=0, seed=0)


def test_figures_at_one_threshold() -> None:
    asked = [Row("a", ("x",), ""), Row("b", ("y",), ""), Row("c", ("y",), ""), Row("d", (), ""), Row("e", (), "")]
    certain = np.array([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [0.6, 0.4], [0.1, 0.9]], dtype=np.float32)
    result = figures(["x", "y"], certain, asked, 0.7)
    assert result["accuracy"] == pytest.approx(1 / 3, abs=1e-4), "one is right, one wrong, one was refused"
    assert result["accuracy_without_threshold"] == pytest.approx(2 / 3, abs=1e-4)
    assert result["oos_recall"] == 0.5
    assert result["oos_precision"] == 0.5
    assert figures(["x", "y"], certain[:3], asked[:3], None)["accuracy"] == pytest.approx(2 / 3, abs=1e-4)


def test_the_threshold_gives_up_little_of_what_is_understood() -> None:
    asked = [Row("a", ("x",), "")] * 1_001
    certain = np.stack([np.linspace(0.5, 1, 1_001), np.linspace(0.5, 0, 1_001)], axis=1).astype(np.float32)
    assert threshold_of(understood(["x", "y"], certain, asked), certain) == pytest.approx(0.50625, abs=1e-3)


def test_the_shipped_head_learns_a_file_and_prints_the_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train = [{"text": text, "intent": name} for name, texts in SAYINGS.items() for text in texts[:4]]
    train += [{"text": text, "intent": "oos"} for text in FAR[:2]]
    test = [{"text": texts[4], "intent": name} for name, texts in SAYINGS.items()] + [{"text": FAR[2], "intent": "oos"}]
    for name, lines in (("train", train), ("test", test)):
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, lines)))
    files = ["--train", str(tmp_path / "train.jsonl"), "--test", str(tmp_path / "test.jsonl")]
    assert main([*files, "--vectors", str(tmp_path / "v.db"), "--json"]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert {"accuracy", "oos_recall", "oos_precision", "train_s", "threshold"} <= result.keys()
    assert result["accuracy_without_threshold"] == 1
    assert (result["n_train"], result["n"], result["intents"]) == (14, 4, 3)


def test_rows_of_several_intents_have_an_f1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pairs = zip(SAYINGS["greet"], SAYINGS["thank"], strict=True)
    both = [{"text": f"{one}, {other}", "intents": ["greet", "thank"]} for one, other in pairs]
    lines = both + [{"text": text, "intents": [name]} for name, texts in SAYINGS.items() for text in texts]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, lines)))
    main(["--train", str(tmp_path / "rows.jsonl"), "--vectors", str(tmp_path / "v.db"), "--json"])
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result["micro_f1"] > 0.6


def test_examples_for_rasa_carry_no_marks_of_entities() -> None:
    written = yaml.safe_load(examples([Row("see [this](x) {now}\nplease", ("a",), ""), Row("far", (), "")]))
    assert written["nlu"][0] == {"intent": "a", "examples": "- see (this)(x) (now) please\n"}
    assert written["nlu"][1]["intent"] == "oos"


def test_figures_of_the_peer_count_its_own_fallback() -> None:
    asked = [Row("a", ("x",), ""), Row("b", ("x",), ""), Row("c", (), ""), Row("d", (), "")]
    result = stock_figures(["x", "nlu_fallback", "oos", "x"], asked)
    assert result == {"accuracy": 0.5, "oos_recall": 0.5, "oos_precision": 0.5}
