"""The webhook, held to the suite of vendors, and to its schemas."""

import json

import pytest

from tests.contract.vendor_bench import FIXTURES
from tests.contract.vendor_suite import VendorSuite
from tests.fakes.vendors.webhook import INBOUND, WebhookBench

PAYLOADS = sorted((FIXTURES / "webhook").glob("*.json"))


class TestWebhook(VendorSuite):
    """The webhook passes."""

    bench_class = WebhookBench


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.stem)
def test_what_is_documented_is_what_is_understood(path) -> None:  # type: ignore[no-untyped-def]
    fixture = json.loads(path.read_text(encoding="utf-8"))
    known = fixture["events"][0]["event"] != "Ignored"
    assert INBOUND.is_valid(fixture["payload"]) is known
