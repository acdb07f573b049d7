"""The JSON shapes of docs/protocol/console.md: how stored things look on an agent's screen."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace

from connectors.message import JSON, Attachment, Content
from desk.escalation_settings import next_tier
from desk.permissions import abilities, abilities_of
from desk.tiers import Tiers
from storage.agent_sessions import Session
from storage.agents import Agent
from storage.ticket_entries import CONSULT, EVENT, Entry
from storage.tickets import QUEUED, Ticket

Link = Callable[[Attachment], str]

_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iOS"), ("iPad", "iOS"), ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)  # fmt: skip


def user(agent: Agent, now: int) -> JSON:
    """A person, for themselves and for admins."""
    shown = asdict(agent) | {"presence": agent.seen_as(now)}
    del shown["alive_at"]
    return shown | {"can": abilities_of(agent.role)}


def colleague(agent: Agent, now: int, held: int) -> JSON:
    """A person, for colleagues."""
    names = ("id", "login", "name", "role", "tiers", "grade", "languages", "capacity")
    return {name: getattr(agent, name) for name in names} | {"presence": agent.seen_as(now), "open": held}


def session(row: Session, current: str) -> JSON:
    """A session, for its owner."""
    return {
        "id": row.id,
        "created_at": row.created_at,
        "seen_at": row.seen_at,
        "address": row.address,
        "agent": browser_name(row.browser),
        "current": row.id == current,
        "way": row.way,
    }


def ticket(row: Ticket, agent: Agent, names: Mapping[str, str]) -> JSON:
    """A ticket as `agent` sees it; `names` has the people tickets may be marked for, by id."""
    copied = (
        "id", "number", "state", "tier", "urgency", "language", "channel", "reason", "sentiment", "question", "summary",
        "online", "unread", "created_at", "queued_at", "taken_at", "closed_at", "updated_at", "rating", "reopened",
        "confirmed", "version", "category", "complexity", "value", "risk", "skills", "tags", "kind", "parent_id",
        "escalations", "bounces", "attention", "priority", "due_at", "breached",
    )  # fmt: skip
    shown: JSON = {name: getattr(row, name) for name in copied}
    return shown | {
        "customer": {"name": row.customer_name, "verified": row.verified},
        "agent": {"id": row.agent_id, "name": row.agent_name} if row.agent_id else None,
        "for_agent": {"id": row.for_agent, "name": names.get(row.for_agent, "")} if row.for_agent else None,
        "offer": offer(row, agent),
        "position": row.position if row.state == QUEUED else None,
        "last": row.last or None,
        "snoozed_until": row.snoozed_until,
        "merged_into": row.merged_into,
        "wrap_up": row.wrap_up["code"] if row.wrap_up else None,
        "can": abilities(agent, row),
    }


def offer(row: Ticket, agent: Agent) -> JSON | None:
    """Whose turn a ticket is, why, and until when: only for that person."""
    if row.state != QUEUED or row.offered_to != agent.id or row.offered_until is None:
        return None
    return {"until": row.offered_until, "because": list(row.offered_because)}


def packet(row: Ticket, stored: JSON, previous: Ticket | None, link: Link) -> JSON:
    """What the ticket came with."""
    copied = ("reason", "reason_detail", "question", "summary", "language", "urgency", "sentiment", "customer", "slots")
    shown = {name: stored.get(name) for name in copied}
    return shown | {
        "failed": stored.get("failed", []),
        "tried": stored.get("tried", []),
        "attachments": [attachment(Attachment(**each), link) for each in stored.get("attachments", [])],
        "tier_because": row.tier_because,
        "urgency": row.urgency,
        "triage": {name: found for name, found in row.triage.items() if name != "seen"},
        "previous": {"id": previous.id, "number": previous.number} if previous else None,
    }


def entry(row: Entry, link: Link) -> JSON:
    """One thing on the timeline."""
    shown: JSON = {
        "id": row.id,
        "n": row.n,
        "kind": row.kind,
        "author": str(row.author),
        "name": row.name,
        "at": row.at,
        "before": row.before,
        "content": shown_content(row.content, link),
        "agent_id": row.agent_id,
        "client_id": row.client_id,
    }
    if row.kind in (EVENT, CONSULT):
        return shown | {"event": row.event, "data": row.data}
    return shown | ({"data": row.data} if row.data else {})


def attachment(row: Attachment, link: Link) -> JSON:
    """A file with a fresh link."""
    return asdict(replace(row, url=link(row)))


def tiers(configured: Tiers, now: int) -> JSON:
    """Tiers and grades with what their hours say now."""
    shown = []
    for name, tier in configured.tiers.items():
        hours = configured.hours_of(name)
        shown.append(
            {
                "id": name,
                "name": tier.name.model_dump(),
                "public_name": tier.shown_name.model_dump(),
                "about": tier.role.model_dump(),
                "faces_customer": tier.faces_customer,
                "next": next_tier(configured.tiers, name) or None,
                "open": hours.is_open(now),
                "opens_at": hours.opens_at(now),
                "closes_at": hours.closes_at(now),
                "wrap_up": configured.wrap_up.shown(name),
            }
        )
    grades = [{"id": name, "name": text.model_dump()} for name, text in configured.grades.items()]
    categories = [{"id": name, "name": found.name.model_dump()} for name, found in configured.categories.items()]
    skills = [{"id": name, "name": text.model_dump()} for name, text in configured.skills.items()]
    named: JSON = {"tiers": shown, "grades": grades, "categories": categories, "skills": skills}
    return named | {"time_zone": configured.hours.time_zone.key}


def shown_content(content: Content, link: Link) -> JSON:
    """What a message says, with fresh links to its files."""
    linked = tuple(replace(each, url=link(each)) for each in content.attachments)
    shown = replace(content, attachments=linked).to_json()
    if content.buttons:  # what a button does stays in our store
        shown["buttons"] = [{"title": button.title} for button in content.buttons]
    return shown


def browser_name(header: str) -> str:
    """The browser and the system of a User-Agent, as people know them; empty when it says neither."""
    browser = next((name for mark, name in _BROWSERS if mark in header), "")
    system = next((name for mark, name in _SYSTEMS if mark in header), "")
    return " · ".join(part for part in (browser, system) if part)
