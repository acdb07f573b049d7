"""The bot asks the service what was published, keeps it, and goes on without the service."""

import datetime
import json
import logging
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot import published as asking
from bot import settings
from bot.published import Away, Published

RECORD = {
    "category": "orders",
    "updated": "2026-11-20",
    "texts": {"en": {"title": "Do you wrap gifts?", "questions": ["gift paper"], "body": "For ¥5."}},
}


class Service:
    """`GET /internal/v1/knowledge`, as a test says it answers."""

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.asked: list[dict[str, str]] = []
        self.status = 200
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.headers["Authorization"] != "Bearer secret":
                    self.send_error(401)
                    return
                service.asked.append({name: value[0] for name, value in parse_qs(urlsplit(self.path).query).items()})
                answer = service.answers.pop(0) if len(service.answers) > 1 else service.answers[0]
                body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(service.status)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def answer(revision: int, *ids: str, complete: bool = False, more: bool = False) -> dict[str, Any]:
    changes = [{"id": name, "state": "published", "content": RECORD} for name in ids]
    return {"log": "log-1", "revision": revision, "complete": complete, "more": more, "changes": changes}


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "published.json"


def test_it_asks_for_all_first_and_then_for_what_came_after(service: Service, path: Path) -> None:
    published = Published(service.url, "secret", path)
    service.answers = [answer(2, "a", "b", complete=True), answer(2), answer(3, "c")]
    assert [published.look() for _ in range(3)] == [True, False, True]
    assert set(published.overlay.records) == {"a", "b", "c"}
    assert [each["after"] for each in service.asked] == ["0", "2", "2"]
    assert service.asked[1]["log"] == "log-1"


def test_much_comes_in_parts_and_is_taken_as_a_whole(service: Service, path: Path) -> None:
    published = Published(service.url, "secret", path)
    service.answers = [answer(1, "a", complete=True, more=True), answer(2, "b", more=True), answer(3, "c")]
    assert published.look()
    assert set(published.overlay.records) == {"a", "b", "c"}
    service.answers = [answer(4, "d", more=True), b"broken"]
    with pytest.raises(Away):
        published.look()
    assert published.overlay.revision == 3, "half of it is nothing"


def test_a_restart_without_the_service_keeps_what_was_published(service: Service, path: Path) -> None:
    service.answers = [answer(1, "a", complete=True)]
    Published(service.url, "secret", path).look()
    service.close()
    again = Published(service.url, "secret", path)
    with pytest.raises(Away):
        again.look()
    assert set(again.overlay.records) == {"a"}


@pytest.mark.parametrize("said", [b"", b"<html>", b"[]", b"null", b'{"log": 1}', {"log": "x", "revision": -1.5}])
def test_an_answer_that_is_none_changes_nothing(service: Service, path: Path, said: object) -> None:
    published = Published(service.url, "secret", path)
    service.answers = [answer(1, "a", complete=True), said]
    published.look()
    with pytest.raises(Away):
        published.look()
    assert set(published.overlay.records) == {"a"}


def test_a_wrong_token_and_a_broken_service_are_away(service: Service, path: Path) -> None:
    service.answers = [answer(1, "a", complete=True)]
    with pytest.raises(Away, match="401"):
        Published(service.url, "wrong", path).look()
    service.status = 503
    with pytest.raises(Away, match="503"):
        Published(service.url, "secret", path).look()


def test_a_disk_that_takes_nothing_does_not_keep_answers_back(
    service: Service, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    published = Published(service.url, "secret", tmp_path / "file" / "published.json")
    service.answers = [answer(1, "a", complete=True)]
    assert published.look()
    assert set(published.overlay.records) == {"a"}
    assert "not kept" in caplog.text


def test_following_is_quiet_while_the_service_is_away_and_goes_on_after(
    service: Service, path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(asking, "ASK_EVERY", 0.01)
    taken = threading.Event()
    service.status, service.answers = 503, [answer(1, "a", complete=True)]
    published = Published(service.url, "secret", path)
    with caplog.at_level(logging.INFO):
        threading.Thread(target=published.follow, args=(taken.set,), daemon=True).start()
        _until(lambda: len(service.asked) > 3)
        assert not taken.is_set()
        service.status = 200
        assert taken.wait(10)
        _until(lambda: "tells again" in caplog.text)
    assert caplog.text.count("does not tell") == 1
    assert "secret" not in caplog.text


def test_the_day_is_the_company_s() -> None:
    far_east = settings.read({"FRONTDOOR_TIME_ZONE": "Pacific/Kiritimati"}).today()
    far_west = settings.read({"FRONTDOOR_TIME_ZONE": "Pacific/Niue"}).today()
    assert datetime.timedelta(days=1) <= far_east - far_west <= datetime.timedelta(days=2)
    with pytest.raises(ValueError, match="FRONTDOOR_TIME_ZONE"):
        settings.read({"FRONTDOOR_TIME_ZONE": "Mars/Olympus"})


def _until(there: Any) -> None:
    deadline = time.monotonic() + 10
    while not there():
        assert time.monotonic() < deadline
        time.sleep(0.01)
