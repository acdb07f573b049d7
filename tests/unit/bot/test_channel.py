"""The channel, on a real Rasa with a small model: docs/protocol/brain.md, sentence by sentence."""

import base64
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import free_port
from tests.unit.bot.conftest import FIXTURES

pytestmark = pytest.mark.rasa

ROOT = Path(__file__).parents[3]
TOKEN = "token-of-the-test"


class Rasa:
    """A Rasa process with the fixture model, articles of its own and a tracker file that survives it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.articles = Path(shutil.copytree(FIXTURES / "kb", folder / "kb"))
        self.trackers = folder / "trackers.db"
        self.port = free_port()
        self.environment = {
            **os.environ,
            "FRONTDOOR_KB": str(self.articles),
            "FRONTDOOR_VECTORS": str(folder / "vectors.db"),
            "FRONTDOOR_TRACKER_DB": str(self.trackers),
            "FRONTDOOR_BRAIN_TOKEN": TOKEN,
            "RASA_TELEMETRY_ENABLED": "false",
            "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
            "PYTHONWARNINGS": "ignore",
            "OMP_NUM_THREADS": "1",
        }
        self.log = folder / "rasa.log"

    def train(self) -> None:
        fixture = FIXTURES / "bot"
        files = ["--domain", fixture / "domain.yml", "--data", fixture / "data.yml", "--config", "config.yml"]
        self._run("train", *files, "--out", self.folder, "--fixed-model-name", "m").wait()

    def start(self) -> None:
        self.process = self._run("run", "-m", self.folder / "m.tar.gz", "-i", "127.0.0.1", "-p", self.port)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                if self.call("health")[0] == 200:
                    return
            except OSError:
                time.sleep(0.2)
            assert self.process.poll() is None, self.log.read_text()[-2_000:]
        pytest.fail(self.log.read_text()[-2_000:])

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def call(self, route: str, body: Any = None, token: str = TOKEN) -> tuple[int, Any]:
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/webhooks/brain/{route}", data, {"Authorization": f"Bearer {token}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    def turn(self, text: str = "", conversation: str = "", message: str = "", **more: Any) -> tuple[int, Any]:
        ids = {"conversation_id": conversation or uuid.uuid4().hex, "message_id": message or uuid.uuid4().hex}
        return self.call("turn", {**ids, "text": text, **more})

    def _run(self, *arguments: Any) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "rasa", *map(str, arguments)]
        with self.log.open("ab") as log:
            return subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)


@pytest.fixture(scope="module")
def rasa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rasa]:
    rasa = Rasa(tmp_path_factory.mktemp("rasa"))
    rasa.train()
    rasa.start()
    yield rasa
    rasa.kill()


def events(rasa: Rasa, conversation: str) -> int:
    rows = sqlite3.connect(rasa.trackers).execute("SELECT events FROM turns WHERE conversation = ?", (conversation,))
    return sum(len(json.loads(row[0])) for row in rows)


def test_an_answer_in_each_language(rasa: Rasa) -> None:
    for text, language, part in (("Is shipping free of charge?", "en", "free from"), ("邮费怎么算", "zh", "包邮")):
        status, reply = rasa.turn(text)
        assert status == 200
        (message,) = reply["messages"]
        assert part in message["text"]
        assert message["article"]["id"] == "delivery-fees"
        assert reply["evidence"]["language"] == message["article"]["language"] == language
        assert reply["evidence"]["ranking"][0]["id"] == "delivery-fees"
        assert {"type": "language", "language": language} in reply["signals"]


def test_a_button_and_the_language_of_the_conversation(rasa: Rasa) -> None:
    button = '/ask_article{"article_id": "delivery-times"}'
    status, reply = rasa.turn(payload=button, context={"language": "zh"})
    assert (status, reply["evidence"]["decision"], reply["messages"][0]["article"]["language"]) == (200, "answer", "zh")
    assert reply["signals"] == []


@pytest.mark.parametrize("text", ["/restart", "/ask_human", ' /ask_article{"article_id": "delivery-times"}'])
def test_a_text_never_starts_a_command(rasa: Rasa, text: str) -> None:
    status, reply = rasa.turn(text)
    assert status == 200
    assert reply["evidence"]["intent_confidence"] < 1 or reply["evidence"]["intent"] != "ask_article"
    rows = sqlite3.connect(rasa.trackers).execute("SELECT group_concat(events) FROM turns").fetchone()[0]
    assert '"event": "restart"' not in rows


def test_the_same_message_again_is_the_same_answer_even_after_a_kill(rasa: Rasa) -> None:
    conversation = uuid.uuid4().hex
    first = rasa.turn("how long does delivery take?", conversation, "m1")
    stored = events(rasa, conversation)
    assert rasa.turn("how long does delivery take?", conversation, "m1") == first
    rasa.kill()
    rasa.start()
    assert rasa.turn("how long does delivery take?", conversation, "m1") == first
    assert events(rasa, conversation) == stored
    rasa.turn("hello", conversation, "m2")
    assert rasa.turn("how long does delivery take?", conversation, "m1") == first


def test_a_handoff_says_nothing_itself(rasa: Rasa) -> None:
    _, reply = rasa.turn("human please", context={"language": "en"})
    assert reply["messages"] == []
    assert reply["signals"] == [{"type": "handoff", "reason": "requested", "detail": ""}]
    assert reply["evidence"]["decision"] == "handoff"


def test_two_failures_hand_over_and_a_briefing_forgets_them(rasa: Rasa) -> None:
    def ask(conversation: str) -> str:
        return str(rasa.turn("who won the football world cup in 1998?", conversation)[1]["evidence"]["decision"])

    one, other = uuid.uuid4().hex, uuid.uuid4().hex
    assert [ask(one), ask(one)] == ["rephrase", "handoff"]
    assert ask(other) == "rephrase"
    brief = {"conversation_id": other, "message_id": "b1", "briefing": "Refund granted."}
    assert rasa.call("brief", brief) == (200, {"ok": True})
    stored = events(rasa, other)
    assert rasa.call("brief", brief) == (200, {"ok": True})
    assert events(rasa, other) == stored
    assert ask(other) == "rephrase"


def test_a_conversation_can_be_forgotten(rasa: Rasa) -> None:
    conversation, other = uuid.uuid4().hex, uuid.uuid4().hex
    for each in (conversation, other):
        rasa.turn("Is shipping free of charge?", each, "m1")
    for _ in range(2):
        assert rasa.call("forget", {"conversation_id": conversation}) == (200, {"ok": True})
        assert events(rasa, conversation) == 0
    assert events(rasa, other) > 0
    assert rasa.turn("Is shipping free of charge?", conversation, "m1")[0] == 200, "a new conversation begins"


def test_while_waiting_the_bot_keeps_out(rasa: Rasa) -> None:
    context = {"language": "en", "waiting": True}
    _, reply = rasa.turn("hello", context=context)
    assert (reply["messages"], reply["signals"], reply["evidence"]["decision"]) == ([], [], "pass")
    assert rasa.turn("Is shipping free?", context=context)[1]["messages"]


def test_an_empty_turn_is_an_error_and_leaves_no_event(rasa: Rasa) -> None:
    conversation = uuid.uuid4().hex
    assert rasa.turn(payload="/mute", conversation=conversation) == (502, {"error": "empty_turn"})
    assert events(rasa, conversation) == 0
    assert rasa.turn("hello", conversation)[0] == 200


def test_an_unwritable_store_is_503_and_the_turn_can_be_repeated(rasa: Rasa) -> None:
    conversation = uuid.uuid4().hex
    blocker = sqlite3.connect(rasa.trackers, isolation_level=None)
    blocker.execute("BEGIN EXCLUSIVE")
    status, reply = rasa.turn("hello", conversation, "m1")
    assert (status, "OperationalError" in reply["error"]) == (503, True)
    assert rasa.call("health")[0] == 503
    blocker.execute("ROLLBACK")
    blocker.close()
    assert rasa.call("health") == (200, rasa.call("health")[1])
    assert rasa.turn("hello", conversation, "m1")[1]["messages"] == [{"text": "Hello"}]


GIFT_CARDS: Any = {
    "category": "orders",
    "tags": [],
    "audience": "public",
    "valid_from": None,
    "valid_until": None,
    "updated": "2026-11-01",
    "related": [],
    "texts": {
        "en": {
            "title": "How long is a gift card valid?",
            "questions": ["when does my gift card expire", "gift voucher validity"],
            "body": "Gift cards are valid for **3 years**.",
        }
    },
}


def asked(*texts: str, **change: Any) -> Any:
    questions = [{"text": text, "language": "en"} for text in texts]
    return {"questions": questions, "change": {"id": "gift-cards", **change}} if change else {"questions": questions}


def test_a_replay_says_what_a_new_article_changes_and_leaves_nothing_behind(rasa: Rasa) -> None:
    texts = ("when will my gift card expire?", "is shipping for free?", "human please", "/restart")
    status, reply = rasa.call("replay", asked(*texts, content=GIFT_CARDS))
    assert status == 200
    gift, shipping, human, command = reply["results"]
    assert gift["now"]["article"] != "gift-cards"
    assert (gift["then"]["decision"], gift["then"]["article"]) in {
        ("answer", "gift-cards"),
        ("answer_alternatives", "gift-cards"),
    }
    assert gift["then"]["title"] == "How long is a gift card valid?"
    assert shipping["now"] == shipping["then"] | {"confidence": shipping["now"]["confidence"]}
    assert shipping["now"]["article"] == "delivery-fees"
    assert human["now"] == human["then"] | {"confidence": human["now"]["confidence"]}
    assert human["now"]["decision"] == "handoff"
    assert command["now"]["intent"] != "restart"
    assert rasa.turn("when will my gift card expire?")[1]["evidence"]["ranking"][0]["id"] != "gift-cards"
    with sqlite3.connect(rasa.trackers) as trackers:
        assert trackers.execute("SELECT count(*) FROM turns WHERE conversation = ''").fetchone() == (0,)


def test_a_replay_says_as_much_as_a_turn(rasa: Rasa) -> None:
    text = "do I have to pay for shipping"
    (result,) = rasa.call("replay", asked(text))[1]["results"]
    evidence = rasa.turn(text)[1]["evidence"]
    assert "then" not in result
    assert result["now"]["decision"] == evidence["decision"]
    assert (result["now"]["article"], result["now"]["confidence"]) == (
        evidence["ranking"][0]["id"],
        evidence["ranking"][0]["confidence"],
    )


def test_a_replay_without_an_article_finds_another_or_none(rasa: Rasa) -> None:
    body = {"questions": [{"text": "Is shipping free?"}], "change": {"id": "delivery-fees", "content": None}}
    (result,) = rasa.call("replay", body)[1]["results"]
    assert result["now"]["article"] == "delivery-fees"
    assert result["then"]["article"] != "delivery-fees"
    assert result["then"]["confidence"] < result["now"]["confidence"]


def test_the_articles_own_questions_begin_with_those_next_to_the_change(rasa: Rasa) -> None:
    questions = rasa.call("phrasings", {"change": {"id": "gift-cards", "content": GIFT_CARDS}})[1]["questions"]
    assert [each["text"] for each in questions[:2]] == [
        "How long is a gift card valid?",
        "when does my gift card expire",
    ]
    assert [each["new"] for each in questions[:4]] == [True, True, True, False]
    shipping = {"text": "Is shipping free?", "language": "en", "verified": False, "article": "delivery-fees"}
    assert shipping | {"new": False} in questions
    assert "goodwill-limits" not in {each["article"] for each in questions}
    (result,) = rasa.call("replay", {"questions": [questions[-1] | {"article": "ignored"}]})[1]["results"]
    assert result["now"]["decision"] == "answer"


def test_vectors_tell_questions_apart(rasa: Rasa) -> None:
    texts = ["is shipping free", "do I pay for shipping", "my fridge is broken"]
    status, reply = rasa.call("vectors", {"texts": texts})
    assert status == 200
    free, pay, broken = unpacked(reply["vectors"], reply["dimensions"])
    assert free @ free == pytest.approx(1, abs=1e-5)
    assert free @ pay > free @ broken
    assert {name: len(unpacked(packed, reply["dimensions"])) for name, packed in reply["origins"].items()} == {
        "en": 1,
        "zh": 1,
    }


def unpacked(packed: str, dimensions: int) -> Any:
    return np.frombuffer(base64.b64decode(packed), "<f4").reshape(-1, dimensions)


@pytest.mark.parametrize(
    ("call", "status"),
    [
        (lambda rasa: rasa.call("turn", {}, token="wrong"), 401),
        (lambda rasa: rasa.call("replay", asked("x"), token="wrong"), 401),
        (lambda rasa: rasa.call("vectors", {"texts": ["x"]}, token="wrong"), 401),
        (lambda rasa: rasa.call("replay", {"questions": []}), 400),
        (lambda rasa: rasa.call("replay", asked(*["x"] * 101)), 400),
        (lambda rasa: rasa.call("replay", asked("x" * 501)), 400),
        (lambda rasa: rasa.call("replay", asked("x", content={"texts": {}})), 400),
        (lambda rasa: rasa.call("phrasings", {"limit": 0}), 400),
        (lambda rasa: rasa.call("vectors", {"texts": ["x", 1]}), 400),
        (lambda rasa: rasa.call("vectors", {"texts": ["x"] * 101}), 400),
        (lambda rasa: rasa.call("vectors", {"texts": ["half \ud800"]}), 400),
        (lambda rasa: rasa.call("replay", asked("half \udfff")), 400),
        (lambda rasa: rasa.call("phrasings", {"limit": True}), 400),
        (lambda rasa: rasa.call("vectors", {"texts": ["x"]}, token="\xff\xfe"), 401),
        (lambda rasa: rasa.call("health", token=""), 401),
        (lambda rasa: rasa.call("turn", b"{"), 400),
        (lambda rasa: rasa.call("turn", {"text": "x"}), 400),
        (lambda rasa: rasa.turn("x", payload="/greet"), 400),
        (lambda rasa: rasa.call("turn", b'"' + b"x" * 260_000 + b'"'), 413),
        (lambda rasa: rasa.call("brief", {"conversation_id": "c", "message_id": "m"}), 400),
    ],
)
def test_what_is_refused(rasa: Rasa, call: Callable[[Rasa], tuple[int, Any]], status: int) -> None:
    found, reply = call(rasa)
    assert found == status
    assert reply["error"]


def test_an_edited_article_answers_within_seconds(rasa: Rasa) -> None:
    path = rasa.articles / "delivery" / "delivery-fees.en.md"
    path.write_text(path.read_text(encoding="utf-8").replace("¥99", "¥77"), encoding="utf-8")
    deadline = time.monotonic() + 5
    while "¥77" not in rasa.turn("Is shipping free?")[1]["messages"][0]["text"]:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_nothing_customers_wrote_is_in_the_log(rasa: Rasa) -> None:
    rasa.turn("my secret number is 987654321")
    rasa.call(
        "turn", {"conversation_id": "c", "message_id": "m", "text": "secret 987654321", "context": {"language": {}}}
    )
    assert "987654321" not in rasa.log.read_text(encoding="utf-8")
