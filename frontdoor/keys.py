"""The service's own secrets: made on first start, kept in `<data_dir>/secrets.json`, or given by the environment.

With many workers, or on a machine whose disk does not last, give all of them by environment.
"""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from connectors.settings import looks_like_an_example
from frontdoor.problems import Problem

FILE = "secrets.json"
MINIMUM = 24  # characters


class Keys(BaseModel):
    """Secrets of the service. `str()` never shows them; call `.get_secret_value()`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    session_key: SecretStr = Field(
        description="Signs customers' and agents' sessions and attachment links. Changing it signs everyone out."
    )
    brain_token: SecretStr = Field(description="Proves to the bot's channel in Rasa that the service is calling.")
    rasa_token: SecretStr = Field(description="Guards Rasa's own HTTP API.")
    factor_key: SecretStr = Field(
        description="Seals the second steps of agents' log-ins. Changing it makes everyone set theirs up again."
    )
    internal_token: SecretStr = Field(description="Proves to the service that the bot or its actions are calling.")


def environment_name(key: str) -> str:
    """The variable that overrides a key: `session_key` → `FRONTDOOR_SESSION_KEY`."""
    return f"FRONTDOOR_{key.upper()}"


def load_keys(data_dir: Path, environ: Mapping[str, str]) -> tuple[Keys | None, list[Problem]]:
    """The keys from environment and file; what neither has is made and stored. None when there are problems."""
    path = data_dir / FILE
    names = list(Keys.model_fields)
    given = {name: environ[environment_name(name)] for name in names if environ.get(environment_name(name))}
    try:
        stored = _read(path)
        missing = [name for name in names if name not in given and name not in stored]
        if missing:
            stored = _store(path, {name: secrets.token_hex(32) for name in missing})
    except (OSError, ValueError) as error:
        remedy = "Let this user write to the folder, or delete the file: new secrets are made (everyone is signed out)."
        return None, [Problem(where=str(path), what=f"the service's secrets cannot be kept: {error}", remedy=remedy)]
    problems = [
        Problem(
            where=f"environment {environment_name(name)}",
            what=f"is an example or shorter than {MINIMUM} characters",
            remedy="Unset it to have one made, or set a long random value, for instance from `openssl rand -hex 32`.",
        )
        for name, value in given.items()
        if len(value) < MINIMUM or looks_like_an_example(value)
    ]
    if problems:
        return None, problems
    try:
        return Keys.model_validate({name: given.get(name) or stored[name] for name in names}), []
    except ValidationError as error:
        fields = ", ".join(sorted({str(item["loc"][0]) for item in error.errors()}))
        remedy = "Delete the file: new secrets are made (everyone is signed out)."
        return None, [Problem(where=str(path), what=f"holds something else than text for {fields}", remedy=remedy)]


def _read(path: Path) -> dict[str, str]:
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    if not isinstance(stored, dict):
        raise ValueError("not a JSON object")
    return stored


def _store(path: Path, made: dict[str, str]) -> dict[str, str]:
    """Add `made` to the file and return what it holds now; the first of several processes starting at once wins."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    stored = _read(path)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(made | stored, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    try:
        if stored:
            draft.replace(path)
        else:
            path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)
    return _read(path)
