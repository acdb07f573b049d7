"""Quality reviews: conversations are drawn, scored by a colleague, seen by whose work it was, and may be appealed."""

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from sqlalchemy import Connection

from connectors.message import JSON, Author
from desk.errors import Refused, bad_field
from desk.growth_settings import FULL_MARKS, Quality
from desk.permissions import sees
from desk.quality_sampling import Slice, draw, slices_to_draw
from desk.service import DeskService
from desk.signin import SignedIn
from storage import agents, audit, reviews, ticket_entries, tickets
from storage.agents import Agent
from storage.reviews import APPEALED, DECIDED, DONE, WAITING, Review
from storage.settings import read_setting, write_setting
from storage.tickets import Ticket

DRAW_EVERY_S = 3600
DAY_MS = 86_400_000
LISTED = 200
LOW = 2
"""Up to so many points a score needs a reason."""
_DRAWN = "quality.drawn_until"


@dataclass(frozen=True, kw_only=True)
class Card:
    """A filled scorecard: points by item, None where an item does not apply, and what is said of them."""

    scores: Mapping[str, int | None]
    remarks: Mapping[str, JSON]
    comment: str = ""


def total(scores: Mapping[str, int | None], quality: Quality) -> float:
    """The whole, 0 to 100: items by their weights, without those that do not apply. Raises `bad_field`."""
    given = {item: score for item, score in scores.items() if score is not None}
    weight = sum(quality.items[item].weight for item in given)
    if not weight:
        raise bad_field("scores", "no_score")
    return 100 * sum(quality.items[item].weight * score for item, score in given.items()) / (FULL_MARKS * weight)


class Reviews:
    """All methods raise `desk.errors.Refused`."""

    def __init__(self, desk: DeskService) -> None:
        self._desk, self._settings = desk, desk.tiers.quality

    async def draw(self) -> None:
        """Draw from the slices that are over, once."""
        if self._due(await self._desk.db.read(read_setting, _DRAWN, 0)):
            await self._desk.db.write(self._draw)

    async def waiting(self, agent: Agent) -> JSON:
        """What this person may review, and the appeals that they may decide."""
        waiting, appealed = await self._desk.db.read(self._waiting, agent)
        return {"waiting": waiting, "appealed": appealed, "items": self._items()}

    async def mine(self, agent: Agent) -> JSON:
        """One's own reviews."""
        found = await self._desk.db.read(self._mine, agent)
        return {"reviews": found, "items": self._items(), "appeal_days": self._settings.appeal_days}

    async def one(self, agent: Agent, review_id: str) -> JSON:
        """A review with what colleagues said in the conversation, for who may write or decide it."""
        return await self._desk.db.read(self._one, agent, review_id)

    async def write(self, who: SignedIn, review_id: str, card: Card) -> JSON:
        """Score a conversation. Raises `own_work`, and `closed` when somebody did it meanwhile."""
        await self._desk.db.write(self._write, who, review_id, card)
        return await self.waiting(who.agent)

    async def appeal(self, who: SignedIn, review_id: str, reason: str) -> JSON:
        """Ask for a second opinion, once and in time. Raises `closed`."""
        await self._desk.db.write(self._appeal, who, review_id, reason)
        return await self.mine(who.agent)

    async def decide(self, who: SignedIn, review_id: str, decision: str, card: Card | None) -> JSON:
        """Settle an appeal: with another card, or without one as it was. Raises `own_work`, `closed`."""
        await self._desk.db.write(self._decide, who, review_id, decision, card)
        return await self.waiting(who.agent)

    def _items(self) -> list[JSON]:
        return [{"id": name, **item.model_dump()} for name, item in self._settings.items.items()]

    def _due(self, drawn_until: int) -> list[Slice]:
        zone = self._desk.tiers.hours.time_zone
        return slices_to_draw(drawn_until, self._desk.clock(), self._settings.slices, zone)

    def _draw(self, tx: Connection) -> None:
        for part in self._due(read_setting(tx, _DRAWN, 0)):
            seed, had = secrets.token_hex(8), reviews.drawn_of(tx, part.month)
            for pick in draw(reviews.candidates(tx, part.since, part.until), had, self._settings, seed):
                drawn = {"seed": seed, "of": pick.of, "since": part.since, "until": part.until}
                reviews.add(
                    tx, ticket_id=pick.ticket_id, agent_id=pick.agent_id, month=part.month, why=pick.why, drawn=drawn,
                    at=self._desk.clock(),
                )  # fmt: skip
            write_setting(tx, _DRAWN, part.until)

    def _waiting(self, tx: Connection, agent: Agent) -> tuple[list[JSON], list[JSON]]:
        lists = []
        for state in (WAITING, APPEALED):
            rows = [each for each in reviews.in_state(tx, state, LISTED) if _may_judge(agent, each)]
            both = reviews.with_tickets(tx, rows)
            lists.append([self._shown(tx, each, row) for each, row in both if row is not None and sees(agent, row)])
        return lists[0], lists[1]

    def _mine(self, tx: Connection, agent: Agent) -> list[JSON]:
        both, now = reviews.with_tickets(tx, reviews.of_agent(tx, agent.id, LISTED)), self._desk.clock()
        return [self._shown(tx, each, row) | {"may_appeal": self._may_appeal(each, now)} for each, row in both]

    def _one(self, tx: Connection, agent: Agent, review_id: str) -> JSON:
        row = _found(tx, review_id)
        ticket = tickets.find_ticket(tx, row.ticket_id) if row.ticket_id else None
        if not _may_judge(agent, row) or ticket is None or not sees(agent, ticket):
            raise Refused("not_found")
        said = [
            {"id": each.id, "text": each.content.text, "at": each.at, "name": each.name, "author": str(each.author)}
            for each in ticket_entries.timeline(tx, ticket.id)
            if each.kind == ticket_entries.MESSAGE
            and each.author in (Author.AGENT, Author.CUSTOMER)
            and each.content.text
        ]
        return self._shown(tx, row, ticket) | {"entries": said}

    def _write(self, tx: Connection, who: SignedIn, review_id: str, card: Card) -> None:
        row = self._judged(tx, who.agent, review_id, WAITING)
        score, now = self._checked(tx, row, card), self._desk.clock()
        reviews.change(
            tx, review_id, state=DONE, scores=dict(card.scores), remarks=dict(card.remarks), comment=card.comment,
            score=score, reviewer_id=who.agent.id, reviewer_name=who.agent.name, reviewed_at=now,
        )  # fmt: skip
        self._record(tx, who, "quality.reviewed", row, score=round(score, 1))

    def _appeal(self, tx: Connection, who: SignedIn, review_id: str, reason: str) -> None:
        row = _found(tx, review_id, lock=True)
        if row.agent_id != who.agent.id or row.state == WAITING:
            raise Refused("not_found")
        if not self._may_appeal(row, self._desk.clock()):
            raise Refused("closed")
        reviews.change(tx, review_id, state=APPEALED, appeal=reason, appealed_at=self._desk.clock())
        self._record(tx, who, "quality.appealed", row)

    def _decide(self, tx: Connection, who: SignedIn, review_id: str, decision: str, card: Card | None) -> None:
        row = self._judged(tx, who.agent, review_id, APPEALED)
        score, values = row.score, {}
        if card is not None:
            score = self._checked(tx, row, card)
            values = {"scores": dict(card.scores), "remarks": dict(card.remarks)}
        reviews.change(
            tx, review_id, state=DECIDED, score=score, first_score=row.score, decision=decision,
            decider_id=who.agent.id, decider_name=who.agent.name, decided_at=self._desk.clock(), **values,
        )  # fmt: skip
        self._record(tx, who, "quality.decided", row, changed=card is not None)

    def _judged(self, tx: Connection, agent: Agent, review_id: str, state: str) -> Review:
        """The review in this state, for somebody who may judge it; nobody else writes it until the transaction ends."""
        row = _found(tx, review_id, lock=True)
        if row.state != state:
            raise Refused("closed")
        if not _may_judge(agent, row):
            raise Refused("own_work")
        ticket = tickets.find_ticket(tx, row.ticket_id) if row.ticket_id else None
        if ticket is None or not sees(agent, ticket):
            raise Refused("not_found")
        return row

    def _checked(self, tx: Connection, row: Review, card: Card) -> float:
        for field, names in (("scores", card.scores), ("remarks", card.remarks)):
            for name in names:
                if name not in self._settings.items:
                    raise bad_field(f"{field}.{name}", "unknown_item")
        for name, score in card.scores.items():
            if score is not None and score <= LOW and not card.remarks.get(name, {}).get("comment"):
                raise bad_field(f"remarks.{name}", "why_low")
        for name, remark in card.remarks.items():
            entry_id = remark.get("entry_id")
            if entry_id and not ticket_entries.find_entry(tx, row.ticket_id or "", entry_id):
                raise bad_field(f"remarks.{name}", "literal_error", expected="entries")
        return total(card.scores, self._settings)

    def _may_appeal(self, row: Review, now: int) -> bool:
        in_time = row.reviewed_at is not None and now <= row.reviewed_at + self._settings.appeal_days * DAY_MS
        return row.state == DONE and in_time

    def _shown(self, tx: Connection, row: Review, ticket: Ticket | None) -> JSON:
        whose = agents.find_agent(tx, row.agent_id)
        about = {"number": ticket.number, "channel": ticket.channel, "question": ticket.question} if ticket else None
        hidden = ("reviewer_id", "decider_id")
        told = {name: value for name, value in asdict(row).items() if name not in hidden}
        return told | {"agent_name": whose.name if whose else "", "ticket": about}

    def _record(self, tx: Connection, who: SignedIn, action: str, row: Review, **details: float | bool) -> None:
        whose = agents.find_agent(tx, row.agent_id)
        about = {"subject": row.agent_id, "subject_name": whose.name if whose else ""}
        told = {"review": row.id, **details}
        audit.record(tx, who.actor, action, at=self._desk.clock(), details=told, **about)


def _found(tx: Connection, review_id: str, *, lock: bool = False) -> Review:
    row = reviews.find(tx, review_id, lock=lock)
    if row is None:
        raise Refused("not_found")
    return row


def _may_judge(agent: Agent, row: Review) -> bool:
    """Never one's own work, and of an appeal never who scored it."""
    return agent.id != row.agent_id and not (row.state == APPEALED and agent.id == row.reviewer_id)
