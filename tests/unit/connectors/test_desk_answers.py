"""What connectors of helpdesks do alike with what they are told."""

import hashlib
import hmac

import pytest

from connectors.channel import Request
from connectors.desk_answers import (
    all_there,
    milliseconds,
    only_asked,
    prove_secret,
    prove_signed,
    stamp,
    ticket_number,
)
from connectors.errors import Forged, Undeliverable

BODY = b'{"ticket": 7}'


def call(**headers: str) -> Request:
    return Request(method="POST", path="", query={}, headers=headers, body=BODY, remote="")


@pytest.mark.parametrize("ticket_id", ["", "-1", "7a", "７", "1e3", " 7"])
def test_what_is_no_number_is_no_ticket(ticket_id: str) -> None:
    with pytest.raises(Undeliverable):
        ticket_number(ticket_id)
    assert ticket_number("7") == 7


def test_times_come_back_and_what_is_none_is_0() -> None:
    assert milliseconds("2026-01-02T03:04:05.678Z") == 1767323045678
    assert milliseconds(stamp(1767323045.9)) == 1767323045000
    assert [milliseconds(each) for each in ("", None, "yesterday", 7)] == [0, 0, 0, 0]


@pytest.mark.parametrize("given", ["", "sha1=0", "sha256=", "\udcff"])
def test_a_call_without_the_signature_is_forged(given: str) -> None:
    proof = "sha1=" + hmac.new(b"secret", BODY, hashlib.sha1).hexdigest()
    prove_signed(call(proof=proof), "proof", "secret", kind="sha1")
    with pytest.raises(Forged):
        prove_signed(call(proof=given), "proof", "secret", kind="sha1")
    with pytest.raises(Forged):
        prove_signed(call(proof=proof), "proof", "", kind="sha1")


@pytest.mark.parametrize(("given", "secret"), [("", "secret"), ("secre", "secret"), ("\udcff", "secret"), ("", "")])
def test_a_call_without_the_secret_is_forged(given: str, secret: str) -> None:
    prove_secret(call(proof="secret"), "proof", "secret")
    with pytest.raises(Forged):
        prove_secret(call(proof=given), "proof", secret)


def test_names_that_are_not_there_are_named() -> None:
    assert all_there("Vendor", "group", ["", ""], {"Sales"}) == []
    assert [each.ok for each in all_there("Vendor", "group", ["Sales", "7"], {"Sales"}, numbers=True)] == [True]
    (finding,) = all_there("Vendor", "group", ["Sales", "7", "Gone"], {"Sales", "Care"})
    assert (finding.what, finding.remedy) == ("Vendor has no group 7, Gone", "Known: Care, Sales.")


def test_a_helpdesk_that_cannot_call_is_asked() -> None:
    assert only_asked("Vendor", "a secret", 60) == []
    assert [each.what for each in only_asked("Vendor", "", 0.5)] == ["no webhook_secret: Vendor is asked every 0.5 s"]
