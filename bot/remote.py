"""Rasa's call of the action server, without a check that costs more than the call.

Before Rasa looks at an answer it proves, for every answer anew, that its own schema is a valid JSON schema: 18 ms CPU,
twice for each message that interrupts a form.
"""

from typing import Any

import rasa.core.actions.action
import rasa.core.actions.forms
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from rasa.core.actions.action import RemoteAction

_ANSWERS = Draft202012Validator(RemoteAction.action_response_format_spec())


class LeanRemoteAction(RemoteAction):
    """An action that the action server runs; its answers are checked against the same schema."""

    def _validate_action_result(self, result: dict[str, Any]) -> bool:
        problem = best_match(_ANSWERS.iter_errors(result))
        if problem is not None:
            problem.message += ". The answer of the action server is not valid."
            raise problem
        return True


def install() -> None:
    """Let Rasa use it for actions and for the validation of forms; it has no setting for that."""
    for module in (rasa.core.actions.action, rasa.core.actions.forms):
        module.RemoteAction = LeanRemoteAction  # type: ignore[misc]
