"""Installs Front Door into two environments of the project folder: `.venv` (the service) and `.venv-rasa` (Rasa).

    python3 scripts/setup.py                    install what is missing; under a second when nothing is
    python3 scripts/setup.py --dev              and what tests and checks need
    python3 scripts/setup.py --print-uv         print the path of the installer

Needs Python 3.8 or newer to run, 3.11 or newer for the service and 3.10 for Rasa; a missing one is fetched.
`FRONTDOOR_PYTHON` and `FRONTDOOR_RASA_PYTHON` name interpreters to use instead of those it finds.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import interpreters
from progress import Step, StepError, run

ROOT = Path(__file__).resolve().parent.parent
LOG = ROOT / "var" / "log" / "setup.log"
TOOLS = ROOT / ".cache" / "tools"
STAMP = "frontdoor-setup"  # in an environment: what it was made from
NEEDED_MB = 6_000
NETWORK = (
    "Check the connection to your Python package index (and HTTPS_PROXY, if you are behind one), then run it again."
)


class Environment:
    """One of the two environments: its folder, the Pythons it can be made with, and its locks."""

    def __init__(
        self, title: str, folder: str, versions: tuple[str, ...], variable: str, lock: str, dev_lock: str
    ) -> None:
        self.title, self.folder, self.versions, self.variable = title, ROOT / folder, versions, variable
        self.lock, self.dev_lock = ROOT / "requirements" / lock, ROOT / "requirements" / dev_lock

    def fingerprint(self, dev: bool) -> str:
        """What the environment is made from; it is made again when this changes."""
        lock = self.dev_lock if dev else self.lock
        parts = (
            lock.read_bytes(),
            str(ROOT).encode(),
            os.environ.get(self.variable, "").encode(),
            Path(__file__).read_bytes(),
        )
        return hashlib.sha256(b"\0".join(parts)).hexdigest()

    def ready(self, dev: bool) -> bool:
        """Whether it is installed as the locks say (what the tests need does no harm)."""
        try:
            stamp = (self.folder / STAMP).read_text(encoding="utf-8")
        except OSError:
            return False
        wanted = {self.fingerprint(True)} if dev else {self.fingerprint(True), self.fingerprint(False)}
        return stamp in wanted and (self.folder / "bin" / "python").exists()


SERVICE = Environment(
    "service", ".venv", ("3.11", "3.12", "3.13", "3.14"), "FRONTDOOR_PYTHON", "service.txt", "dev.txt"
)
RASA = Environment("Rasa", ".venv-rasa", ("3.10",), "FRONTDOOR_RASA_PYTHON", "rasa.txt", "rasa-dev.txt")


def main() -> int:
    """Install; the exit code is 1 when something did not work."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dev", action="store_true", help="install what tests and checks need, too")
    parser.add_argument("--quiet-when-done", action="store_true", help="print nothing when there is nothing to do")
    parser.add_argument("--print-uv", action="store_true", help="print the path of the installer and do nothing else")
    options = parser.parse_args()
    try:
        if options.print_uv:
            sys.stdout.write(installer() + "\n")
            return 0
        return install(options.dev, options.quiet_when_done)
    except KeyboardInterrupt:
        sys.stderr.write("\n  Stopped. Run it again to go on.\n")
        return 130
    except StepError as failure:
        tail = "".join(f"      {line}\n" for line in failure.tail)
        sys.stderr.write(
            f"\n  {failure}\n{tail}\n  → {failure.remedy}\n  The whole log is in {LOG.relative_to(ROOT)}.\n"
        )
        return 1


def install(dev: bool, quiet: bool) -> int:
    """Make the environments that are missing or out of date."""
    missing = [environment for environment in (SERVICE, RASA) if not environment.ready(dev)]
    if not missing:
        if not quiet:
            sys.stdout.write("Front Door is installed. Start it with: make run\n")
        return 0
    sys.stdout.write("Installing Front Door\n")
    check_disk()
    with Step("Find the installer (uv)"):
        uv = installer()
    for environment in missing:
        with Step(f"Find Python {' or '.join(environment.versions[:2])} for the {environment.title} environment"):
            python = interpreter(environment, uv)
        with Step(f"Install the {environment.title} environment from {environment.lock.name}"):
            build(environment, python, uv, dev)
    if not quiet:
        sys.stdout.write("Done. Start it with: make run\n")
    return 0


def check_disk() -> None:
    """Raise before a long download that cannot end well."""
    free = shutil.disk_usage(ROOT).free // 1_000_000
    if free < NEEDED_MB:
        what = (
            f"only {free} MB are free on this disk; the environments take about {NEEDED_MB} MB with the download cache"
        )
        raise StepError(what, "Free some space, then run it again.")


def installer() -> str:
    """Path of uv: the one on PATH if it works, else one installed from requirements/uv.txt into .cache/tools."""
    for candidate in (shutil.which("uv"), str(TOOLS / "bin" / "uv")):
        if candidate and _works([candidate, "pip", "sync", "--help"]):
            return candidate
    remedy = (
        "Install pip and venv for this Python (Debian, Ubuntu: apt-get install python3-venv python3-pip). " + NETWORK
    )
    shutil.rmtree(TOOLS, ignore_errors=True)
    run([sys.executable, "-m", "venv", str(TOOLS)], LOG, remedy)
    lock = str(ROOT / "requirements" / "uv.txt")
    run([str(TOOLS / "bin" / "python"), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock], LOG, remedy)
    return str(TOOLS / "bin" / "uv")


def _works(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def interpreter(environment: Environment, uv: str) -> str:
    """A Python for the environment: named by its variable, found on the machine, or fetched."""
    named = os.environ.get(environment.variable)
    if named:
        if interpreters.version_of(named) not in environment.versions:
            what = f"{environment.variable}={named} is not a working Python {' or '.join(environment.versions)}"
            raise StepError(what, "Name another one, or unset it.")
        return named
    for version in environment.versions:
        found = interpreters.find(version, uv)
        if found:
            return found
    version = environment.versions[0]
    remedy = (
        f"Install Python {version} (for instance `pyenv install {version}`, or your system's python{version} package), "
        f"or name one: {environment.variable}=/path/to/python{version} make setup"
    )
    try:
        run([uv, "python", "install", "--no-config", version], LOG, remedy)
    except StepError as failure:
        what = f"There is no Python {version} on this machine, and it could not be fetched"
        raise StepError(what, remedy, failure.tail[-4:]) from failure
    fetched = interpreters.find(version, uv)
    if not fetched:
        raise StepError(f"Python {version} was fetched but does not run", remedy)
    return fetched


def build(environment: Environment, python: str, uv: str, dev: bool) -> None:
    """Make the environment hold exactly what its lock says, and the project itself."""
    if (environment.folder / STAMP).exists():
        (environment.folder / STAMP).unlink()
    lock = environment.dev_lock if dev else environment.lock
    run([uv, "venv", "--no-config", "--allow-existing", "--python", python, str(environment.folder)], LOG, NETWORK)
    sync = [
        uv,
        "pip",
        "sync",
        "--no-config",
        "--require-hashes",
        "--compile-bytecode",  # else every start compiles TensorFlow where Python may not keep bytecode: 8 s
        "--python",
        str(environment.folder / "bin" / "python"),
    ]
    remedy = f"{NETWORK} If it names a hash, the index serves another file than the one that was locked."
    run([*sync, str(lock)], LOG, remedy, package_index())
    add_project(environment)
    (environment.folder / STAMP).write_text(environment.fingerprint(dev), encoding="utf-8")


def package_index() -> dict[str, str]:
    """The index this machine's pip is configured to use, if any, as uv wants it told."""
    if any(os.environ.get(name) for name in ("UV_INDEX_URL", "UV_DEFAULT_INDEX")):
        return {}
    index = os.environ.get("PIP_INDEX_URL") or interpreters.output(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    )
    return {"UV_DEFAULT_INDEX": index} if index else {}


def add_project(environment: Environment) -> None:
    """Make the project importable from everywhere, and `frontdoor` a command of the service's environment."""
    site = next((environment.folder / "lib").glob("python3.*/site-packages"))
    (site / "frontdoor-project.pth").write_text(f"{ROOT}\n", encoding="utf-8")
    if environment is SERVICE:
        command = environment.folder / "bin" / "frontdoor"
        python = environment.folder / "bin" / "python"
        command.write_text(
            f"#!/bin/sh\n'''exec' '{python}' \"$0\" \"$@\"\n' '''\n"
            "import sys\n\nfrom frontdoor.__main__ import main\n\nsys.exit(main())\n",
            encoding="utf-8",
        )
        command.chmod(0o755)


if __name__ == "__main__":
    sys.exit(main())
