"""Front matter: YAML from outside, read without what makes little text into much work."""

from typing import Any

import yaml

_NESTED = 500


class _Safe(yaml.SafeLoader):
    """Without merging (`<<`), which doubles with every line what a few lines hold: such a key has no constructor."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Merge nothing."""


try:

    class _Fast(yaml.CSafeLoader):
        """The same by libyaml, where it is there."""

        flatten_mapping = _Safe.flatten_mapping
except AttributeError:
    _Fast = _Safe  # type: ignore[assignment,misc]


def read_yaml(text: str) -> Any:
    """What the YAML says. libyaml is seven times as fast, but overflows the stack on what is nested without end. Raises
    `yaml.YAMLError`, and for values that cannot be, such as the 31st of November, ValueError and others (`ERRORS`)."""
    nested = sum(map(text.count, "[{-?:"))
    return yaml.load(text, Loader=_Fast if nested < _NESTED else _Safe)  # noqa: S506 - both are safe


ERRORS = (yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError, RecursionError)
