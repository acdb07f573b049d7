"""Adding a channel takes one file, one line in the registry, fixtures, and the class below."""

import pytest

from connectors import registry
from tests.contract.vendor_suite import VendorSuite
from tests.toy.vendor import ToyBench


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.VENDORS, "toy", "tests.toy.channel:ToyChannel")


class TestToy(VendorSuite):
    """Toy passes."""

    bench_class = ToyBench
