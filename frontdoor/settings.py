"""The settings of an installation. `load(root)` is the one way in; its one error lists everything that is wrong.

Environment variables named in `ENVIRONMENT` win over the files. Variables may also stand in `.env` beside the files,
which is where `frontdoor channel add` keeps secrets; the environment wins. Paths in the files are relative to `root`.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, Field, IPvAnyNetwork, SecretStr, model_validator

from connectors.notice_settings import NoticeSettings
from connectors.settings import Secret, Section, WebAddress, invalid
from frontdoor.access_settings import Oidc, Security
from frontdoor.channel_settings import with_channels
from frontdoor.desk_routing import FailoverAfter, Route
from frontdoor.desk_settings import helpdesks, with_desks
from frontdoor.keys import Keys, load_keys
from frontdoor.problems import ConfigurationError, Problem
from frontdoor.sections import (
    Actions,
    Appointments,
    Assistant,
    Brand,
    BuiltInDesk,
    Knowledge,
    Limits,
    Logs,
    Mail,
    Phrasing,
    Port,
    Rasa,
    RestChannel,
    Retention,
    SocketioChannel,
    Timers,
    WebChannel,
)
from frontdoor.validation import check_model
from frontdoor.virus_scan import SCHEMES
from frontdoor.yaml_file import Location, YamlFile, dotted, read_yaml


def _database(value: str) -> str:
    if value and urlsplit(value).scheme not in {"sqlite", "postgresql+psycopg"}:
        raise invalid("is not an address of a supported database", "Use sqlite:///… or postgresql+psycopg://….")
    if ":memory:" in value or value in {"sqlite://", "sqlite:///"}:
        raise invalid(
            "keeps the database in memory, where a restart loses it", "Name a file: sqlite:///var/frontdoor.db."
        )
    return value


def _bus(value: str) -> str:
    if urlsplit(value).scheme not in {"memory", "redis", "rediss"}:
        raise invalid("is not an address of a supported bus", "Use memory:// or redis://host:6379/0.")
    return value


def _scanner(value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme not in SCHEMES or not (parts.hostname or parts.path)):
        raise invalid(
            "is not the address of a clamd", "Use clamd://127.0.0.1:3310 or clamd+unix:///run/clamav/clamd.ctl."
        )
    return value


class Channels(Section):
    """Where customers write: channels.yml. Vendors' channels are added by name (`frontdoor.channel_settings`)."""

    web: WebChannel = WebChannel()
    rest: RestChannel = RestChannel()
    socketio: SocketioChannel = SocketioChannel()


class Desks(Section):
    """Where humans work: desks.yml. Helpdesks are added by name (`frontdoor.desk_settings`)."""

    built_in: BuiltInDesk = BuiltInDesk()

    routes: tuple[Route, ...] = ()
    """Which handoffs go to which desk (docs/desks/routing.md): the first that fits. What none fits goes to the built-in
    desk, or where that is off to the first helpdesk."""

    failover_after_s: FailoverAfter = 120
    """Seconds for which a desk has certainly not taken a handoff, until the next of its route's `instead` does."""

    notices: tuple[NoticeSettings, ...] = ()
    """Group chats that are told when a customer waits for people (docs/desks/notices.md)."""

    @property
    def enabled(self) -> tuple[str, ...]:
        """The names of the desks that are on."""
        return (*(("built_in",) if self.built_in.enabled else ()), *helpdesks(self))

    @property
    def idle(self) -> tuple[str, ...]:
        """Helpdesks that are on and get nothing: no route leads there, and what none fits goes to another desk."""
        used = {self.enabled[0], *(each for route in self.routes for each in (route.desk, *route.instead))}
        return tuple(name for name in helpdesks(self) if name not in used)

    @model_validator(mode="after")
    def _somebody_helps(self) -> Self:
        if not self.built_in.enabled and not helpdesks(self):
            raise invalid(
                "no desk is enabled, so nobody would take handoffs", "Set built_in.enabled to true, or add a helpdesk."
            )
        return self


class Configuration(Section):
    """What the files say: frontdoor.yml at the top, channels.yml and desks.yml below their names."""

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    """Address the service listens on. 0.0.0.0 lets other machines in: put a TLS proxy in front then."""

    port: Port = 8080
    """Port the service listens on."""

    public_url: WebAddress = ""
    """How browsers reach the service, such as https://support.example. Empty: http://localhost and the port."""

    data_dir: Path = Path("var")
    """Folder for the database, attachments, logs and generated secrets. Back it up."""

    database_url: Annotated[str, AfterValidator(_database)] = ""
    """sqlite:///file or postgresql+psycopg://user:password@host/name. Empty: frontdoor.db in `data_dir`."""

    bus_url: Annotated[str, AfterValidator(_bus)] = "memory://"
    """memory:// for one process; redis://host:6379/0 when several share the work."""

    trusted_proxies: tuple[IPvAnyNetwork, ...] = ()
    """Networks (such as 10.0.0.0/8) of proxies whose X-Forwarded-For is believed."""

    metrics_token: Secret = SecretStr("")
    """Prometheus sends it as a bearer token to /metrics. Empty: only this machine may ask; set it behind a proxy."""

    cards_token: Secret = SecretStr("")
    """Your own systems send it as a bearer token to give customers' cards (docs/desk/personal.md). Empty: off."""

    virus_scanner: Annotated[str, AfterValidator(_scanner)] = ""
    """A clamd that looks at every attachment: clamd://host:3310 or clamd+unix:///run/clamav/clamd.ctl. While it is
    away, attachments are refused for the moment, never taken unseen. Empty: nobody looks."""

    rasa: Rasa = Rasa()
    actions: Actions = Actions()
    brand: Brand = Brand()
    knowledge: Knowledge = Knowledge()
    phrasing: Phrasing = Phrasing()
    assistant: Assistant = Assistant()
    limits: Limits = Limits()
    timers: Timers = Timers()
    retention: Retention = Retention()
    appointments: Appointments = Appointments()
    mail: Mail | None = None
    security: Security = Security()
    oidc: Oidc | None = None
    logs: Logs = Logs()
    channels: Channels = Channels()
    desks: Desks = Desks()


class Settings(Configuration):
    """The configuration of a running installation: all paths absolute, all URLs filled in."""

    root: Path
    """The project's folder, where the files are."""

    keys: Keys
    """The service's own secrets."""


ENV_FILE = ".env"

FILES: dict[str, Location] = {"frontdoor.yml": (), "channels.yml": ("channels",), "desks.yml": ("desks",)}

ENVIRONMENT: dict[str, Location] = {
    "FRONTDOOR_HOST": ("host",),
    "FRONTDOOR_PORT": ("port",),
    "FRONTDOOR_PUBLIC_URL": ("public_url",),
    "FRONTDOOR_DATA_DIR": ("data_dir",),
    "FRONTDOOR_DATABASE_URL": ("database_url",),
    "FRONTDOOR_BUS_URL": ("bus_url",),
    "FRONTDOOR_RASA_URL": ("rasa", "url"),
    "FRONTDOOR_ACTIONS_PORT": ("actions", "port"),
    "FRONTDOOR_LOG_LEVEL": ("logs", "level"),
    "FRONTDOOR_LOG_FORMAT": ("logs", "format"),
}


def load(root: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the files in `root`, make missing secrets, check everything. Raises `ConfigurationError`."""
    root = root.resolve()
    environ = {**variables(root), **environ}
    files = {name: read_yaml(root / name, environ) for name in FILES}
    problems = [problem for file in files.values() for problem in file.problems]
    values, overridden = _merge(files, environ, problems)
    model = with_channels(Configuration, Channels, values["channels"], problems, files["channels.yml"])
    model = with_desks(model, Desks, values["desks"], problems, files["desks.yml"])
    configuration, wrong = check_model(model, values, lambda location: _where(location, files, overridden))
    known = {problem.where for problem in problems}
    problems += [problem for problem in wrong if problem.where not in known]
    keys = None
    if configuration is not None:
        keys, wrong = load_keys(root / configuration.data_dir, environ)
        problems += wrong
    if problems or configuration is None or keys is None:
        raise ConfigurationError(problems)
    return _complete(configuration, root, keys)


def variables(root: Path) -> dict[str, str]:
    """What stands in `.env`; nothing is substituted in it."""
    return {name: value for name, value in dotenv_values(root / ENV_FILE, interpolate=False).items() if value}


def _merge(
    files: Mapping[str, YamlFile], environ: Mapping[str, str], problems: list[Problem]
) -> tuple[dict[str, Any], dict[Location, str]]:
    """One tree of values from files and environment, and which variable gave a value."""
    main = files["frontdoor.yml"]
    values = dict(main.values)
    for name, below in FILES.items():
        if not below:
            continue
        if below[0] in values:
            remedy = f"Move what is below it to {name}."
            problems.append(Problem(where=main.where(below), what="does not belong in this file", remedy=remedy))
        values[str(below[0])] = files[name].values
    overridden: dict[Location, str] = {}
    for variable, location in ENVIRONMENT.items():
        if environ.get(variable):
            overridden[location] = variable
            _put(values, location, environ[variable])
    return values, overridden


def _put(values: dict[str, Any], location: Location, value: str) -> None:
    *sections, name = map(str, location)
    for section in sections:
        inner = values.get(section)
        values[section] = dict(inner) if isinstance(inner, dict) else {}
        values = values[section]
    values[name] = value


def _where(location: Location, files: Mapping[str, YamlFile], overridden: Mapping[Location, str]) -> str:
    if location in overridden:
        return f"environment {overridden[location]} ({dotted(location)})"
    for name, below in FILES.items():
        if below and location[:1] == below:
            return files[name].where(location[1:])
    return files["frontdoor.yml"].where(location)


def _complete(configuration: Configuration, root: Path, keys: Keys) -> Settings:
    data_dir = root / configuration.data_dir
    database_url = configuration.database_url or f"sqlite:///{data_dir / 'frontdoor.db'}"
    if database_url.startswith("sqlite:///"):
        database_url = f"sqlite:///{root / database_url.removeprefix('sqlite:///')}"
    filled = {
        "root": root,
        "keys": keys,
        "data_dir": data_dir,
        "database_url": database_url,
        "public_url": configuration.public_url or f"http://localhost:{configuration.port}",
        "knowledge": Knowledge(path=root / configuration.knowledge.path),
    }
    return Settings.model_validate({**dict(configuration), **filled})
