"""Trains the bot when what it learns from has changed.

The inputs are hashed; the hash is stored next to the model. Articles are not among them: the index lives outside the
model, so an edited article answers without training (only the first training needs articles at all).
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import aiohttp

from frontdoor.process.program import Program
from frontdoor.programs import CODE, MODEL, bot_environment, rasa_python
from frontdoor.settings import Settings

LEARNT_FROM = ("config.yml", "domain.yml", "domain", "data/nlu", "data/rules", "data/stories")
CODE_OF_MODEL = ("bot", "knowledge", "requirements/rasa.txt")
ENVIRONMENT_OF_MODEL = (
    "FRONTDOOR_EMBEDDINGS_URL",
    "FRONTDOOR_EMBEDDINGS_MODEL",
    "FRONTDOOR_EMBEDDINGS_QUESTION_PREFIX",
    "FRONTDOOR_EMBEDDINGS_PASSAGE_PREFIX",
)
RECORD = MODEL.with_name("frontdoor.json")
PATIENCE_S = 1800

REMEDIES = {
    "YamlException": "A YAML file of the bot has a mistake; the lines above name it.",
    "YamlValidationException": "A file in data/ or domain.yml has a mistake; the lines above name it.",
    "InvalidDomain": "domain.yml contradicts itself; the lines above say where.",
    "InvalidRule": "Two rules contradict each other; the lines above name them.",
    "ModuleNotFoundError": "Something is missing in Rasa's environment: run `make setup`.",
    "MemoryError": "The machine ran out of memory; training needs about 1.5 GB.",
    "No space left": "The disk is full: free some space.",
    "was killed": "The system ended it, most likely for lack of memory; training needs about 1.5 GB.",
}


class TrainingError(Exception):
    """Training did not work. `tail` has the last lines Rasa said, `log` is the whole."""

    def __init__(self, why: str, remedy: str, tail: list[str], log: Path) -> None:
        super().__init__(f"Training {why}")
        self.remedy, self.tail, self.log = remedy, tail, log


def fingerprint(root: Path, environ: Mapping[str, str] = os.environ) -> str:
    """A hash over everything the model depends on, names included."""
    digest = hashlib.sha256()
    for base, names in ((root, LEARNT_FROM), (CODE, CODE_OF_MODEL)):
        for name in names:
            for path in _files(base / name):
                content = path.read_bytes()
                digest.update(f"{path.relative_to(base)} {len(content)}\n".encode())
                digest.update(content)
    for variable in ENVIRONMENT_OF_MODEL:
        digest.update(f"{variable}={environ.get(variable, '')}\n".encode())
    return digest.hexdigest()


def needed(root: Path) -> str:
    """Why the bot must be trained before it starts, or empty."""
    if not (root / MODEL).exists():
        return "there is no trained model yet"
    try:
        record = json.loads((root / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "nothing tells what the model was trained from"
    return "" if record.get("inputs") == fingerprint(root) else "what the bot learns from has changed"


async def train(settings: Settings, tell: Callable[[str], None] = lambda stage: None) -> float:
    """Train and put the model in place; returns the seconds it took. The former model stays if it fails.

    `tell` is called with each stage as it begins. Raises `TrainingError`.
    """
    root = settings.root
    inputs = fingerprint(root)  # before: what is edited meanwhile is trained next time
    folder = root / "models" / "training"
    folder.mkdir(parents=True, exist_ok=True)
    program = Program(
        name="train",
        title="Training",
        command=_command(root, folder),
        # For embedding. Fitting the intents gains nothing from more threads: they wait for each other by spinning.
        environment=bot_environment(settings) | {"OMP_NUM_THREADS": str(os.cpu_count() or 1)},
        cwd=root,
        log=settings.data_dir / "log" / "train.log",
        patience_s=PATIENCE_S,
    )
    started = time.monotonic()
    try:
        process = await program.start()
    except OSError as error:
        raise TrainingError(f"cannot be started: {error}", "Run `make setup`.", [], program.log) from error
    try:
        stage = ""
        while not await process.ended(0.25):
            if (latest := _stage(process.tail())) and latest != stage:
                stage = latest
                tell(stage)
            if time.monotonic() - started > PATIENCE_S:
                break
    finally:
        await process.kill()
    trained = folder / MODEL.name
    if process.exit_code != 0 or not trained.exists():
        raise _explain(process.how_it_ended(), process.tail(), program.log)
    seconds = time.monotonic() - started
    (root / RECORD).unlink(missing_ok=True)  # a crash between the two moves means training again, not a wrong record
    trained.replace(root / MODEL)
    folder.rmdir()
    record = {"inputs": inputs, "trained_at": round(time.time()), "seconds": round(seconds, 1)}
    (root / RECORD).write_text(json.dumps(record), encoding="utf-8")
    return seconds


async def swap(settings: Settings) -> bool:
    """Have a running Rasa take the trained model, without a pause; whether there was one that did."""
    token = {"token": settings.keys.rasa_token.get_secret_value()}
    body = {"model_file": str(settings.root / MODEL)}
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session,
            session.put(f"{settings.rasa.url}/model", params=token, json=body) as answer,
        ):
            return answer.status == 204
    except (aiohttp.ClientError, TimeoutError):
        return False


def _command(root: Path, folder: Path) -> tuple[str, ...]:
    data = [name for name in LEARNT_FROM if name.startswith("data/") and (root / name).exists()]
    domain = "domain" if (root / "domain").is_dir() else "domain.yml"
    return (
        *(str(rasa_python()), "-m", "bot.launch", "train", "--config", "config.yml", "--domain", domain),
        *("--data", *data, "--out", str(folder), "--fixed-model-name", MODEL.name.removesuffix(".tar.gz")),
        # Rasa's own cache does not notice a change in the modules its components import; its validator warns at length
        # about what this project does on purpose, and training refuses real mistakes anyway.
        *("--force", "--skip-validation"),
    )


def _stage(lines: list[str]) -> str:
    """What Rasa is at, from its log ("Starting to train component 'X'.")."""
    for line in reversed(lines):
        if "train component '" in line:
            return line.split("train component '")[1].split("'")[0].rpartition(".")[2]
    return ""


def _explain(ending: str, tail: list[str], log: Path) -> TrainingError:
    said = "\n".join([*tail, ending])
    fallback = "The lines above are the last Rasa said; the whole is in the log."
    remedy = next((remedy for sign, remedy in REMEDIES.items() if sign in said), fallback)
    return TrainingError(ending, remedy, tail, log)


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    for below in sorted(path.rglob("*")):
        if below.is_file() and "__pycache__" not in below.parts and not below.name.startswith("."):
            yield below
