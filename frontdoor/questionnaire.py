"""Adding a channel or a helpdesk: what is asked, what is wrong with an answer, and how the answers are written down."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from dotenv import set_key
from pydantic.fields import FieldInfo

from connectors.desk_settings import HelpdeskSettings
from connectors.registry import DESKS, VENDORS, load
from connectors.settings import ChannelSettings, is_own_secret, is_secret
from frontdoor.problems import Problem
from frontdoor.settings import ENV_FILE
from frontdoor.validation import check_model, plain
from frontdoor.yaml_file import dotted

NAME = re.compile(r"[a-z][a-z0-9_]{0,24}")
"""A name in the files: part of a webhook's address, of the names of secrets, and of what is remembered."""
Group = ChannelSettings | HelpdeskSettings


@dataclass(frozen=True, kw_only=True)
class Question:
    """One setting that is asked for. `own`: a secret that we make up when nothing is typed; `default`: what holds then
    otherwise; None: something has to be typed.
    """

    name: str
    meaning: str
    secret: bool
    own: bool
    default: str | None


@dataclass(frozen=True, kw_only=True)
class Questionnaire:
    """What can be added to one of the files. `kinds`: import paths of their classes, by name."""

    file: str
    kinds: Mapping[str, str]

    def questions(self, kind: str) -> list[Question]:
        """What `add` asks for, in its order."""
        settings = self.settings_of(kind)
        fields = settings.model_fields
        needed = [name for name, field in fields.items() if field.is_required() and name not in settings.asks]
        return [_question(name, fields[name]) for name in (*settings.asks, *needed)]

    def settings_of(self, kind: str) -> type[Group]:
        """The settings that a kind has. Raises KeyError."""
        found: type[Group] = load(self.kinds[kind]).Settings
        return found

    def problems(self, kind: str, answers: Mapping[str, str], *, complete: bool) -> list[Problem]:
        """What is wrong with answers; unless they are `complete`, only with those that there are."""
        values: dict[str, Any] = {}
        for name, answer in answers.items():
            try:
                values[name] = _value(self.settings_of(kind), name, answer)
            except yaml.YAMLError:
                return [
                    Problem(where=name, what="is not valid YAML", remedy="Write lists as [a, b], groups as {a: b}.")
                ]
        _, found = check_model(self.settings_of(kind), values, dotted)
        return found if complete else [each for each in found if re.split(r"[.\[]", each.where)[0] in answers]

    def is_there(self, root: Path, name: str) -> bool:
        """Whether the file has that name."""
        return name in (yaml.safe_load(self._present(root)) or {})

    def write_down(self, root: Path, name: str, kind: str, answers: Mapping[str, str]) -> None:
        """Add it to the file; its secrets go to `.env`, which only this user reads."""
        settings = self.settings_of(kind)
        own: dict[str, Any] = {} if kind == name else {"kind": kind}
        for setting, answer in answers.items():
            if is_secret(settings.model_fields[setting]):
                _keep_secret(root / ENV_FILE, self.variable(name, setting), answer)
                own[setting] = f"${{{self.variable(name, setting)}}}"
            else:
                own[setting] = _value(settings, setting, answer)
        block = yaml.safe_dump({name: own or {"enabled": True}}, allow_unicode=True, sort_keys=False)
        path = (root / self.file).resolve()
        written = path.with_suffix(".yml.new")
        written.write_text(f"{self._present(root).rstrip()}\n\n{block}".lstrip(), encoding="utf-8")
        if path.exists():
            written.chmod(path.stat().st_mode)
        written.replace(path)  # whole, or not at all

    def variable(self, name: str, setting: str) -> str:
        """The environment variable that holds a secret: `TELEGRAM_BOT_TOKEN`, or `WEBHOOK_DESK_SECRET` of a desk whose
        name a channel may have, too.
        """
        apart = "_desk" if self.kinds is not VENDORS and name in VENDORS else ""
        return re.sub(r"[^A-Z0-9]+", "_", f"{name}{apart}_{setting}".upper())

    def _present(self, root: Path) -> str:
        path = root / self.file
        return path.read_text(encoding="utf-8") if path.exists() else ""


CHANNELS = Questionnaire(file="channels.yml", kinds=VENDORS)
HELPDESKS = Questionnaire(file="desks.yml", kinds=DESKS)


def made_up() -> str:
    """A secret of our own; of letters and digits, as some vendors take nothing else."""
    return secrets.token_hex(16)


def _question(name: str, field: FieldInfo) -> Question:
    default = None if field.is_required() else plain(field.get_default(call_default_factory=True))
    meaning = " ".join((field.description or "").split())
    own = field.is_required() and is_own_secret(field)
    return Question(name=name, meaning=meaning, secret=is_secret(field), own=own, default=default)


def _value(settings: type[Group], name: str, answer: str) -> Any:
    """An answer as YAML would have it, except where text is wanted: ids and numbers of phones are text."""
    field = settings.model_fields.get(name)
    if field is None or is_secret(field) or field.annotation is str:
        return answer
    return yaml.safe_load(answer)


def _keep_secret(path: Path, name: str, value: str) -> None:
    path.touch(mode=0o600)
    set_key(path, name, value, quote_mode="always")
