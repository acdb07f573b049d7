"""Who may see and do what: decided here and nowhere else. `ABILITIES` is the table; what needs a ticket comes below."""

from collections.abc import Mapping

from storage.agents import Agent
from storage.ticket_lists import Scope
from storage.tickets import CASE, INTERNAL, OPEN, QUEUED, Ticket

ROLES = ("agent", "senior", "supervisor", "editor", "admin")
AGENT, SENIOR, SUPERVISOR, EDITOR, ADMIN = ROLES
EVERYONE = frozenset(ROLES)
STAFF = frozenset({AGENT, SENIOR, SUPERVISOR, ADMIN})  # who talks to customers
LEADS = frozenset({SENIOR, SUPERVISOR, ADMIN})
MANAGERS = frozenset({SUPERVISOR, ADMIN})
WRITERS = frozenset({SUPERVISOR, EDITOR, ADMIN})
ADMINS = frozenset({ADMIN})

ABILITIES: Mapping[str, frozenset[str]] = {
    # Oneself
    "account": EVERYONE,  # one's own account, sessions, presence
    "desk": EVERYONE,  # names of colleagues and tiers, whether the desk is open
    # Customers
    "see_tier": STAFF,  # the tickets of one's own tiers, and the customers behind them
    "see_all": MANAGERS,  # every ticket
    "take": STAFF,  # take tickets of one's own tiers
    "take_any": ADMINS,  # take tickets of any tier
    "answer": STAFF,  # speak and decide in tickets one holds
    "answer_any": ADMINS,  # and in those of others
    "begin": STAFF,  # begin a conversation, log a call
    "escalate": STAFF,  # hand a ticket one holds to another tier or colleague
    "reassign": MANAGERS,  # move tickets of others
    "macros": MANAGERS,  # look after the canned replies of tiers and of everyone
    "block": MANAGERS,  # take nothing more from an address
    "follow_up": LEADS,  # follow-ups after a low rating
    "quality": LEADS,  # review colleagues' conversations
    # Supervision
    "supervise": MANAGERS,  # the live wall, whisper, rota and staffing
    "banner": MANAGERS,  # the outage banner
    "reports": MANAGERS,  # the desk's figures
    "export": MANAGERS,  # take figures and lists out of the desk
    "audit": MANAGERS,  # who did what
    "originals": MANAGERS,  # handoffs at other desks, and what was masked of them
    # Knowledge
    "read_articles": EVERYONE,  # published articles and drafts
    "write_articles": EVERYONE,  # drafts, and what the bot should learn: customers' words masked
    "learn_from_ticket": STAFF,  # begin a draft with what was said in a ticket
    "edit_any_draft": WRITERS,  # throw away drafts of others
    "publish_articles": WRITERS,  # publish, roll back, withdraw
    # The desk itself
    "manage_users": ADMINS,  # add and change people, end their sessions, take second steps away
    "settings": ADMINS,  # switch the desk on and off
}  # fmt: skip
"""Which roles have an ability. Routes name the ability they need; the console hides what a person has not."""


def can(agent: Agent, ability: str) -> bool:
    """Whether a person's role has an ability. Raises KeyError for one that is not in the table."""
    return agent.role in ABILITIES[ability]


def serves(agent: Agent) -> bool:
    """Whether tickets may be in a person's hands: they work here, and talk to customers."""
    return not agent.disabled and can(agent, "answer")


def abilities_of(role: str) -> list[str]:
    """All abilities of a role, in the table's order."""
    return [ability for ability, roles in ABILITIES.items() if role in roles]


def scope(agent: Agent) -> Scope:
    """The tickets a person may see, as storage asks for it."""
    if not can(agent, "see_tier"):
        return Scope(agent_id="", tiers=())
    return Scope(agent_id=agent.id, tiers=None if can(agent, "see_all") else agent.tiers)


def sees(agent: Agent, ticket: Ticket) -> bool:
    """Whether a person may see a ticket; the same as `scope`, for one ticket."""
    if not can(agent, "see_tier"):
        return False
    own = (ticket.agent_id, ticket.for_agent, ticket.offered_to, *ticket.consulted)
    return can(agent, "see_all") or ticket.tier in agent.tiers or agent.id in own


def may_take(agent: Agent, ticket: Ticket) -> bool:
    """Membership in the tier, or being allowed any, or having been handed the ticket."""
    if not can(agent, "take"):
        return False
    return can(agent, "take_any") or ticket.tier in agent.tiers or agent.id in (ticket.for_agent, ticket.offered_to)


def may_act(agent: Agent, ticket: Ticket) -> bool:
    """Whether a person may speak and decide in a held ticket: its holder, or who may in any."""
    return ticket.held and _is_theirs(agent, ticket)


def may_transfer(agent: Agent, ticket: Ticket) -> bool:
    """The holder; managers also move what is still queued or held by others."""
    return may_act(agent, ticket) or (ticket.live and can(agent, "reassign"))


def may_resend(agent: Agent, ticket: Ticket) -> bool:
    """Whether a person may send again what did not get through: its holder, its last one, or who may in any."""
    return ticket.kind == CASE and ticket.agent_id is not None and _is_theirs(agent, ticket)


def may_identify(agent: Agent, ticket: Ticket) -> bool:
    """Whether a person may say who the customer is: who has the ticket, and managers."""
    return ticket.kind == CASE and (may_act(agent, ticket) or can(agent, "reassign"))


def may_merge(agent: Agent, ticket: Ticket) -> bool:
    """Whether a person may make a customer's ticket part of one they have: its holder, who may take it, managers."""
    if not ticket.live or ticket.kind != CASE:
        return False
    return may_act(agent, ticket) or (not ticket.held and may_take(agent, ticket)) or can(agent, "reassign")


def _is_theirs(agent: Agent, ticket: Ticket) -> bool:
    return (ticket.agent_id == agent.id and can(agent, "answer")) or can(agent, "answer_any")


def abilities(agent: Agent, ticket: Ticket) -> list[str]:
    """What a person may do with a ticket now, in the words of the protocol."""
    speaks = ticket.kind == CASE and may_act(agent, ticket)
    able = {
        "take": ticket.state == QUEUED and may_take(agent, ticket),
        "reply": speaks,
        "pass": ticket.state == QUEUED and ticket.offered_to == agent.id,
        "note": sees(agent, ticket),
        "return": speaks,
        "resolve": speaks,
        "transfer": may_transfer(agent, ticket),
        "resend": may_resend(agent, ticket),
        "identify": may_identify(agent, ticket),
        "snooze": speaks,
        "merge": may_merge(agent, ticket),
        "block": can(agent, "block"),
        "escalate": ticket.kind == CASE and may_transfer(agent, ticket),
        "give_back": speaks and ticket.escalations > 0,
        "result": ticket.kind == INTERNAL and may_act(agent, ticket),
        "bounce": ticket.kind == INTERNAL and ticket.state == OPEN and may_act(agent, ticket),
        "attend": bool(ticket.attention) and can(agent, "supervise"),
    }
    return [name for name, allowed in able.items() if allowed]
