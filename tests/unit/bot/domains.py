"""Domains written down in tests."""

import warnings

from rasa.shared.core.domain import Domain


def domain(text: str) -> Domain:
    """Read a domain; Rasa's schema library uses what Python has deprecated."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Domain.from_yaml(text)
