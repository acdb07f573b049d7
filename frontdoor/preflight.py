"""Looks, before anything is started, for what would make it fail."""

import shutil

from frontdoor.problems import Problem
from frontdoor.process.ports import why_not
from frontdoor.programs import rasa_python
from frontdoor.settings import Settings

NEEDED_MB = 500


def look(settings: Settings) -> list[Problem]:
    """Everything that stands in the way of `frontdoor up`."""
    return [*_ports(settings), *_disk(settings), *_rasa(settings)]


def _ports(settings: Settings) -> list[Problem]:
    listeners = [("the service", settings.host, settings.port, "port (or FRONTDOOR_PORT)")]
    if settings.rasa.managed:
        listeners.append(("Rasa", "127.0.0.1", settings.rasa.port, "rasa.url (or FRONTDOOR_RASA_URL)"))
        listeners.append(
            ("the action server", "127.0.0.1", settings.actions.port, "actions.port (or FRONTDOOR_ACTIONS_PORT)")
        )
    problems = []
    taken: dict[int, str] = {}
    for who, host, port, field in listeners:
        if port in taken:
            what = f"{who} and {taken[port]} are both configured to listen on port {port}"
            problems.append(Problem(where="frontdoor.yml", what=what, remedy=f"Give {who} another port: {field}."))
        elif why := why_not(host, port):
            remedy = f"Stop it, or give {who} another port in frontdoor.yml: {field}."
            problems.append(Problem(where=f"port {port} on {host}, for {who}", what=why, remedy=remedy))
        taken.setdefault(port, who)
    return problems


def _disk(settings: Settings) -> list[Problem]:
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(settings.data_dir).free // 1_000_000
    except OSError as error:
        remedy = "Let this user write there, or set data_dir in frontdoor.yml."
        return [Problem(where=str(settings.data_dir), what=f"cannot be written: {error.strerror}", remedy=remedy)]
    if free < NEEDED_MB:
        what = f"only {free} MB are free; {NEEDED_MB} MB are the least to run with"
        return [Problem(where=str(settings.data_dir), what=what, remedy="Free some space, or move data_dir.")]
    return []


def _rasa(settings: Settings) -> list[Problem]:
    python = rasa_python()
    if settings.rasa.managed and not python.exists():
        remedy = "Run `make setup`. If Rasa runs elsewhere, set rasa.managed to false in frontdoor.yml."
        return [Problem(where=str(python), what="Rasa's environment is missing", remedy=remedy)]
    return []
