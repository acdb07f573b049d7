"""Checks what people write besides the settings: tiers, articles and Rasa's own files."""

from collections.abc import Iterator
from pathlib import Path

import yaml

from desk.tiers import TiersError, load_tiers
from frontdoor.desk_settings import helpdesks
from frontdoor.problems import Problem
from frontdoor.settings import Settings
from knowledge import articles

RASA_FILES = ("config.yml", "domain.yml", "endpoints.yml", "credentials.yml")
OUR_CHANNEL = "bot.channel.BrainInput"


def check(settings: Settings) -> list[Problem]:
    """Everything that is wrong, in the order of the files."""
    problems = _tiers(settings)
    problems += _articles(settings.knowledge.path)
    return problems + (_rasa(settings.root) if settings.rasa.managed else [])


def _tiers(settings: Settings) -> list[Problem]:
    try:
        known = set(load_tiers(settings.root / "tiers.yml").tiers)
    except TiersError as error:
        remedy = "The comments in tiers.yml say what may stand there."
        return [Problem(where=f"tiers.yml {where}", what=what, remedy=remedy) for where, what in error.problems]
    return list(_unknown_tiers(settings, known))


def _unknown_tiers(settings: Settings, known: set[str]) -> Iterator[Problem]:
    """Tiers that desks.yml names and tiers.yml does not have."""
    remedy = f"Use one of: {', '.join(sorted(known))}."
    for number, route in enumerate(settings.desks.routes):
        for tier in (each for each in route.when.tier if each not in known):
            yield Problem(where=f"desks.yml routes[{number}].when.tier", what=f"{tier!r} is not a tier", remedy=remedy)
    for name, own in helpdesks(settings.desks).items():
        for tier in (each for each in own.placements if each not in known):
            yield Problem(where=f"desks.yml {name}.placements", what=f"{tier!r} is not a tier", remedy=remedy)


def _articles(folder: Path) -> list[Problem]:
    if not folder.is_dir():
        remedy = "Create it, or set knowledge.path in frontdoor.yml to the folder of your articles."
        return [Problem(where=str(folder), what="there is no such folder", remedy=remedy)]
    library = articles.load(folder)
    remedy = "Correct the file; data/kb/README.md describes the format."
    wrong = [
        Problem(where=f"{folder.name}/{problem.file} {problem.field}", what=problem.message, remedy=remedy)
        for problem in library.problems
        if problem.error
    ]
    if not library.articles and not wrong:
        remedy = "Write at least one article; data/kb/README.md describes the format."
        return [Problem(where=str(folder), what="holds no articles", remedy=remedy)]
    return wrong


def _rasa(root: Path) -> list[Problem]:
    problems = []
    for name in RASA_FILES:
        path = root / name
        if name == "domain.yml" and (root / "domain").is_dir():
            continue
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            problems.append(
                Problem(where=name, what="is missing", remedy="Restore it; Rasa does not start without it.")
            )
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            problems.append(Problem(where=name, what=f"cannot be read: {error}", remedy="Make it valid YAML in UTF-8."))
        else:
            problems += _credentials(content) if name == "credentials.yml" else []
    return problems


def _credentials(content: object) -> list[Problem]:
    named = list(content) if isinstance(content, dict) else []
    if OUR_CHANNEL not in named:
        what = f"does not name {OUR_CHANNEL}, so the service cannot reach the bot"
        return [Problem(where="credentials.yml", what=what, remedy=f"Add the line `{OUR_CHANNEL}:`.")]
    remedy = "Remove it: Rasa would connect to the vendor itself. Channels are configured in channels.yml."
    return [
        Problem(where=f"credentials.yml {name}", what="is a channel of Rasa's own", remedy=remedy)
        for name in named
        if name != OUR_CHANNEL
    ]
