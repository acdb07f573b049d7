"""The scripted Rasa with what the learning loop asks of it: replays, phrasings and vectors.

It knows articles by words: a question is answered by the article that shares most words with it, and needs two.
"""

import base64
import hashlib
import re
import struct
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from tests.fakes.rasa import ScriptedRasa

WIDTH = 64
NEEDED = 2


def words(text: str) -> set[str]:
    """What is compared."""
    return {word for word in re.findall(r"\w+", text.lower()) if len(word) > 3}


class LearningRasa(ScriptedRasa):
    """`knows` has the titles of articles by their ids; `embedded` and `replayed` are what was asked."""

    def __init__(self, **knows: str) -> None:
        super().__init__()
        self.knows = {name.replace("_", "-"): title for name, title in knows.items()}
        self.embedded: list[str] = []
        self.replayed: list[str] = []
        self.model = "scripted"
        self.at_once = 100
        self.unanswered = False  # whether turns are decided as replays are
        self.trouble = self._asked
        self._app.router.add_post("/webhooks/brain/replay", self._replay)
        self._app.router.add_post("/webhooks/brain/phrasings", self._phrasings)
        self._app.router.add_post("/webhooks/brain/vectors", self._vectors)

    def _asked(self, body: dict[str, Any]) -> Handler | None:
        return self._in_words if self.unanswered else None

    async def _in_words(self, request: web.Request) -> web.Response:
        body = await request.json()
        found = decided(body["text"], self.knows)
        evidence = {**found, "intent": "kb_question", "ranking": []}
        reply = {"messages": [{"text": found["title"] or "In other words?"}], "signals": [], "slots": {}}
        return web.json_response({"message_id": body["message_id"], "evidence": evidence, **reply})

    async def _replay(self, request: web.Request) -> web.Response:
        body = await request.json()
        asked = body["questions"][: self.at_once]
        self.replayed += [each["text"] for each in asked]
        results = []
        for each in asked:
            result = {"now": decided(each["text"], self.knows)}
            if "change" in body:
                result["then"] = decided(each["text"], changed(self.knows, body["change"]))
            results.append(result)
        return web.json_response({"results": results}, status=self.status)

    async def _phrasings(self, request: web.Request) -> web.Response:
        body = await request.json()
        after = changed(self.knows, body["change"]) if "change" in body else self.knows
        asked = [
            {"text": title, "language": "en", "verified": False, "article": name, "new": self.knows.get(name) != title}
            for name, title in (self.knows | after).items()
        ]
        return web.json_response({"questions": asked[: body["limit"]]}, status=self.status)

    async def _vectors(self, request: web.Request) -> web.Response:
        texts = (await request.json())["texts"]
        self.embedded += texts
        packed = b"".join(struct.pack(f"<{WIDTH}f", *vector(text)) for text in texts)
        origin = base64.b64encode(bytes(4 * WIDTH)).decode()
        answer = {
            "model": self.model,
            "dimensions": WIDTH,
            "vectors": base64.b64encode(packed).decode(),
            "origins": {"en": origin, "zh": origin},
        }
        return web.json_response(answer, status=self.status)


def changed(knows: dict[str, str], change: dict[str, Any]) -> dict[str, str]:
    """The articles with a change."""
    rest = {name: title for name, title in knows.items() if name != change["id"]}
    if change["content"] is None:
        return rest
    return rest | {change["id"]: next(iter(change["content"]["texts"].values()))["title"]}


def decided(text: str, knows: dict[str, str]) -> dict[str, Any]:
    """What it would do about a question."""
    shared = {name: len(words(text) & words(title)) for name, title in knows.items()}
    best = max(shared, key=lambda name: (shared[name], name), default="")
    answers = bool(best) and shared[best] >= NEEDED
    return {
        "decision": "answer" if answers else "rephrase",
        "intent": "kb_answer" if answers else "kb_none",
        "language": "en",
        "article": best,
        "title": knows.get(best, ""),
        "confidence": 0.9 if answers else 0.1,
    }


def vector(text: str) -> list[float]:
    """A vector of length one: questions with the same words lie together."""
    found = [0.0] * WIDTH
    for word in words(text):
        found[hashlib.blake2b(word.encode(), digest_size=1).digest()[0] % WIDTH] += 1.0
    length = sum(value * value for value in found) ** 0.5 or 1.0
    return [value / length for value in found]
