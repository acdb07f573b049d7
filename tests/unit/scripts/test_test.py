"""The runner of all tests: what fails is tried once more alone, and only what is steady counts as broken."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]
COMMAND = [sys.executable, "-m", "pytest", "--quiet", "--rootdir", ".", "-p", "xdist", "-n", "2"]
ALONE = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # other plugins take longer to start than these tests


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    found = importlib.util.spec_from_file_location("test_runner", ROOT / "scripts" / "test.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    return module


def write_tests(folder: Path, lines: str) -> None:
    (folder / "test_some.py").write_text(f"import pathlib, pytest\n{lines}\n")


UNSTEADY = """
@pytest.mark.parametrize("name", ["x y"])
def test_race(name):
    mark = pathlib.Path(name)
    seen, _ = mark.exists(), mark.touch()
    assert seen
"""


def test_what_passes_when_alone_is_named_and_fails_nothing(runner: ModuleType, tmp_path: Path) -> None:
    """given a test that fails only the first time"""
    write_tests(tmp_path, UNSTEADY)
    unsteady: list[str] = []
    assert runner.passes("some", COMMAND, ALONE, unsteady)
    assert unsteady == ["test_some.py::test_race[x y]"]


def test_what_fails_twice_is_broken(runner: ModuleType, tmp_path: Path) -> None:
    write_tests(tmp_path, f"{UNSTEADY}\ndef test_wrong():\n    assert 1 == 2")
    unsteady: list[str] = []
    assert not runner.passes("some", COMMAND, ALONE, unsteady)
    assert unsteady == []


def test_many_failures_are_no_accident(runner: ModuleType, tmp_path: Path) -> None:
    many = UNSTEADY.replace('["x y"]', str([f"n{number}" for number in range(runner.FEW + 1)]))
    write_tests(tmp_path, many)
    assert not runner.passes("some", COMMAND, ALONE, [])
