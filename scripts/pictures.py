"""Takes the pictures of docs/images again: the widget and the desk, real pages in a real browser, in both languages.

    make pictures

They are kept small: 256 colours, which pages like ours hardly exceed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "images"
TAKEN_BY = {
    "DOCS_PICTURES": (
        "test_pictures.py",
        "test_identities.py",
        "test_knowledge_access.py::test_pictures",
        "test_rota.py::test_pictures",
        "test_elsewhere.py::test_pictures",
    ),
    "FRONTDOOR_SCREENSHOTS": ("test_first_light.py", "test_rasa_webchat.py"),
}
"""By the variable that names the folder."""
PLACES = {"DOCS_PICTURES": "tests/console", "FRONTDOOR_SCREENSHOTS": "tests/journeys"}


def main() -> int:
    """Run what takes them, then make them small; 1 if any was not taken."""
    began = time.time()
    failed = False
    for variable, tests in TAKEN_BY.items():
        environment = {**os.environ, variable: str(FOLDER)}
        command = [sys.executable, "-m", "pytest", "-q", *(f"{PLACES[variable]}/{each}" for each in tests)]
        failed |= subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode != 0
    for path in sorted(FOLDER.glob("*.png")):
        if path.stat().st_mtime >= began:
            small(path)
            sys.stdout.write(f"{path.stat().st_size >> 10:5} kB  {path.relative_to(ROOT)}\n")
    return 1 if failed else 0


def small(path: Path) -> None:
    """Write a picture again with a palette."""
    with Image.open(path) as picture:
        fewer = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    fewer.save(path, optimize=True)


if __name__ == "__main__":
    sys.exit(main())
