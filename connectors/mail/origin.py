"""Whether the sender's domain vouches for a mail, as our own mail server found (Authentication-Results, RFC 8601).

Anybody can write such a header, so only the topmost one counts, and only when our server's name stands in it.
"""

import re

_COMMENT = re.compile(r"\([^()]*\)")
_RESULT = re.compile(r"\s*(spf|dkim|dmarc)\s*=\s*(\w+)(.*)", re.IGNORECASE | re.DOTALL)
_PROPERTY = re.compile(r"(smtp|header|policy)\.([\w-]+)\s*=\s*\"?([^\s\";]+)\"?", re.IGNORECASE)


def is_proven(header: str, *, server: str, address: str) -> bool:
    """Whether `server` found that the domain of `address` has signed the mail, or sent it (SPF), or DMARC passed."""
    domain = address.rpartition("@")[2].lower()
    return bool(address) and any(_vouches(result, domain) for result in _results(header, server))


def checks(header: str, *, server: str) -> str:
    """What `server` found, for humans to read: `dkim=pass spf=softfail`; empty where it says nothing."""
    matches = (_RESULT.match(result) for result in _results(header, server))
    found = {match[1].lower(): match[2].lower() for match in matches if match}
    return " ".join(f"{method}={found[method][:20]}" for method in sorted(found))


def _results(header: str, server: str) -> list[str]:
    """The results in a header, when our server wrote it."""
    name, _, results = _COMMENT.sub(" ", header).partition(";")
    return results.split(";") if server and name.split()[:1] == [server] else []


def _vouches(result: str, domain: str) -> bool:
    match = _RESULT.match(result)
    if not match or match[2].lower() != "pass":
        return False
    method = match[1].lower()
    properties = {f"{kind}.{name}".lower(): value.lower() for kind, name, value in _PROPERTY.findall(match[3])}
    named = {
        "dkim": properties.get("header.d") or properties.get("header.i", ""),
        "spf": properties.get("smtp.mailfrom", ""),
        "dmarc": properties.get("header.from", ""),
    }[method]
    return _aligned(named.rpartition("@")[2], domain)


def _aligned(named: str, domain: str) -> bool:
    """Whether one is the other or above it, and not a mere ending such as `com` (RFC 7489 section 3.1)."""
    return named == domain or ("." in named and domain.endswith(f".{named}"))
