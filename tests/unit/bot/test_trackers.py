"""The tracker store: nothing lost by a kill, a failed turn leaves no trace, a long conversation stays short."""

import sqlite3
from pathlib import Path
from types import SimpleNamespace

import pytest
from rasa.core.tracker_store import FailSafeTrackerStore, TrackerStore
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    BotUttered,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from bot import trackers
from bot.channel import Unavailable, _run
from bot.compaction import KEPT_EVENTS, MOST_EVENTS
from bot.live import LiveTracker
from bot.processor import LeanProcessor
from bot.trackers import LiveTrackerStore, Stale, TrackerStoreError
from bot.turn import Turn
from tests.unit.bot.domains import domain

DOMAIN = domain(
    """
    version: "3.1"
    intents: [ask]
    slots:
      order_number: {type: text, influence_conversation: false, mappings: [{type: custom}]}
      form_slot: {type: text, influence_conversation: false, mappings: [{type: custom}]}
    forms: {order_form: {required_slots: [form_slot]}}
    responses: {utter_answer: [{text: hi}]}
    """
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "trackers.db"


@pytest.fixture
def store(path: Path) -> LiveTrackerStore:
    return LiveTrackerStore(DOMAIN, path=str(path))


def say(tracker: DialogueStateTracker, text: str) -> None:
    tracker.update_with_events(
        [
            UserUttered(text, {"name": "ask"}, parse_data={"text": text, "language": "zh"}, message_id=text),
            ActionExecuted("utter_answer"),
            BotUttered(f"answer to {text}"),
            ActionExecuted("action_listen"),
        ],
        DOMAIN,
    )


async def turn(store: TrackerStore, text: str, conversation: str = "c") -> DialogueStateTracker:
    tracker = await store.get_or_create_tracker(conversation, append_action_listen=False)
    say(tracker, text)
    await store.save(tracker)
    return tracker


def texts(tracker: DialogueStateTracker) -> list[str]:
    return [event.text for event in tracker.events if isinstance(event, UserUttered)]


async def reopened(path: Path, conversation: str = "c") -> DialogueStateTracker:
    tracker = await LiveTrackerStore(DOMAIN, path=str(path)).retrieve(conversation)
    assert tracker is not None
    return tracker


async def test_a_saved_turn_survives_the_process(store: LiveTrackerStore, path: Path) -> None:
    await turn(store, "one")
    await turn(store, "two")
    again = await reopened(path)
    assert texts(again) == ["one", "two"]
    assert again.latest_message is not None
    assert again.latest_message.parse_data["language"] == "zh"


async def test_kept_conversations_need_no_replay(store: LiveTrackerStore, path: Path) -> None:
    made = await turn(FailSafeTrackerStore(store), "one")
    assert type(made) is DialogueStateTracker, "Rasa's wrapper makes the first one"
    kept = await store.retrieve("c")
    assert isinstance(kept, LiveTracker)
    assert kept == made
    assert (kept.model_id, kept.assistant_id) == (made.model_id, made.assistant_id)
    assert kept.current_state() == made.current_state()
    assert isinstance(await reopened(path), LiveTracker)


async def test_unknown_conversations_are_none_and_known_ones_listed(store: LiveTrackerStore) -> None:
    assert await store.retrieve("nobody") is None
    await turn(store, "one", "a")
    await turn(store, "one", "b")
    assert set(await store.keys()) == {"a", "b"}
    assert await store.retrieve_full_tracker("a") is not None


async def test_a_turn_that_failed_half_way_leaves_no_trace(store: LiveTrackerStore) -> None:
    await turn(store, "one")
    tracker = await store.retrieve("c")
    assert tracker is not None
    say(tracker, "half")  # and never saved
    after = await store.retrieve("c")
    assert after is not None
    assert texts(after) == ["one"]


async def test_another_process_that_went_on_is_noticed(store: LiveTrackerStore, path: Path) -> None:
    await turn(store, "one")
    other = LiveTrackerStore(DOMAIN, path=str(path))
    await turn(other, "two")
    mine = await store.retrieve("c")
    assert mine is not None
    assert texts(mine) == ["one", "two"], "the live tracker was out of date"
    theirs = await other.retrieve("c")
    assert theirs is not None
    say(mine, "three")
    await store.save(mine)
    say(theirs, "lost")
    with pytest.raises(Stale):
        await other.save(theirs)
    assert other.failed("c")
    assert texts(await reopened(path)) == ["one", "two", "three"]


async def test_another_process_that_went_on_is_noticed_behind_a_shortened_history(
    store: LiveTrackerStore, path: Path
) -> None:
    """given a history that the other process has shortened, and so removed the row that ours would collide with, when
    ours saves what it began before, then it is refused."""
    await turn(store, "one")
    mine = await store.retrieve("c")
    assert mine is not None
    other = LiveTrackerStore(DOMAIN, path=str(path))
    for number in range(MOST_EVENTS // 4):
        await turn(other, f"theirs {number}")
    kept = texts(await reopened(path))
    assert len(kept) < MOST_EVENTS // 4, "it was shortened"
    say(mine, "lost")
    with pytest.raises(Stale):
        await store.save(mine)
    assert texts(await reopened(path)) == kept


async def test_behind_rasas_wrapper_a_failure_is_hidden_but_known(store: LiveTrackerStore, path: Path) -> None:
    wrapped = FailSafeTrackerStore(store)
    await turn(store, "one")
    tracker = await wrapped.retrieve("c")
    assert tracker is not None
    say(tracker, "two")
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN EXCLUSIVE")
    store._db.execute("PRAGMA busy_timeout=50")
    await wrapped.save(tracker)  # does not raise
    assert "OperationalError" in store.failed("c")
    assert not store.healthy()
    blocker.execute("ROLLBACK")
    assert store.healthy()
    again = await wrapped.retrieve("c")
    assert again is not None
    assert texts(again) == ["one"]
    assert not store.failed("c")


async def test_a_file_that_cannot_be_read_is_an_error(store: LiveTrackerStore, path: Path) -> None:
    await turn(store, "one")
    store.forget("c")
    store._db.execute("UPDATE turns SET events = 'nonsense'")
    with pytest.raises(TrackerStoreError):
        await store.retrieve("c")
    assert store.failed("c")


async def test_a_turn_whose_history_cannot_be_read_is_not_run_as_the_first(store: LiveTrackerStore) -> None:
    """given a read that fails for a moment, hidden by Rasa's wrapper, when a message that may have been answered comes
    again, then it is neither answered nor run."""
    await turn(store, "one")
    store.forget("c")
    store._db.execute("UPDATE turns SET events = 'nonsense'")
    processor = LeanProcessor.__new__(LeanProcessor)  # with nothing that could run a turn
    agent = SimpleNamespace(tracker_store=FailSafeTrackerStore(store), processor=processor)
    with pytest.raises(Unavailable, match="cannot read"):
        await _run(agent, Turn("c", "one", "one", {}))  # type: ignore[arg-type]


async def test_a_long_conversation_stays_short_and_keeps_its_state(store: LiveTrackerStore, path: Path) -> None:
    tracker = await store.get_or_create_tracker("c", append_action_listen=False)
    tracker.update_with_events([SlotSet("order_number", "HL2026110101"), ActionExecuted("action_listen")], DOMAIN)
    await store.save(tracker)
    longest = 0
    for number in range(120):
        await turn(store, f"turn {number}")
        live = await store.retrieve("c")
        assert live is not None
        longest = max(longest, len(live.events))
        await store.save(live)
    assert longest <= MOST_EVENTS
    again = await reopened(path)
    assert again.get_slot("order_number") == "HL2026110101"
    assert texts(again)[-4:] == [f"turn {number}" for number in range(116, 120)]
    assert again.latest_action_name == "action_listen"
    assert len(again.events) >= KEPT_EVENTS
    rows = sqlite3.connect(path).execute("SELECT count(*), sum(length(events)) FROM turns").fetchone()
    assert rows[0] < 20, "old rows are replaced"


async def test_a_form_that_is_never_finished_does_not_keep_the_history_long(
    store: LiveTrackerStore, path: Path
) -> None:
    tracker = await store.get_or_create_tracker("c", append_action_listen=False)
    say(tracker, "where is my order")
    tracker.update_with_events(
        [
            ActionExecuted("order_form"),
            ActiveLoop("order_form"),
            SlotSet("requested_slot", "form_slot"),
            ActionExecuted("action_listen"),
        ],
        DOMAIN,
    )
    before = tracker.active_loop
    await store.save(tracker)
    for number in range(60):
        await turn(store, f"in form {number}")
    again = await reopened(path)
    assert len(again.events) <= MOST_EVENTS
    assert texts(again)[-3:] == ["in form 57", "in form 58", "in form 59"]
    assert again.active_loop == before, "the form, and what the customer said when it began"
    assert again.get_slot("requested_slot") == "form_slot"
    again.update_with_events([ActiveLoop(None), ActionExecuted("action_listen")], DOMAIN)
    assert again.active_loop_name is None


async def test_a_form_that_let_other_actions_go_first_still_does(store: LiveTrackerStore, path: Path) -> None:
    tracker = await store.get_or_create_tracker("c", append_action_listen=False)
    say(tracker, "where is my order")
    tracker.update_with_events(
        [
            ActionExecuted("order_form"),
            ActiveLoop("order_form"),
            ActionExecutionRejected("order_form"),
            ActionExecuted("action_listen"),
        ],
        DOMAIN,
    )
    await store.save(tracker)
    for number in range(60):
        await turn(store, f"in form {number}")
    again = await reopened(path)
    assert len(again.events) <= MOST_EVENTS
    assert again.active_loop is not None
    assert again.active_loop.rejected


async def test_only_the_latest_conversations_are_kept_in_memory_and_the_others_go_on(
    store: LiveTrackerStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trackers, "LIVE", 3)
    for number in range(6):
        await turn(store, "one", f"c{number}")
    assert list(store._live) == ["c3", "c4", "c5"]
    assert not store._taken
    assert texts(await turn(store, "two", "c0")) == ["one", "two"]
    assert list(store._live) == ["c4", "c5", "c0"]


async def test_a_new_model_gets_trackers_with_its_slots(store: LiveTrackerStore) -> None:
    await turn(store, "one")
    store.domain = DOMAIN.merge(domain('version: "3.1"\nslots: {added: {type: text, mappings: [{type: custom}]}}\n'))
    tracker = await store.retrieve("c")
    assert tracker is not None
    assert "added" in tracker.slots
