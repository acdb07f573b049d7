"""What can go wrong with orders.

OrderError
├── OrdersUnavailable   the source did not answer, or not in time: try later
├── MalformedOrder      the source answered something that is no order: its operator must look
└── OrderSettingsError  the source is not configured properly: named at the first use
"""


class OrderError(Exception):
    """Base of everything a source raises. Messages carry no personal data."""


class OrdersUnavailable(OrderError):
    """The source can't be reached, refuses us or takes too long."""


class MalformedOrder(OrderError):
    """A field is missing or wrong."""

    def __init__(self, field: str, expected: str) -> None:
        super().__init__(f"{field}: expected {expected}")


class OrderSettingsError(OrderError):
    """An environment variable is missing or wrong."""
