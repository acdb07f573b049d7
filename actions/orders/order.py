"""An order as the assistant tells it, and how one is read from JSON. The format is on docs/orders.md."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from actions.details import find_email, find_order_number, find_phone
from actions.orders.errors import MalformedOrder

STATUSES = (
    "unpaid",
    "preparing",
    "scheduled",  # large goods on their way, with a delivery appointment
    "shipped",
    "partially_shipped",
    "out_for_delivery",
    "delayed",
    "delivered",
    "installation_booked",
    "cancelled",
    "returning",
    "refunded",
)


@dataclass(frozen=True, kw_only=True)
class Wording:
    """The same words in both languages."""

    en: str
    zh: str

    def in_language(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, kw_only=True)
class Item:
    """What was bought; `quantity` at least 1."""

    name: Wording
    quantity: int


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """A part of the order that travels on its own. `carrier` and `tracking` are empty until it has left."""

    items: Wording
    carrier: Wording
    tracking: str
    delivered: bool


@dataclass(frozen=True, kw_only=True)
class Appointment:
    """A day and a slot, such as 13:00–17:00 (Beijing time)."""

    on: date
    slot: str


@dataclass(frozen=True, kw_only=True)
class Order:
    """One order. `phone` and `email` are what the customer gave with it, in normal form; total in fen (¥0.01).

    `done_on`: when it was delivered, cancelled or refunded. `promised_on` and `reason` belong to a delay.
    """

    number: str
    customer_id: str
    phone: str
    email: str
    status: str
    placed_on: date
    total: int
    items: tuple[Item, ...]
    parcels: tuple[Parcel, ...] = ()
    promised_on: date | None = None
    expected_on: date | None = None
    done_on: date | None = None
    appointment: Appointment | None = None
    reason: Wording | None = None

    def belongs_to(self, customer_id: str) -> bool:
        """Whether this is the verified customer's own order."""
        return bool(self.customer_id) and hmac.compare_digest(self.customer_id.encode(), customer_id.encode())

    def proven_by(self, proof: str) -> bool:
        """Whether `proof` is the order's phone number or e-mail address. Both are always compared, in constant time."""
        phone = hmac.compare_digest(self.phone.encode(), proof.encode())
        email = hmac.compare_digest(self.email.encode(), proof.encode())
        return bool(proof) and (phone | email)


def order_from_json(data: Any) -> Order:
    """The order in `data`.

    Raises MalformedOrder naming the field.
    """
    fields = _Fields(data, "order")
    number = fields.text("number")
    if find_order_number(number) != number:
        raise MalformedOrder("order.number", "HL and ten digits")
    status = fields.text("status")
    if status not in STATUSES:
        raise MalformedOrder("order.status", f"one of {', '.join(STATUSES)}")
    return Order(
        number=number,
        customer_id=fields.text("customer_id", ""),
        phone=find_phone(fields.text("phone", "")),
        email=find_email(fields.text("email", "")),
        status=status,
        placed_on=fields.day("placed_on"),
        total=fields.amount("total"),
        items=tuple(Item(name=item.wording("name"), quantity=item.count("quantity")) for item in fields.each("items")),
        parcels=tuple(
            Parcel(
                items=parcel.wording("items"),
                carrier=parcel.wording("carrier", Wording(en="", zh="")),
                tracking=parcel.text("tracking", ""),
                delivered=parcel.flag("delivered"),
            )
            for parcel in fields.each("parcels")
        ),
        promised_on=fields.optional_day("promised_on"),
        expected_on=fields.optional_day("expected_on"),
        done_on=fields.optional_day("done_on"),
        appointment=_appointment(fields),
        reason=fields.wording("reason") if fields.has("reason") else None,
    )


def _appointment(fields: "_Fields") -> Appointment | None:
    if not fields.has("appointment"):
        return None
    appointment = fields.inner("appointment")
    return Appointment(on=appointment.day("on"), slot=appointment.text("slot"))


class _Fields:
    """Reads fields of one JSON object, and names them when they are wrong."""

    def __init__(self, data: Any, where: str) -> None:
        if not isinstance(data, Mapping):
            raise MalformedOrder(where, "an object")
        self._data, self._where = data, where

    def has(self, name: str) -> bool:
        return self._data.get(name) is not None

    def text(self, name: str, default: str | None = None) -> str:
        value = self._data.get(name, default)
        if not isinstance(value, str) or (default is None and not value):
            raise self._wrong(name, "a text")
        return value

    def day(self, name: str) -> date:
        try:
            return date.fromisoformat(self.text(name))
        except ValueError:
            raise self._wrong(name, "a date such as 2026-11-01") from None

    def optional_day(self, name: str) -> date | None:
        return self.day(name) if self.has(name) else None

    def amount(self, name: str) -> int:
        """Yuan in JSON, such as 199 or 199.50; fen here."""
        value = self._data.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
            raise self._wrong(name, "an amount in yuan such as 199.50")
        return round(value * 100)

    def count(self, name: str) -> int:
        value = self._data.get(name, 1)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise self._wrong(name, "a whole number from 1")
        return value

    def flag(self, name: str) -> bool:
        value = self._data.get(name, False)
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false")
        return value

    def wording(self, name: str, default: Wording | None = None) -> Wording:
        """Either one text for both languages or an object with `en` and `zh`."""
        value = self._data.get(name)
        if value is None and default is not None:
            return default
        if isinstance(value, str) and value:
            return Wording(en=value, zh=value)
        inner = self.inner(name)
        return Wording(en=inner.text("en"), zh=inner.text("zh"))

    def inner(self, name: str) -> "_Fields":
        return _Fields(self._data.get(name), f"{self._where}.{name}")

    def each(self, name: str) -> list["_Fields"]:
        values = self._data.get(name, [])
        if not isinstance(values, list):
            raise self._wrong(name, "a list")
        return [_Fields(value, f"{self._where}.{name}[{index}]") for index, value in enumerate(values)]

    def _wrong(self, name: str, expected: str) -> MalformedOrder:
        return MalformedOrder(f"{self._where}.{name}", expected)
