"""Running a graph of components directly gives what Rasa's runner gives."""

from pathlib import Path
from typing import Any

import pytest
from rasa.engine.exceptions import GraphComponentException
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage

from bot.graph import DirectRunner


class Words(GraphComponent):
    """A component with all shapes of inputs; counts how often it works."""

    worked = 0

    @classmethod
    def create(cls, config: Any, model_storage: Any, resource: Any, execution_context: Any) -> "Words":
        return cls()

    def start(self) -> str:
        Words.worked += 1
        return "start"

    def join(self, left: str, right: str) -> str:
        Words.worked += 1
        return f"({left} {right})"

    def fail(self, left: str) -> str:
        raise ValueError(left)


def node(fn: str, **needs: str) -> SchemaNode:
    return SchemaNode(needs=needs, uses=Words, constructor_name="create", fn=fn, config={}, eager=True)


SCHEMA = GraphSchema(
    {
        "last": node("join", right="second", left="first"),  # before what it needs
        "second": node("join", left="first", right="__text__"),
        "first": node("start"),
        "failing": node("fail", left="first"),
        "aside": node("join", left="__text__", right="__text__"),
    }
)


@pytest.fixture
def stock(tmp_path: Path) -> DaskGraphRunner:
    return DaskGraphRunner(SCHEMA, LocalModelStorage(tmp_path), ExecutionContext(SCHEMA))


@pytest.mark.parametrize("targets", [["last"], ["second", "aside"], ["first"]])
def test_the_same_outputs(stock: DaskGraphRunner, targets: list[str]) -> None:
    direct = DirectRunner.of(stock)
    for text in ("one", "two"):
        assert direct.run({"__text__": text}, targets) == stock.run({"__text__": text}, targets)


def test_only_what_a_target_needs_is_run_and_once(stock: DaskGraphRunner) -> None:
    Words.worked = 0
    assert DirectRunner.of(stock).run({"__text__": "one"}, ["last"]) == {"last": "(start (start one))"}
    assert Words.worked == 3


def test_a_failing_component_fails_the_run(stock: DaskGraphRunner) -> None:
    with pytest.raises(GraphComponentException, match="failing"):
        DirectRunner.of(stock).run({}, ["failing"])


def test_it_makes_its_components_itself(tmp_path: Path) -> None:
    direct = DirectRunner.create(SCHEMA, LocalModelStorage(tmp_path), ExecutionContext(SCHEMA))
    assert direct.run({"__text__": "one"}, ["aside"]) == {"aside": "(one one)"}
