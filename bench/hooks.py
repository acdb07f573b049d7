"""Timing hooks, put around functions from outside: this file runs as `sitecustomize` in the measured processes.

It needs nothing but the standard library, runs on Python 3.10 too, and does nothing unless `FRONTDOOR_BENCH_SPANS`
names a folder. There each process leaves a file of lines `name start end cpu`, in nanoseconds of the clock all
processes share; `cpu` is what the function's thread worked, -1 for a coroutine, which shares its thread.
"""

import atexit
import functools
import importlib.abc
import importlib.machinery
import inspect
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

FOLDER = "FRONTDOOR_BENCH_SPANS"
FLUSH_S = 0.5

# module → function → what the table calls it
SPANS = {
    "frontdoor.inbox": {"Inbox.accept": "accept"},
    "frontdoor.conversation": {"Conversations._turn": "turn"},
    "frontdoor.brain": {"Brain.turn": "brain"},
    "frontdoor.step": {"Steps.run": "step", "Steps.publish": "publish"},
    "storage.database": {"Database.read": "read", "Database.write": "write"},
    "bot.channel": {"BrainInput.turn": "rasa", "_run": "rasa.run", "_save": "rasa.save", "answer": "rasa.answer"},
    "bot.trackers": {"LiveTrackerStore.retrieve": "rasa.retrieve", "LiveTrackerStore.save": "rasa.store"},
    "bot.language": {"LanguageDetector.process": "rasa.language"},
    "bot.features": {"EmbeddingFeaturizer.process": "rasa.features"},
    "bot.intents": {"IntentHead.process": "rasa.intent"},
    "bot.retriever": {"KnowledgeRetriever.process": "rasa.retriever"},
    "bot.decision": {"Decision.process": "rasa.decision"},
    "bot.answers": {"AnswerGenerator.generate": "rasa.answer_text"},
    "knowledge.vectors": {"CachedEmbedder.question": "rasa.embed"},
    "rasa.core.processor": {
        "MessageProcessor.log_message": "rasa.log_message",
        "MessageProcessor.parse_message": "rasa.parse",
        "MessageProcessor.run_action_extract_slots": "rasa.slots",
        "MessageProcessor._run_prediction_loop": "rasa.loop",
        "MessageProcessor.predict_next_with_tracker_if_should": "rasa.predict",
        "MessageProcessor._run_action": "rasa.action",
    },
    "rasa.nlu.extractors.regex_entity_extractor": {"RegexEntityExtractor.process": "rasa.regex"},
    "sqlalchemy.engine.default": {"DefaultDialect.do_execute": "sql", "DefaultDialect.do_commit": "commit"},
}

_spans: list[tuple[str, int, int, int]] = []


def timed(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """The same function, which leaves a span; coroutine functions stay such."""
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def asynchronous(*args: Any, **kwargs: Any) -> Any:
            start = time.perf_counter_ns()
            try:
                return await function(*args, **kwargs)
            finally:
                _spans.append((name, start, time.perf_counter_ns(), -1))

        return asynchronous

    @functools.wraps(function)
    def synchronous(*args: Any, **kwargs: Any) -> Any:
        start, worked = time.perf_counter_ns(), time.thread_time_ns()
        try:
            return function(*args, **kwargs)
        finally:
            _spans.append((name, start, time.perf_counter_ns(), time.thread_time_ns() - worked))

    return synchronous


def hook(module: ModuleType, names: dict[str, str]) -> list[str]:
    """Put hooks into a module; the functions that are not there any more."""
    missing = []
    for path, name in names.items():
        owner: Any = module
        *outer, last = path.split(".")
        for part in outer:
            owner = getattr(owner, part, None)
        function = getattr(owner, last, None)
        if function is None:
            missing.append(f"{module.__name__}.{path}")
        else:
            setattr(owner, last, timed(function, name))
    return missing


class _Finder(importlib.abc.MetaPathFinder):
    """Hooks a module right after it was imported, before anybody can take a name out of it."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in SPANS:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            loader, execute = spec.loader, spec.loader.exec_module

            def exec_module(module: ModuleType) -> None:
                execute(module)
                _spans.extend((f"missing:{name}", 0, 0, 0) for name in hook(module, SPANS[fullname]))

            loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _write(file: Path) -> None:
    """Append what came since the last time."""
    count = len(_spans)
    taken = _spans[:count]
    del _spans[:count]
    if taken:
        with file.open("a", encoding="utf-8") as lines:
            lines.writelines(f"{name} {start} {end} {cpu}\n" for name, start, end, cpu in taken)


def _keep_writing(file: Path) -> None:
    while True:
        time.sleep(FLUSH_S)
        _write(file)


def install(folder: Path) -> None:
    """Hook everything that will be imported by this process."""
    file = folder / f"{os.getpid()}.spans"
    sys.meta_path.insert(0, _Finder())
    threading.Thread(target=_keep_writing, args=(file,), daemon=True).start()
    atexit.register(_write, file)


if __name__ == "sitecustomize" and os.environ.get(FOLDER):
    install(Path(os.environ[FOLDER]))
