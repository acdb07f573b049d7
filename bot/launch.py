"""Rasa's command line, with the token of its HTTP API taken from the environment, where `ps` does not show it.

python -m bot.launch run --enable-api …
"""

import os
import sys

from bot import library

NEED_KNOWLEDGE = {"run", "shell", "test", "train"}


def launch() -> None:
    """Run Rasa. `FRONTDOOR_RASA_TOKEN` becomes `--auth-token` of `rasa run`. The knowledge base is opened, and embedded
    where it was not yet, while Rasa imports TensorFlow."""
    if NEED_KNOWLEDGE.intersection(sys.argv[1:2]):
        library.open_meanwhile()
    from rasa.__main__ import main

    token = os.environ.pop("FRONTDOOR_RASA_TOKEN", "")
    if token and sys.argv[1:2] == ["run"]:
        sys.argv.append(f"--auth-token={token}")  # one word: a token may begin with a dash
    main()


if __name__ == "__main__":
    launch()
