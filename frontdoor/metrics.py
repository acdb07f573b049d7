"""What operators watch, for Prometheus: counters and times as they happen, and the state of the store when asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from prometheus_client import Counter, Gauge, Histogram, generate_latest
from sqlalchemy import Connection

from frontdoor.states import State
from storage import conversations, elsewhere, gaps, outbox, work
from storage.database import Database
from storage.elsewhere import Waiting

RECEIVED = Counter("frontdoor_received", "Messages and actions of customers, stored for the first time", ["channel"])
TURNS = Counter("frontdoor_turns", "Turns of the bot, by what it decided", ["decision", "language"])
BRAIN_ERRORS = Counter("frontdoor_brain_errors", "Turns that Rasa did not answer")
PHRASED = Counter("frontdoor_phrased", "Answers given to a model to word, by what came of it", ["outcome"])
OWNERS = Counter("frontdoor_owner_changes", "Changes of a conversation's owner, by the new one", ["owner"])
SENT = Counter("frontdoor_sent", "Messages given to vendors, by what became of them", ["channel", "status"])
IGNORED = Counter("frontdoor_ignored", "Genuine deliveries of vendors with nothing in them for us", ["channel", "why"])
ERASED = Counter("frontdoor_conversations_erased", "Finished conversations deleted after the days of retention")
PRUNED = Counter("frontdoor_rows_pruned", "Rows of bookkeeping dropped because they had no use any more", ["table"])
MASKED = Counter("frontdoor_masked", "Values that got a mark before they left to a helpdesk", ["desk", "kind"])
FORGOTTEN = Counter(
    "frontdoor_desk_forgotten",
    "Tickets at helpdesks that were to be deleted, by what became of it",
    ["desk", "outcome"],
)
STAGE = Histogram(
    "frontdoor_stage_seconds",
    "Seconds of a stage: accept (stored), wait (until work began), brain (Rasa's answer), phrasing (a model's words), "
    "handoff (the desk has it)",
    ["stage"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.06, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60),
)
CONVERSATIONS = Gauge("frontdoor_conversations", "Conversations in each state", ["state"])
QUEUE = Gauge("frontdoor_queue_length", "Customers who wait for a human")
WORK = Gauge("frontdoor_work", "Promised work: pending, or dead letters", ["status"])
DESK_WAITING = Gauge("frontdoor_desk_waiting", "Handoffs whose ticket the desk has not got yet", ["desk"])
OUTBOX = Gauge("frontdoor_outbox", "Messages that are not sent, by status", ["status"])
GAPS = Gauge("frontdoor_knowledge_gaps", "Groups of questions that the knowledge base does not answer, still open")
OUTBOX_STATES = ("pending", "sending", "held", "unknown", "undeliverable", "dead", "expired")


@contextmanager
def timed(stage: str) -> Iterator[None]:
    """Count the seconds of a stage that succeeds."""
    started = perf_counter()
    yield
    STAGE.labels(stage).observe(perf_counter() - started)


async def exposition(database: Database) -> bytes:
    """Everything in Prometheus's text format. Raises what the database raises."""
    states, promised, waiting, parcels, open_gaps = await database.read(_counts)
    for state in State:
        CONVERSATIONS.labels(str(state)).set(states.get(str(state), 0))
    QUEUE.set(sum(states.get(str(state), 0) for state in (State.REQUESTED, State.FAILED, State.QUEUED)))
    for status, count in promised.items():
        WORK.labels(status).set(count)
    for desk in waiting:
        DESK_WAITING.labels(desk.desk).set(desk.count)
    for status in OUTBOX_STATES:
        OUTBOX.labels(status).set(parcels.get(status, 0))
    GAPS.set(open_gaps)
    return generate_latest()


def _counts(tx: Connection) -> tuple[dict[str, int], dict[str, int], list[Waiting], dict[str, int], int]:
    states, promised, waiting = conversations.count_by_state(tx), work.counts(tx), elsewhere.waiting(tx)
    return states, promised, waiting, outbox.counts(tx), gaps.count_open(tx)
