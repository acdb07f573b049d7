"""Who may see and do what: decided here and nowhere else."""

from storage.agents import Agent
from storage.ticket_lists import Scope
from storage.tickets import QUEUED, Ticket

ROLES = ("agent", "supervisor", "admin")
_SEE_ALL = ("supervisor", "admin")


def scope(agent: Agent) -> Scope:
    """The tickets a person may see, as storage asks for it."""
    return Scope(agent_id=agent.id, tiers=None if agent.role in _SEE_ALL else agent.tiers)


def sees(agent: Agent, ticket: Ticket) -> bool:
    """Whether a person may see a ticket; the same as `scope`, for one ticket."""
    return agent.role in _SEE_ALL or ticket.tier in agent.tiers or agent.id in (ticket.agent_id, ticket.for_agent)


def may_take(agent: Agent, ticket: Ticket) -> bool:
    """Membership in the tier, or being an admin, or having been handed the ticket."""
    return agent.role == "admin" or ticket.tier in agent.tiers or ticket.for_agent == agent.id


def may_act(agent: Agent, ticket: Ticket) -> bool:
    """Whether a person may speak and decide in a held ticket: its holder or an admin."""
    return ticket.held and (ticket.agent_id == agent.id or agent.role == "admin")


def may_transfer(agent: Agent, ticket: Ticket) -> bool:
    """Holder or admin; supervisors and admins also move what is still queued."""
    return may_act(agent, ticket) or (ticket.live and agent.role in _SEE_ALL)


def may_resend(agent: Agent, ticket: Ticket) -> bool:
    """Whether a person may send again what did not get through: who has the ticket or had it last, or an admin."""
    return ticket.agent_id is not None and (ticket.agent_id == agent.id or agent.role == "admin")


def may_identify(agent: Agent, ticket: Ticket) -> bool:
    """Whether a person may say who the customer is: who has the ticket, supervisors and admins."""
    return may_act(agent, ticket) or agent.role in _SEE_ALL


def abilities(agent: Agent, ticket: Ticket) -> list[str]:
    """What a person may do with a ticket now, in the words of the protocol."""
    able = {
        "take": ticket.state == QUEUED and may_take(agent, ticket),
        "reply": may_act(agent, ticket),
        "note": sees(agent, ticket),
        "return": may_act(agent, ticket),
        "resolve": may_act(agent, ticket),
        "transfer": may_transfer(agent, ticket),
        "resend": may_resend(agent, ticket),
        "identify": may_identify(agent, ticket),
    }
    return [name for name, allowed in able.items() if allowed]
