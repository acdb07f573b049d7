"""Who should get a ticket: a sum of points that everyone can follow. Pure: no store, no clock."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from connectors.message import JSON

CONTINUITY, LANGUAGE, SKILLS, LOAD, GRADE, FAIRNESS = 40, 25, 30, 20, 15, 10
"""The most points that each reason gives."""
HOUR_MS = 3_600_000


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An agent who is there. `grade` from 0 (least experienced) to 1; `load` is what they have on their hands, measured
    as `capacity` is; `assigned_at` (ms) when they were given a ticket last, 0 for never.
    """

    id: str
    name: str
    tiers: tuple[str, ...]
    languages: tuple[str, ...]
    skills: tuple[str, ...] = ()
    grade: float = 0.0
    capacity: float = 4.0
    load: float = 0.0
    assigned_at: int = 0

    def takes(self, weight: float) -> bool:
        """Whether there is room for so much more."""
        return self.load + weight <= self.capacity + 1e-9

    def given(self, weight: float, at: int) -> "Candidate":
        """The same with one ticket more, given at `at` (ms)."""
        return replace(self, load=self.load + weight, assigned_at=at)


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A ticket that waits. `tiers`: whose agents may have it now; `weight`: how much of a capacity it takes;
    `only`: the one person it is meant for, while it waits for them alone; `known`: who had earlier tickets of the same
    customer, and when (ms); `patient`: it still waits for somebody who speaks its language.
    """

    id: str
    tiers: tuple[str, ...]
    language: str
    skills: tuple[str, ...] = ()
    weight: float = 1.0
    demanding: bool = False  # of high value or at risk: experience counts
    patient: bool = True
    passed: frozenset[str] = frozenset()
    only: str | None = None
    meant_for: str | None = None
    known: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Who gets a ticket, and why: reasons as `{"why", "points", …}`, the strongest first."""

    ticket_id: str
    agent_id: str
    weight: float
    because: tuple[JSON, ...]


def qualified(waiting: Waiting, agent: Candidate, spoken: frozenset[str]) -> bool:
    """Whether a ticket can be offered to an agent. `spoken`: the languages of all who are there for it."""
    if agent.id in waiting.passed or not agent.takes(waiting.weight):
        return False
    if waiting.only is not None:
        return agent.id == waiting.only
    if agent.id != waiting.meant_for and not set(waiting.tiers) & set(agent.tiers):
        return False
    foreign = waiting.language not in agent.languages
    return not (foreign and waiting.patient and waiting.language in spoken)


def reasons(waiting: Waiting, agent: Candidate, now: int) -> tuple[JSON, ...]:
    """What speaks for an agent, the strongest first; together they are the score."""
    skills = [skill for skill in waiting.skills if skill in agent.skills]
    free = 1 - agent.load / agent.capacity if agent.capacity else 0.0
    rest = min(1.0, (now - agent.assigned_at) / HOUR_MS) if agent.assigned_at else 1.0
    found: list[JSON] = [
        _continuity(waiting, agent),
        {"why": "language", "points": LANGUAGE * (waiting.language in agent.languages), "language": waiting.language},
        {"why": "skills", "points": SKILLS * len(skills) / len(waiting.skills) if skills else 0, "skills": skills},
        {"why": "load", "points": LOAD * free, "load": round(agent.load, 1), "capacity": agent.capacity},
        {"why": "grade", "points": GRADE * agent.grade if waiting.demanding else 0},
        {"why": "fairness", "points": FAIRNESS * rest},
    ]
    told = [each | {"points": round(each["points"], 1)} for each in found]
    return tuple(sorted((each for each in told if each["points"] > 0), key=lambda each: -each["points"]))


def choose(waiting: Waiting, agents: Iterable[Candidate], now: int) -> Choice | None:
    """The best of those who can have a ticket; of equals who has been without a new one longest. None: nobody can."""
    agents = tuple(agents)
    spoken = frozenset(
        language for agent in agents if set(waiting.tiers) & set(agent.tiers) for language in agent.languages
    )
    able = [agent for agent in agents if qualified(waiting, agent, spoken)]
    if not able:
        return None
    scored = [(agent, reasons(waiting, agent, now)) for agent in able]
    best, because = min(scored, key=lambda each: (-_score(each[1]), each[0].assigned_at, each[0].id))
    return Choice(ticket_id=waiting.id, agent_id=best.id, weight=waiting.weight, because=because)


def plan(queue: Iterable[Waiting], agents: Sequence[Candidate], now: int) -> list[Choice]:
    """Choices for a queue in its order, until nobody has room any more; each counts for those after it."""
    present = {agent.id: agent for agent in agents}
    chosen = []
    for waiting in queue:
        if not any(agent.load < agent.capacity for agent in present.values()):
            break
        choice = choose(waiting, present.values(), now)
        if choice is None:
            continue
        chosen.append(choice)
        present[choice.agent_id] = present[choice.agent_id].given(choice.weight, now)
    return chosen


def _continuity(waiting: Waiting, agent: Candidate) -> JSON:
    if agent.id == waiting.meant_for:
        return {"why": "meant_for", "points": CONTINUITY}
    if agent.id not in waiting.known:
        return {"why": "continuity", "points": 0}
    last = max(waiting.known, key=lambda each: waiting.known[each])
    return {"why": "continuity", "points": CONTINUITY if agent.id == last else CONTINUITY / 2}


def _score(because: tuple[JSON, ...]) -> float:
    return sum(float(each["points"]) for each in because)
