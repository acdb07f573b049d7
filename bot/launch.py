"""Rasa's command line, with the token of its HTTP API taken from the environment, where `ps` does not show it.

python -m bot.launch run --enable-api …
"""

import os
import sys

from rasa.__main__ import main


def launch() -> None:
    """Run Rasa. `FRONTDOOR_RASA_TOKEN` becomes `--auth-token` of `rasa run`."""
    token = os.environ.pop("FRONTDOOR_RASA_TOKEN", "")
    if token and sys.argv[1:2] == ["run"]:
        sys.argv.append(f"--auth-token={token}")  # one word: a token may begin with a dash
    main()


if __name__ == "__main__":
    launch()
