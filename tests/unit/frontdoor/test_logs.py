"""Logs carry facts and never secrets; what people wrote only at debug."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from frontdoor.logs import HIDDEN, configure
from frontdoor.sections import Logs


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    """What was written, as JSON."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_one_json_object_a_line_with_what_was_bound() -> None:
    stream = io.StringIO()
    configure(Logs(format="json"), stream)
    structlog.contextvars.bind_contextvars(conversation="01J")
    structlog.get_logger("frontdoor.inbox").info("message.stored", seq=3)
    logging.getLogger("some.library").warning("slow %s", "query")
    ours, theirs = lines(stream)
    assert ours["event"] == "message.stored"
    assert (ours["seq"], ours["conversation"], ours["level"], ours["logger"]) == (3, "01J", "info", "frontdoor.inbox")
    assert (theirs["event"], theirs["conversation"], theirs["logger"]) == ("slow query", "01J", "some.library")


def test_secrets_are_hidden_wherever_they_stand() -> None:
    stream = io.StringIO()
    configure(Logs(format="json", level="debug"), stream)
    log = structlog.get_logger("a")
    log.info(
        "x", password="hunter2", headers={"Authorization": "Bearer abc.def", "Host": "h"}, session_token="t0ps3cret"
    )
    log.info("x", url="postgresql+psycopg://fd:hunter2@db/frontdoor", error="401 for Bearer abc.def-123")
    logging.getLogger("b").warning("cannot reach redis://:hunter2@cache:6379/0")
    written = stream.getvalue()
    assert not [secret for secret in ("hunter2", "abc.def", "t0ps3cret") if secret in written]
    assert lines(stream)[0]["headers"] == {"Authorization": HIDDEN, "Host": "h"}
    assert "@db/frontdoor" in written


def test_a_traceback_is_cleaned_too() -> None:
    stream = io.StringIO()
    configure(Logs(format="json"), stream)
    try:
        raise ValueError("smtp://me:hunter2@mail:25 refused")
    except ValueError:
        structlog.get_logger("a").exception("mail.failed")
    (line,) = lines(stream)
    assert "ValueError" in line["exception"]
    assert "hunter2" not in line["exception"]


@pytest.mark.parametrize(("level", "shown"), [("info", "[9 characters]"), ("debug", "退货地址填错了怎么")])
def test_message_text_is_written_at_debug_only(level: Any, shown: str) -> None:
    stream = io.StringIO()
    configure(Logs(format="json", level=level), stream)
    structlog.get_logger("a").info("message.received", text="退货地址填错了怎么")
    assert lines(stream)[0]["text"] == shown


def test_less_important_lines_are_left_out() -> None:
    stream = io.StringIO()
    configure(Logs(level="warning"), stream)
    structlog.get_logger("a").info("no")
    structlog.get_logger("a").warning("yes")
    logging.getLogger("b").info("no")
    assert stream.getvalue().count("\n") == 1
    assert "\033[" not in stream.getvalue()
