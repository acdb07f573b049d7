"""The knowledge base behind the console: real files and the real desk; only what the bot would say is a script."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from connectors.message import JSON
from desk.ports import Answered, NothingToLearn, Proposal, ReplayedChange, ReplayReport, ReplayUnavailable
from storage.clock import now_ms

MINUTE, DAY = 60_000, 86_400_000


@dataclass
class Replays:
    """Implements `desk.ports.Replay`: what the bot would make of recent questions."""

    report: ReplayReport = field(default_factory=lambda: ReplayReport(asked=40, unchanged=40, changes=(), passes=True))
    away: bool = False
    hold: asyncio.Event | None = None  # questions are being asked until it is set
    asked: list[tuple[str, JSON | None]] = field(default_factory=list)

    async def __call__(self, article_id: str, content: JSON | None) -> ReplayReport:
        """What is to be reported."""
        self.asked.append((article_id, content))
        if self.hold:
            await self.hold.wait()
        if self.away:
            raise ReplayUnavailable
        return self.report


@dataclass
class Lessons:
    """Implements `desk.ports.Learning`: gaps as a month of questions leaves them."""

    found: JSON = field(default_factory=lambda: {"gaps": [], "failing": [], "stale": [], "since": 0, "updated_at": 0})
    looked: int = 0
    answers: dict[str, Proposal] = field(default_factory=dict)  # by ticket

    async def overview(self) -> JSON:
        """What the page shows."""
        return self.found

    async def look(self) -> None:
        """Nothing new."""
        self.looked += 1

    async def of_gap(self, gap_id: str) -> Proposal:
        """An article with the examples as phrasings. Raises KeyError."""
        gap = {each["id"]: each for each in self.found["gaps"]}[gap_id]
        words = text(gap["label"], "", *gap["examples"])
        return Proposal(article_id=f"gap-{gap_id}", content=content(**{gap["languages"][0]: words}))

    async def begun(self, gap_id: str, article_id: str) -> None:
        """Note the draft."""
        next(each for each in self.found["gaps"] if each["id"] == gap_id)["draft"] = article_id

    async def dismiss(self, gap_id: str, by: str) -> bool:
        """Show it no more."""
        before = len(self.found["gaps"])
        self.found["gaps"] = [each for each in self.found["gaps"] if each["id"] != gap_id]
        return len(self.found["gaps"]) < before

    async def of_ticket(self, ticket_id: str) -> Proposal:
        """The article that the test prepared. Raises NothingToLearn."""
        if ticket_id not in self.answers:
            raise NothingToLearn
        return self.answers[ticket_id]


def content(*, en: JSON | None = None, zh: JSON | None = None, **about: Any) -> JSON:
    """An article's content."""
    texts = {name: text for name, text in (("en", en), ("zh", zh)) if text}
    plain: JSON = {"category": "delivery", "tags": [], "audience": "public", "related": []}
    return plain | {"valid_from": None, "valid_until": None} | about | {"texts": texts}


def text(title: str, body: str, *questions: str) -> JSON:
    """One language of an article."""
    return {"title": title, "questions": list(questions), "body": body}


TIMES = ("delivery-times", "How long does delivery take?")
ZH_TIMES = ("delivery-times", "多久能送到？")
SHOPS = ("shop-locations", "Where are your shops?")
ADDRESS = ("delivery-address-change", "怎么改收货地址？")
CHANGES: tuple[tuple[str, str, int, Any, Any, Any], ...] = (
    ("Can the courier come in the evening?", "en", 9, ("rephrase",), ("answer", *TIMES, 0.86), "better"),
    (
        "Do you deliver on Sundays?",
        "en",
        4,
        ("answer_alternatives", *TIMES, 0.58),
        ("answer", *TIMES, 0.83),
        "different",
    ),
    ("晚上能送货吗？", "zh", 6, ("clarify", *ADDRESS, 0.41), ("answer", *ZH_TIMES, 0.79), "better"),
    ("When does the shop close?", "en", 3, ("answer", *SHOPS, 0.81), ("answer_alternatives", *TIMES, 0.52), "worse"),
)


def changes() -> ReplayReport:
    """One answer gets worse, one better in each language, one different."""
    replayed = tuple(
        ReplayedChange(
            question=question,
            language=language,
            times=times,
            before=_answered(*before),
            after=_answered(*after),
            verdict=verdict,
        )
        for question, language, times, before, after, verdict in CHANGES
    )
    return ReplayReport(asked=214, unchanged=210, passes=False, changes=replayed)


def _answered(decision: str, article: str = "", title: str = "", confidence: float = 0.0) -> Answered:
    return Answered(decision=decision, article=article, title=title, confidence=confidence)


def lessons() -> JSON:
    """A month of a shop for appliances."""
    now = now_ms()
    return {
        "since": now - 30 * DAY,
        "updated_at": now - 9 * MINUTE,
        "gaps": [
            {
                "id": "g1",
                "label": "Can the invoice be made out to another company?",
                "count": 37,
                "languages": ["en", "zh"],
                "examples": [
                    "Can the invoice be made out to another company?",
                    "Can you put my company's name on the invoice afterwards?",
                    "发票抬头可以改成别的公司吗",
                    "invoice for a different company please",
                    "公司改名了发票怎么办",
                ],
                "first_at": now - 20 * DAY,
                "last_at": now - 50 * MINUTE,
                "outcomes": {"none": 12, "clarified": 9, "handed_over": 16},
                "nearest": {"id": "invoice-correction", "title": "How do I correct an invoice?"},
                "draft": None,
            },
            {
                "id": "g2",
                "label": "烤箱温度不准怎么校准？",
                "count": 21,
                "languages": ["zh"],
                "examples": ["烤箱温度不准", "烤箱比设定的温度高 20 度", "怎么校准烤箱温度"],
                "first_at": now - 18 * DAY,
                "last_at": now - DAY,
                "outcomes": {"none": 14, "clarified": 3, "handed_over": 4},
                "nearest": None,
                "draft": None,
            },
            {
                "id": "g3",
                "label": "Does the robot vacuum work with 5 GHz Wi-Fi?",
                "count": 13,
                "languages": ["en"],
                "examples": ["RV-9 5ghz wifi", "robot vacuum won't join my mesh network", "does RV-9 support WPA3"],
                "first_at": now - 11 * DAY,
                "last_at": now - 3 * DAY,
                "outcomes": {"none": 2, "clarified": 10, "handed_over": 1},
                "nearest": {"id": "smart-wifi", "title": "My device doesn't connect to the Wi-Fi"},
                "draft": "rv-9-wifi",
            },
        ],
        "failing": [
            _failing("returns-freight", "Who pays the freight of a return?", 84, 31),
            _failing("warranty-proof", "Which proof does the warranty need?", 40, 9),
        ],
        "stale": [
            _stale("gift-cards", "How long are gift cards valid?", "2026-03-01", None, "ending"),
            _stale("delivery-fees", "What does delivery cost?", "2025-01-12", now - 2 * DAY, "old"),
        ],
    }


def _failing(article_id: str, title: str, shown: int, then_human: int) -> JSON:
    share = then_human / shown
    return {"id": article_id, "title": title, "shown": shown, "then_human": then_human, "share": share}


def _stale(article_id: str, title: str, updated: str, last_shown: int | None, reason: str) -> JSON:
    return {"id": article_id, "title": title, "updated": updated, "last_shown": last_shown, "reason": reason}
