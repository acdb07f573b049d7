"""The environment of the Rasa process."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """What the variables say; see docs/protocol/brain.md. Secrets may be empty: then what needs them refuses."""

    knowledge: Path
    vectors: Path
    trackers: Path
    brain_token: str
    embeddings_url: str  # empty: the model that ships with us
    embeddings_model: str
    embeddings_key: str
    question_prefix: str
    passage_prefix: str
    threads: int  # for embedding many texts at once; a message takes one


def read(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the environment. Raises ValueError naming the variable that is wrong."""
    url = environment.get("FRONTDOOR_EMBEDDINGS_URL", "")
    model = environment.get("FRONTDOOR_EMBEDDINGS_MODEL", "")
    if url and not model:
        raise ValueError("FRONTDOOR_EMBEDDINGS_MODEL is missing: name the model to ask FRONTDOOR_EMBEDDINGS_URL for")
    return Settings(
        knowledge=Path(environment.get("FRONTDOOR_KB") or "data/kb"),
        vectors=Path(environment.get("FRONTDOOR_VECTORS") or ".cache/vectors.db"),
        trackers=Path(environment.get("FRONTDOOR_TRACKER_DB") or "var/trackers.db"),
        brain_token=environment.get("FRONTDOOR_BRAIN_TOKEN", ""),
        embeddings_url=url,
        embeddings_model=model,
        embeddings_key=environment.get("FRONTDOOR_EMBEDDINGS_KEY", ""),
        question_prefix=environment.get("FRONTDOOR_EMBEDDINGS_QUESTION_PREFIX", ""),
        passage_prefix=environment.get("FRONTDOOR_EMBEDDINGS_PASSAGE_PREFIX", ""),
        threads=int(environment.get("OMP_NUM_THREADS") or os.cpu_count() or 1),
    )
