"""The programs of an installation: the service, Rasa and the action server, and the environment each runs in.

Tokens reach Rasa by environment only; command lines are visible to everyone on the machine.
"""

import os
import sys
from pathlib import Path

import yaml

from desk.tiers import load_tiers
from frontdoor.process.health import answers
from frontdoor.process.program import Program
from frontdoor.settings import Settings

CODE = Path(__file__).resolve().parents[1]
MODEL = Path("models/frontdoor.tar.gz")
ENDPOINTS = "endpoints.yml"
RASA_LOGGING = Path("bot/logging.yml")

# One thread a library: a running bot's work is many small jobs, and threads that wait for each other only cost time.
THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
QUIET = {
    **THREADS,
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "PYTHONUNBUFFERED": "1",
    "NO_COLOR": "1",
}


def rasa_python() -> Path:
    """The Python of Rasa's environment: `.venv-rasa` of the project, or the environment `FRONTDOOR_RASA_ENV` names."""
    return Path(os.environ.get("FRONTDOOR_RASA_ENV") or CODE / ".venv-rasa") / "bin" / "python"


def service(settings: Settings) -> Program:
    """`frontdoor serve`."""
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104  compared, not bound
    return Program(
        name="frontdoor",
        title="Service",
        command=(sys.executable, "-m", "frontdoor", "--root", str(settings.root), "serve"),
        environment={"PYTHONPATH": _import_path(settings), "PYTHONUNBUFFERED": "1"},
        cwd=settings.root,
        log=settings.data_dir / "log" / "frontdoor.log",
        healthy=answers(f"http://{f'[{host}]' if ':' in host else host}:{settings.port}/healthz"),
        patience_s=60,
    )


def rasa(settings: Settings) -> Program:
    """`rasa run` on loopback, with the trained model."""
    token = settings.keys.brain_token.get_secret_value()
    command = [
        str(rasa_python()),
        "-m",
        "bot.launch",
        "run",
        "--interface",
        "127.0.0.1",
        "--port",
        str(settings.rasa.port),
    ]
    command += ["--enable-api", "--model", str(settings.root / MODEL)]
    command += ["--credentials", "credentials.yml", "--endpoints", str(_endpoints(settings))]
    if (settings.root / RASA_LOGGING).exists():
        command += ["--logging-config-file", str(RASA_LOGGING)]
    return Program(
        name="rasa",
        title="Bot (Rasa)",
        command=tuple(command),
        environment={
            **bot_environment(settings),
            "FRONTDOOR_BRAIN_TOKEN": token,
            "FRONTDOOR_RASA_TOKEN": settings.keys.rasa_token.get_secret_value(),
            "FRONTDOOR_TIME_ZONE": load_tiers(settings.root / "tiers.yml").hours.time_zone.key,
            **_service_for_the_bot(settings),
        },
        cwd=settings.root,
        log=settings.data_dir / "log" / "rasa.log",
        healthy=answers(f"{settings.rasa.url}/webhooks/brain/health", token),
        grace_s=4,  # every finished turn is on disk; the service repeats an unfinished one
    )


def actions(settings: Settings) -> Program:
    """The action server on loopback. Started through rasa_sdk: a third of the memory of `rasa run actions`."""
    return Program(
        name="actions",
        title="Actions",
        command=(str(rasa_python()), "-m", "rasa_sdk", "--actions", "actions", "--port", str(settings.actions.port)),
        environment={
            **bot_environment(settings),
            "SANIC_HOST": "127.0.0.1",
            **_service_for_the_bot(settings),
        },
        cwd=settings.root,
        log=settings.data_dir / "log" / "actions.log",
        healthy=answers(f"http://127.0.0.1:{settings.actions.port}/health"),
        grace_s=3,
    )


def _service_for_the_bot(settings: Settings) -> dict[str, str]:
    """How the bot reaches the service: actions look up tickets, the index follows what is published."""
    return {
        "FRONTDOOR_INTERNAL_URL": f"http://127.0.0.1:{settings.port}",
        "FRONTDOOR_INTERNAL_TOKEN": settings.keys.internal_token.get_secret_value(),
    }


def bot_environment(settings: Settings) -> dict[str, str]:
    """What everything in Rasa's environment is told; also for training."""
    return {
        **QUIET,
        "PYTHONPATH": _import_path(settings),
        "FRONTDOOR_KB": str(settings.knowledge.path),
        "FRONTDOOR_VECTORS": str(settings.root / ".cache" / "vectors.db"),
        "FRONTDOOR_TRACKER_DB": str(settings.data_dir / "trackers.db"),
        "FRONTDOOR_PORT": str(settings.port),
    }


def _import_path(settings: Settings) -> str:
    """The project's folder, where a company's own actions are, then ours."""
    return os.pathsep.join(dict.fromkeys((str(settings.root), str(CODE))))


def _endpoints(settings: Settings) -> Path:
    """endpoints.yml with the action server's port put in; Rasa has no other way to be told."""
    endpoints = yaml.safe_load((settings.root / ENDPOINTS).read_text(encoding="utf-8")) or {}
    url = f"http://127.0.0.1:{settings.actions.port}/webhook"
    if (endpoints.get("action_endpoint") or {}).get("url") == url:
        return Path(ENDPOINTS)
    endpoints["action_endpoint"] = {**(endpoints.get("action_endpoint") or {}), "url": url}
    written = settings.data_dir / "run" / ENDPOINTS
    written.parent.mkdir(parents=True, exist_ok=True)
    written.write_text(yaml.safe_dump(endpoints, allow_unicode=True), encoding="utf-8")
    return written
