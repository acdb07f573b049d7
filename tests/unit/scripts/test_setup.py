"""Set-up finds Pythons that work, installs what the locks say once, and refuses locks that may not be published."""

import importlib
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]
VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Where modules of scripts/ are imported from."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    return importlib.import_module("interpreters")


def executable(path: Path, text: str) -> Path:
    """A script that can be run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_a_shim_that_does_not_work_is_passed_over(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executable(tmp_path / "shims" / f"python{VERSION}", "#!/bin/sh\necho 'pyenv: command not found' >&2\nexit 127\n")
    executable(tmp_path / "wrong" / f"python{VERSION}", "#!/bin/sh\necho 2.7 /usr/bin/python2\n")
    good = executable(
        tmp_path / "pyenv" / f"versions/{VERSION}.9/bin/python", f'#!/bin/sh\nexec {sys.executable} "$@"\n'
    )
    monkeypatch.setenv("PATH", os.pathsep.join([str(tmp_path / "shims"), str(tmp_path / "wrong"), "/bin"]))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setattr(script, "FOLDERS", ())
    found = script.find(VERSION)
    assert found is not None
    assert script.version_of(found) == VERSION
    good.unlink()
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert script.find("3.99") is None
    assert script.version_of(str(tmp_path / "nothing")) == ""


def test_the_newest_release_of_a_version_is_taken_first(script: ModuleType, tmp_path: Path) -> None:
    releases = [tmp_path / f"versions/3.10.{number}/bin/python" for number in (2, 13, 9)]
    assert sorted(releases, key=script._release)[-1] == tmp_path / "versions/3.10.13/bin/python"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("--index-url https://pypi.example/simple", "address"),
        ("--find-links /opt/wheels", "address"),
        ("aiohttp @ https://files.example/aiohttp.whl \\\n    --hash=sha256:00", "address"),
        ("aiohttp>=3 \\\n    --hash=sha256:00", "no exact version"),
        ("aiohttp==3.14.5", "no hash"),
    ],
)
def test_a_lock_with_an_address_or_without_a_hash_is_refused(
    script: ModuleType, tmp_path: Path, line: str, problem: str
) -> None:
    lock = importlib.import_module("lock")
    path = tmp_path / "service.txt"
    path.write_text("yarl==1.25.1 \\\n    --hash=sha256:00\n")
    assert lock.problems(path) == []
    path.write_text(f"{line}\n")
    assert problem in lock.problems(path)[0]


def test_the_locks_may_be_published_and_hold_each_other(script: ModuleType) -> None:
    lock = importlib.import_module("lock")

    def versions(name: str) -> set[str]:
        text = (ROOT / "requirements" / f"{name}.txt").read_text()
        pins = (line for line in text.splitlines() if "==" in line and not line.startswith((" ", "#")))
        return {line.partition(" ")[0] for line in pins}

    for name in lock.LOCKS:
        assert lock.problems(ROOT / "requirements" / f"{name}.txt") == []
    for larger, smaller in lock.CONTAINS.items():
        assert versions(smaller) <= versions(larger)


def test_a_step_that_fails_is_told_with_its_last_lines(script: ModuleType, tmp_path: Path) -> None:
    progress = importlib.import_module("progress")
    log = tmp_path / "var" / "log" / "setup.log"
    code = "print('Resolving'); raise SystemExit('no space left on device')"
    with pytest.raises(progress.StepError) as caught:
        progress.run([sys.executable, "-c", code], log, "Free some space.")
    assert caught.value.tail[-1] == "no space left on device"
    assert caught.value.remedy == "Free some space."
    with pytest.raises(progress.StepError, match="cannot be started"):
        progress.run([str(tmp_path / "uv")], log, "Install it.")
    assert "no space left" in log.read_text()


def test_a_python_of_the_wrong_version_is_refused(tmp_path: Path) -> None:
    """In a folder of its own, so that nothing is installed anywhere."""
    for name in ("setup.py", "interpreters.py", "progress.py"):
        executable(tmp_path / "scripts" / name, (ROOT / "scripts" / name).read_text())
    (tmp_path / "requirements").symlink_to(ROOT / "requirements")
    executable(tmp_path / "bin" / "uv", "#!/bin/sh\nexit 0\n")
    environment = {**os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "FRONTDOOR_PYTHON": "/bin/false"}
    command = [sys.executable, str(tmp_path / "scripts" / "setup.py")]
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert ran.returncode == 1
    assert "FRONTDOOR_PYTHON=/bin/false is not a working Python 3.11" in ran.stderr
    assert "Name another one, or unset it." in ran.stderr
    assert "Traceback" not in ran.stderr


def test_the_environment_that_runs_the_tests_is_as_locked() -> None:
    """`make setup` in this folder has nothing to do, and says so quickly."""
    if not (ROOT / ".venv" / "frontdoor-setup").exists() or not sys.prefix.startswith(str(ROOT)):
        pytest.skip("these tests run in another environment")
    command = [sys.executable, str(ROOT / "scripts" / "setup.py"), "--dev"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    assert (ran.returncode, ran.stdout) == (0, "Front Door is installed. Start it with: make run\n")
