"""What connectors of helpdesks do alike with what they are told: numbers, times, proofs, names that must exist."""

import datetime
import hmac
from collections.abc import Collection, Iterable

from connectors.channel import Finding, Request
from connectors.errors import Forged, Undeliverable
from connectors.findings import bad, good
from connectors.http import same_secret


def ticket_number(ticket_id: str) -> int:
    """The number that a helpdesk gave a ticket. Raises `Undeliverable` for what is none."""
    if not (ticket_id.isascii() and ticket_id.isdecimal()):
        raise Undeliverable("there is no such ticket")
    return int(ticket_id)


def milliseconds(moment: object) -> int:
    """A time of ISO 8601 in ms; 0 where it is none."""
    try:
        return int(datetime.datetime.fromisoformat(str(moment)).timestamp() * 1000)
    except ValueError:
        return 0


def stamp(at: float) -> str:
    """Seconds since 1970 as helpdesks write them in UTC, without fractions."""
    return f"{datetime.datetime.fromtimestamp(at, datetime.UTC):%Y-%m-%dT%H:%M:%SZ}"


def prove_signed(request: Request, header: str, secret: str, *, kind: str) -> None:
    """Raise `Forged` unless `header` has the HMAC of the body as `kind=hex`, where `kind` is sha1 or sha256."""
    expected = hmac.new(secret.encode(), request.body, kind).hexdigest()
    if not secret or not same_secret(request.headers.get(header, ""), f"{kind}={expected}"):
        raise Forged("the signature is wrong", code="bad_signature")


def prove_secret(request: Request, header: str, secret: str) -> None:
    """Raise `Forged` unless `header` has the secret."""
    if not secret or not same_secret(request.headers.get(header, ""), secret):
        raise Forged("the secret is wrong", code="bad_secret")


def all_there(
    vendor: str, what: str, wanted: Iterable[str], names: Collection[str], *, numbers: bool = False
) -> list[Finding]:
    """Whether what the settings name is there; nothing where they name nothing. `numbers`: a number may stand for a
    name, and is not looked up.
    """
    asked = {each for each in wanted if each}
    missing = sorted(each for each in asked - set(names) if not (numbers and each.isdecimal()))
    if missing:
        return [bad(f"{vendor} has no {what} {', '.join(missing)}", f"Known: {', '.join(sorted(names))}.")]
    return [good(f"each {what} is there")] if asked else []


def only_asked(vendor: str, secret: str, poll_s: float) -> list[Finding]:
    """That nobody calls us, where there is no secret by which a call could be believed."""
    return [] if secret else [good(f"no webhook_secret: {vendor} is asked every {poll_s:g} s")]
