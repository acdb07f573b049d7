"""The environment of the Rasa process."""

import datetime
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dateutil import tz


@dataclass(frozen=True)
class Settings:
    """What the variables say; see docs/protocol/brain.md. Secrets may be empty: then what needs them refuses."""

    knowledge: Path
    vectors: Path
    confidence: Path  # the model of confidence a company has fitted; none: the shipped one
    trackers: Path
    published: Path  # what the console has put over the articles, as the service last told it
    zone: datetime.tzinfo | None  # whose days the dates of articles mean; none: the system's
    brain_token: str
    internal_url: str  # of the service
    internal_token: str  # empty: only files count
    embeddings_url: str  # empty: the model that ships with us
    embeddings_model: str
    embeddings_key: str
    question_prefix: str
    passage_prefix: str
    threads: int  # for embedding many texts at once; a message takes one

    def today(self) -> datetime.date:
        """The date where the company is."""
        return datetime.datetime.now(self.zone).date()


def read(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the environment. Raises ValueError naming the variable that is wrong."""
    url = environment.get("FRONTDOOR_EMBEDDINGS_URL", "")
    model = environment.get("FRONTDOOR_EMBEDDINGS_MODEL", "")
    if url and not model:
        raise ValueError("FRONTDOOR_EMBEDDINGS_MODEL is missing: name the model to ask FRONTDOOR_EMBEDDINGS_URL for")
    trackers = Path(environment.get("FRONTDOOR_TRACKER_DB") or "var/trackers.db")
    return Settings(
        knowledge=Path(environment.get("FRONTDOOR_KB") or "data/kb"),
        vectors=Path(environment.get("FRONTDOOR_VECTORS") or ".cache/vectors.db"),
        confidence=Path(environment.get("FRONTDOOR_CONFIDENCE") or "var/confidence.json"),
        trackers=trackers,
        published=trackers.with_name("published.json"),
        zone=_zone(environment.get("FRONTDOOR_TIME_ZONE", "")),
        brain_token=environment.get("FRONTDOOR_BRAIN_TOKEN", ""),
        internal_url=environment.get("FRONTDOOR_INTERNAL_URL")
        or f"http://127.0.0.1:{environment.get('FRONTDOOR_PORT') or 8080}",
        internal_token=environment.get("FRONTDOOR_INTERNAL_TOKEN", ""),
        embeddings_url=url,
        embeddings_model=model,
        embeddings_key=environment.get("FRONTDOOR_EMBEDDINGS_KEY", ""),
        question_prefix=environment.get("FRONTDOOR_EMBEDDINGS_QUESTION_PREFIX", ""),
        passage_prefix=environment.get("FRONTDOOR_EMBEDDINGS_PASSAGE_PREFIX", ""),
        threads=int(environment.get("OMP_NUM_THREADS") or os.cpu_count() or 1),
    )


def _zone(name: str) -> datetime.tzinfo | None:
    found = tz.gettz(name) if name else None  # brings its own zones, for systems that have none
    if name and found is None:
        raise ValueError(f"FRONTDOOR_TIME_ZONE: {name!r} is no time zone, write one such as Asia/Shanghai")
    return found
