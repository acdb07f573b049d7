"""What the store says of who waits and who is there, as `desk.assignment` wants to know it."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection

from desk.assignment import Candidate, Choice, Waiting, plan
from desk.assignment_moves import load
from desk.permissions import can
from desk.tiers import Tiers
from storage import agents, turns
from storage.agents import Agent
from storage.tickets import CASE, Ticket

PAGE = 200
MOST = 4_000
"""Tickets looked at in one go. In a longer queue those at its head are given out first, and then the next."""


def choices(tx: Connection, tiers: Tiers, now: int) -> list[tuple[Choice, bool]]:
    """Which tickets should go to whom now, in the order of the queue; True: without asking."""
    settings = tiers.assignment
    everyone = agents.all_agents(tx, disabled=False)
    here = present(everyone, tiers, turns.work_of(tx, now), turns.turns(tx), now)
    chosen: list[tuple[Choice, bool]] = []
    for skip in range(0, MOST, PAGE):
        free = [agent for agent in here.values() if agent.load < agent.capacity]
        if not free:
            break
        served = _served(tiers, free)
        rows = turns.unoffered(
            tx,
            tiers=served,
            languages=_languages(served, tiers, free, here.values()),
            free=[agent.id for agent in free],
            patient_since=now - settings.overflow_after_s * 1000,
            reserved_since=now - settings.reserve_s * 1000,
            skip=skip,
            limit=PAGE,
        )
        known = turns.acquainted(tx, rows)
        queue = [waiting(row, tiers, here, known[row.id], now) for row in rows]
        page = plan(queue, list(here.values()), now)
        modes = {row.id: settings.mode_of(row.tier) for row in rows}
        chosen += [(choice, modes[choice.ticket_id] == "auto") for choice in page]
        for choice in page:
            here[choice.agent_id] = here[choice.agent_id].given(choice.weight, now)
        if len(rows) < PAGE:
            break
    return chosen


def ending(tx: Connection, tiers: Tiers, now: int) -> list[str]:
    """Ids of tickets whose offers should end: nobody answered in time, or cannot any more."""
    offered = turns.offers(tx)
    if not offered:
        return []
    here = present(agents.all_agents(tx, disabled=False), tiers, turns.work_of(tx, now), {}, now)
    return [row.id for row in offered if not _stands(row, here, now)]


def _stands(row: Ticket, here: Mapping[str, Candidate], now: int) -> bool:
    asked = here.get(row.offered_to or "")
    in_time = row.offered_until is not None and row.offered_until > now
    return in_time and asked is not None and asked.takes(0.0)


def present(
    everyone: Sequence[Agent], tiers: Tiers, work: list[turns.Work], had: Mapping[str, turns.Turn], now: int
) -> dict[str, Candidate]:
    """Those who are there, by id."""
    loads, ranks = load(tiers, work), {grade: rank for rank, grade in enumerate(tiers.grades)}
    return {
        agent.id: Candidate(
            id=agent.id,
            name=agent.name,
            tiers=agent.tiers,
            languages=agent.languages,
            skills=agent.skills,
            grade=ranks.get(agent.grade, 0) / max(1, len(ranks) - 1),
            capacity=agent.capacity,
            load=loads.get(agent.id, 0.0),
            assigned_at=had.get(agent.id, turns.Turn()).assigned_at,
        )
        for agent in everyone
        if agent.seen_as(now) == "online" and can(agent, "answer")
    }


def waiting(row: Ticket, tiers: Tiers, here: Mapping[str, Candidate], known: Mapping[str, int], now: int) -> Waiting:
    """A ticket of the queue."""
    settings, waited = tiers.assignment, (now - row.queued_at) / 1000
    tier = tiers.tiers.get(row.tier)
    reserved = row.for_agent is not None and waited < settings.reserve_s
    still = row.offered_until is not None and now < row.offered_until
    return Waiting(
        id=row.id,
        tiers=open_to(row, tiers, here, waited),
        language=row.language,
        skills=row.skills,
        weight=tier.weight(row.channel) if tier else 1.0,
        demanding=row.value == "high" or row.risk != "low",
        patient=waited < settings.overflow_after_s,
        passed=frozenset(row.passed) if still else frozenset(),
        only=row.for_agent if reserved else None,
        meant_for=row.for_agent,
        known=known,
    )


def open_to(row: Ticket, tiers: Tiers, here: Mapping[str, Candidate], waited_s: float) -> tuple[str, ...]:
    """The ticket's tier; the next one too when nobody of it is there, or could take it for long; and so on."""
    found, asked = [row.tier], 1
    while (tier := tiers.tiers.get(found[-1])) and tier.escalates_to and tier.escalates_to not in found:
        following = tiers.tiers[tier.escalates_to]
        if row.kind == CASE and not following.faces_customer:
            break
        somebody = any(set(found) & set(agent.tiers) for agent in here.values())
        if somebody and waited_s < asked * tiers.assignment.overflow_after_s:
            break
        asked += somebody
        found.append(tier.escalates_to)
    return tuple(found)


def _languages(
    served: Collection[str], tiers: Tiers, free: Collection[Candidate], here: Collection[Candidate]
) -> list[str]:
    """The languages of tickets that need not wait for somebody else: these agents speak them, or nobody of a tier who
    is there does.
    """
    spoken = {language for agent in free for language in agent.languages}
    for name in served:
        of_tier = {language for agent in here if name in agent.tiers for language in agent.languages}
        spoken |= {"en", "zh"} - of_tier
    return sorted(spoken)


def _served(tiers: Tiers, free: Sequence[Candidate]) -> list[str]:
    """The tiers whose tickets these agents may get: their own and all those that escalate to them, unless pulled."""
    own = {tier for agent in free for tier in agent.tiers}
    found = set()
    for name in tiers.tiers:
        path = [name]
        while (following := tiers.tiers[path[-1]].escalates_to) and following not in path:
            path.append(following)
        if own & set(path) and tiers.assignment.mode_of(name) != "pull":
            found.add(name)
    return sorted(found)
