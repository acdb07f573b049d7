"""Addresses as people see them who need not know all of it: enough to tell one from another."""

import regex

_PHONE = regex.compile(r"\+?\d{6,15}")


def masked(address: str) -> str:
    """`l…@example.com`, `+86…8000`, `oAbC…9xYz`."""
    name, at, domain = address.rpartition("@")
    if at and name and "." in domain:
        return f"{name[0]}…@{domain}"
    if _PHONE.fullmatch(address):
        return f"{address[:3]}…{address[-4:]}" if len(address) > 8 else f"…{address[-3:]}"
    return f"{address[:4]}…{address[-4:]}" if len(address) > 12 else f"{address[:1]}…{address[-2:]}"
