"""Addresses are told from one another and not given away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.masking import masked


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("lina@example.com", "l…@example.com"),
        ("+8613800138000", "+86…8000"),
        ("5210447781", "521…7781"),
        ("oAbCdEfGhIjKlMnOp", "oAbC…MnOp"),
        ("ann", "a…nn"),
        ("1234567", "…567"),
        ("", "…"),
    ],
)
def test_it_looks_like_this(address: str, shown: str) -> None:
    assert masked(address) == shown


@given(st.text(min_size=9, max_size=160))
def test_the_whole_is_never_shown(address: str) -> None:
    assert masked(address) != address
