"""The storm over the whole system with real Rasa, short; `make soak` runs it in full (`python -m bench.soak`)."""

import asyncio

import pytest

from bench.installation import ADMIN_PASSWORD, FrontDoor
from bench.soak.storm import Weather, storm
from frontdoor.programs import CODE, rasa_python
from tests.conftest import absent

SHORT = Weather(
    seed=7, conversations=12, at_once=8, victims=("service", "rasa", "actions", "service"), pause_s=(0.3, 1.5)
)


@pytest.mark.rasa
def test_every_message_of_a_storm_is_accounted_for() -> None:
    """given many conversations, when all programs are killed, then nothing is lost, doubled or out of order."""
    if not rasa_python().exists():
        absent("Rasa's environment (make setup)")
    with FrontDoor() as system:
        system.train()
        system.add_admin()
        system.start()
        knowledge, admin = CODE / "data" / "kb", ("admin", ADMIN_PASSWORD)
        outcome = asyncio.run(storm(system, SHORT, knowledge, admin, lambda: None))
        account = outcome.account
        assert account.wrong == [], system.keep()
    assert account.sent == account.acknowledged == account.stored
    assert account.handoffs == account.tickets
    assert set(outcome.kills) == {"service", "rasa", "actions"}
