"""What a handoff is about and what it needs: an additive model in which every cue that is seen speaks with its weight.

Each of the five (category, complexity, urgency, value, risk) is a choice between values; the score of a value is its
bias and the weights of the cues for it, in log-odds, and the highest is chosen. So each reason has a figure.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import structlog

from connectors.desk import Handoff, Reason
from connectors.message import JSON, Author
from desk.tiers import PRIORITY, Tiers
from desk.triage_cues import BIAS, CUES, DIMENSIONS, HEARD, SAFETY, VALUES, WORDS, Cue
from knowledge.text import normal
from storage.triage import History

FITTED = "triage.json"
"""In data_dir: the weights that `frontdoor desk fit` learned."""
FORMAT = 1
log = structlog.get_logger(__name__)

READ_CHARACTERS = 4_000  # of what a customer said
EARLIER = 0.5  # what was said before the question counts half
ARTICLE = 0.4  # and what the bot showed, less
SHOWN_REASONS = 5
LONG_TEXT = 350  # Latin characters; a Chinese one counts for three
LAST_LINES = 20

Seen = Mapping[str, float]
"""Cues with how strongly they were seen, 0..1."""

_BETWEEN_CHINESE = re.compile(r"(?<=[\u3400-\u9fff]) +(?=[\u3400-\u9fff])")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_QUOTES = str.maketrans({"’": "'", "`": "'", "‘": "'", "“": '"', "”": '"'})
_TOPICS = tuple(cue for cue in WORDS if all(name.startswith("category.") for name in cue.weights))


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A value with the cues that speak for it, the strongest first: `(cue, weight)`."""

    value: str
    because: tuple[tuple[str, float], ...] = ()

    def to_json(self) -> JSON:
        """As a ticket keeps it."""
        shown = [{"cue": name, "en": CUES[name].en, "zh": CUES[name].zh, "weight": w} for name, w in self.because]
        return {"value": self.value, "because": shown}


@dataclass(frozen=True, kw_only=True)
class Model:
    """Weights by value (`category.order`) and cue, and biases by value."""

    weights: Mapping[str, Mapping[str, float]]
    bias: Mapping[str, float]

    def choose(self, dimension: str, values: Sequence[str], seen: Seen) -> Verdict:
        """The value that most speaks for; of two with the same, the first."""
        best = max(values, key=lambda value: self.score(f"{dimension}.{value}", seen))
        weights = self.weights.get(f"{dimension}.{best}", {})
        spoke = [(name, round(weights[name] * strength, 2)) for name, strength in seen.items() if name in weights]
        spoke = sorted((each for each in spoke if each[1] > 0.05), key=lambda each: -each[1])
        return Verdict(value=best, because=tuple(spoke[:SHOWN_REASONS]))

    def score(self, value: str, seen: Seen) -> float:
        """Log-odds of a value, up to what all values of its dimension share."""
        weights = self.weights.get(value, {})
        return self.bias.get(value, 0.0) + sum(weights.get(name, 0.0) * strength for name, strength in seen.items())

    def to_json(self) -> JSON:
        """As the file keeps it."""
        return {"format": FORMAT, "bias": self.bias, "weights": self.weights}


def _shipped() -> Model:
    weights: dict[str, dict[str, float]] = {}
    for cue in CUES.values():
        for value, weight in cue.weights.items():
            weights.setdefault(value, {})[cue.name] = weight
    return Model(weights=weights, bias=BIAS)


SHIPPED = _shipped()


def values_of(tiers: Tiers) -> dict[str, tuple[str, ...]]:
    """What each of the five can be."""
    return {"category": tuple(tiers.categories), **VALUES}


class Triage:
    """Judges handoffs. `fitted` is the file of `frontdoor desk fit`: it is taken up while the service runs, and the
    shipped weights stand where there is none.
    """

    def __init__(self, tiers: Tiers, fitted: Path | None = None) -> None:
        self._tiers, self._fitted = tiers, fitted
        self._values = values_of(tiers)

    def judge(self, handoff: Handoff, history: History) -> tuple[dict[str, Verdict], Seen]:
        """The five, and what was seen."""
        seen = observe(handoff, history, self._tiers.triage.valued_segments)
        model = self.model()
        found = {name: model.choose(name, self._values[name], seen) for name in DIMENSIONS}
        least = PRIORITY.get(handoff.urgency, 0)
        if least > PRIORITY["normal"] and least > PRIORITY[found["urgency"].value]:  # the core may know better
            found["urgency"] = Verdict(value=handoff.urgency)
        return found, seen

    def risk_of(self, text: str) -> tuple[Verdict, Seen]:
        """The risk that something a customer says speaks of."""
        seen = dict.fromkeys(words_in(text), 1.0)
        return self.model().choose("risk", VALUES["risk"], seen), seen

    def model(self) -> Model:
        """The weights in force."""
        if self._fitted is None:
            return SHIPPED
        try:
            return _read(self._fitted, self._fitted.stat().st_mtime_ns)
        except FileNotFoundError:
            return SHIPPED
        except OSError as error:  # tickets are opened all the same
            log.warning("triage.weights_unreadable", path=str(self._fitted), error=str(error))
            return SHIPPED


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int) -> Model:
    """The weights of a file; the shipped ones for one that is broken or of another version, told once."""
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] == FORMAT:
            return Model(weights=data["weights"], bias=data["bias"])
        problem = "it is of another version"
    except (ValueError, KeyError, TypeError) as error:
        problem = f"it is broken: {error}"
    log.warning("triage.weights_unusable", path=str(path), problem=problem, remedy="frontdoor desk fit")
    return SHIPPED


def observe(handoff: Handoff, history: History, valued: Sequence[str] = ()) -> Seen:
    """Everything in a handoff that is a cue."""
    said = [line.content.text for line in handoff.transcript if line.author is Author.CUSTOMER][-LAST_LINES:]
    seen = dict.fromkeys(words_in(handoff.question), 1.0)
    for text in (*said, *handoff.failed):
        if text != handoff.question:
            for name in words_in(text):
                seen.setdefault(name, EARLIER)
    for article in handoff.tried:
        if article.shown:
            for name in words_in(f"{article.article_id.replace('-', ' ')} {article.title}", _TOPICS):
                seen.setdefault(name, ARTICLE)
    known = {cue.name for cue in HEARD}
    seen |= {intent: 1.0 for intent in handoff.intents if intent in known}
    return seen | dict.fromkeys(_around(handoff, history, valued, seen), 1.0)


def words_in(text: str, cues: Sequence[Cue] = (*WORDS, *SAFETY)) -> list[str]:
    """Names of the cues that a text holds."""
    words = _BETWEEN_CHINESE.sub("", normal(text[:READ_CHARACTERS]).translate(_QUOTES))
    return [cue.name for cue in cues if _says(cue, words)]


def _says(cue: Cue, words: str) -> bool:
    left = cue.unless.sub(" ", words) if cue.unless else words
    return cue.says is not None and cue.says.search(left) is not None


def _around(handoff: Handoff, history: History, valued: Sequence[str], seen: Seen) -> list[str]:
    topics = {name for cue in seen if seen[cue] == 1 for name in CUES[cue].weights if name.startswith("category.")}
    segment = str(handoff.customer.get("segment") or "").lower()
    facts = {
        "sensitive": handoff.reason is Reason.SENSITIVE,
        "complaint": handoff.reason is Reason.COMPLAINT,
        "reopened": handoff.reason is Reason.REOPENED,
        "not_helpful": handoff.reason is Reason.NOT_HELPFUL,
        "appointment": handoff.reason is Reason.APPOINTMENT,
        "negative": handoff.sentiment == "negative",
        f"urgency_{handoff.urgency}": handoff.urgency != "normal",
        "valued": bool(handoff.customer.get("verified")) and segment in {each.lower() for each in valued},
        "many_failed": len(handoff.failed) >= 3,
        "long_text": len(handoff.question) + 2 * len(_CHINESE.findall(handoff.question)) >= LONG_TEXT,
        "several_topics": len(topics) >= 3,
        "earlier_tickets": history.tickets >= 2,
        "earlier_reopened": history.reopened > 0,
        "earlier_unhappy": history.lowest_rating is not None and history.lowest_rating <= 2,
    }
    return [name for name, true in facts.items() if true and name in CUES]
