"""The call of the action server: a lean check refuses what Rasa's own refuses."""

from typing import Any

import pytest
from jsonschema import ValidationError
from rasa.core.actions import action, forms
from rasa.core.actions.action import RemoteAction

from bot import remote

ANSWERS = [
    {},
    {"events": [], "responses": []},
    {"events": [{"event": "slot", "name": "order_number", "value": None}], "responses": [{"text": "Hello"}]},
    {"events": {}},
    {"events": [{"name": "without its kind"}]},
    {"events": ["slot"]},
    {"responses": "Hello"},
    [],
]


@pytest.mark.parametrize("answer", ANSWERS, ids=repr)
def test_an_answer_is_judged_as_rasa_judges_it(answer: Any) -> None:
    verdicts = []
    for kind in (RemoteAction, remote.LeanRemoteAction):
        try:
            verdicts.append(kind("action_any", None)._validate_action_result(answer))
        except ValidationError as error:
            verdicts.append(list(error.path))
    assert verdicts[0] == verdicts[1]


def test_actions_and_forms_use_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(action, "RemoteAction", action.RemoteAction)
    monkeypatch.setattr(forms, "RemoteAction", forms.RemoteAction)
    remote.install()
    assert action.RemoteAction is forms.RemoteAction is remote.LeanRemoteAction
