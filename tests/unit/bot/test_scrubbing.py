"""Nothing a customer wrote reaches a log."""

import io
import json
import logging
import logging.config
from pathlib import Path

import pytest
import yaml

from bot.scrubbing import Scrubber, describe, install

SECRET = "my card is 4111 1111"


@pytest.fixture
def logged() -> tuple[logging.Logger, io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(Scrubber())
    logger = logging.Logger("rasa.core.processor")
    logger.addHandler(handler)
    return logger, stream


def fail(text: str) -> None:
    raise ValueError(f"cannot parse {text}")


def test_of_an_exception_only_kind_and_place_remain(logged: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = logged
    try:
        try:
            fail(SECRET)
        except ValueError as cause:
            raise RuntimeError(SECRET) from cause
    except RuntimeError:
        logger.exception("Encountered an exception while running action 'x'.")
    text = stream.getvalue()
    assert SECRET not in text
    assert "RuntimeError at" in text
    assert "from ValueError at" in text
    assert "test_scrubbing.py" in text
    assert text.count("\n") == 1


def test_of_a_structured_record_only_harmless_fields_remain(logged: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = logged
    frames = {"exc_type": "KeyError", "frames": [{"locals": {"message": SECRET}}]}
    logger.error(json.dumps({"event": "actions.failed", "level": "error", "user_text": SECRET, "exception": [frames]}))
    assert json.loads(stream.getvalue()) == {"event": "actions.failed", "level": "error"}


def test_ordinary_messages_stay_as_they_are(logged: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = logged
    logger.info("Loading model %s", "m.tar.gz")
    logger.info("{not json")
    assert stream.getvalue() == "Loading model m.tar.gz\n{not json\n"


def test_the_shipped_configuration_uses_it_and_installing_twice_adds_one() -> None:
    root = logging.getLogger()
    before = list(root.handlers), root.level
    try:
        path = Path(__file__).parents[3] / "bot" / "logging.yml"
        logging.config.dictConfig(yaml.safe_load(path.read_text(encoding="utf-8")))
        install()
        install()
        assert root.handlers
        for handler in root.handlers:
            assert sum(isinstance(found, Scrubber) for found in handler.filters) == 1
    finally:
        root.handlers, root.level = before


def test_an_exception_without_a_trace() -> None:
    assert describe(ValueError(SECRET)) == "ValueError at ?"
