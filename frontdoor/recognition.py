"""Recognition: somebody writes, and what their channel proves of them says which other identities are theirs."""

from dataclasses import replace

from sqlalchemy import Connection

from connectors.message import Profile
from storage import conversations, links
from storage.conversations import Arrival

PROOFS = frozenset({"proven_email", "proven_phone", "user_id"})


def recognise(tx: Connection, channel: str, address: str, profile: Profile) -> Arrival:
    """As `storage.conversations.arrive`; what is newly proven links them with their other identities."""
    arrival = conversations.arrive(tx, channel, address, profile)
    if arrival.learned & PROOFS:
        person_id = links.join_proven(tx, arrival.customer)
        arrival = replace(arrival, customer=replace(arrival.customer, person_id=person_id))
    return arrival
