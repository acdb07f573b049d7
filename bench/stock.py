"""The peer: what `rasa init` makes, with Rasa's default pipeline and policies, asked over its REST channel."""

import os
import time

import aiohttp

from bench.processes import BenchError, Measured, free_port, run
from frontdoor.programs import CODE, rasa_python

FOLDER = CODE / ".cache" / "bench" / "stock"
MODEL = FOLDER / "models" / "stock.tar.gz"
TRAINED = FOLDER / "train_s"
READY_WITHIN_S = 300.0
PATIENCE = aiohttp.ClientTimeout(total=60)
# What Front Door gives its own processes, so that neither has more threads than the other.
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
}
SCAFFOLD = "import sys; from rasa.cli.scaffold import create_initial_project; create_initial_project(sys.argv[1])"


class StockRasa:
    """A Rasa server of the example project. Its tracker store is Rasa's default: memory, nothing durable."""

    name = "stock"

    def __init__(self) -> None:
        self.port = free_port()
        self._process: Measured | None = None

    def prepare(self, *, again: bool = False) -> float:
        """Make and train the project, once for all runs; the seconds of its training. Raises BenchError."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        log = FOLDER / "train.log"
        if not (FOLDER / "config.yml").exists():
            run([str(rasa_python()), "-c", SCAFFOLD, str(FOLDER)], cwd=FOLDER, environment=ENVIRONMENT, log=log)
        if again or not MODEL.exists() or not TRAINED.exists():
            command = [str(rasa_python()), "-m", "rasa", "train", "--force", "--fixed-model-name", "stock"]
            TRAINED.write_text(f"{run(command, cwd=FOLDER, environment=ENVIRONMENT, log=log):.1f}")
        return float(TRAINED.read_text())

    def start(self) -> float:
        """Start the server; the seconds until it can answer. Raises BenchError."""
        command = [str(rasa_python()), "-m", "rasa", "run", "--interface", "127.0.0.1", "--port", str(self.port)]
        command += ["--enable-api", "--model", str(MODEL)]
        self._process = Measured(command, cwd=FOLDER, environment=ENVIRONMENT, log=FOLDER / "run.log")
        return self._process.wait_until_ready(f"http://127.0.0.1:{self.port}/status", READY_WITHIN_S)

    def rss_mb(self) -> float | None:
        """Memory of the server in MB."""
        return self._process.rss_mb() if self._process is not None else None

    def stop(self) -> None:
        """Stop it."""
        if self._process is not None:
            self._process.stop()

    async def talk(self, http: aiohttp.ClientSession, language: str) -> "StockTalk":
        """A new conversation. The peer does not ask for a language."""
        return StockTalk(http, f"http://127.0.0.1:{self.port}/webhooks/rest/webhook")


class StockTalk:
    """One conversation with the peer: a sender id that nobody used before."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http, self._url, self._sender = http, url, os.urandom(8).hex()

    async def ask(self, text: str) -> float:
        """Say something; the seconds until the answer was there. Raises BenchError."""
        body = {"sender": self._sender, "message": text}
        started = time.perf_counter()
        try:
            async with self._http.post(self._url, json=body, timeout=PATIENCE) as response:
                response.raise_for_status()
                await response.json()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise BenchError(f"the peer did not answer: {type(error).__name__}") from error
        return time.perf_counter() - started

    @property
    def with_bot(self) -> bool:
        """Always: there is nobody else."""
        return True

    async def back_to_bot(self) -> None:
        """It never left."""

    async def step_out(self) -> None:
        """It asks for nothing."""

    async def close(self) -> None:
        """Nothing is held open."""
