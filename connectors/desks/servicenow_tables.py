"""What the kinds of tickets at ServiceNow have in different places.

The numbers are those of an instance as it is delivered; settings name others.
"""

from dataclasses import dataclass

from connectors.message import JSON


@dataclass(frozen=True, kw_only=True)
class Table:
    """One kind of ticket."""

    person: str  # column of the customer
    people: str  # table of customers
    open_state: str
    closed_states: tuple[str, ...]
    code: str  # column of the resolution code
    urgencies: dict[str, JSON]  # by ours: the columns that say it


TABLES = {
    "incident": Table(
        person="caller_id",
        people="sys_user",
        open_state="2",
        closed_states=("7", "8"),
        code="close_code",
        urgencies={
            "low": {"impact": "3", "urgency": "3"},
            "normal": {"impact": "3", "urgency": "2"},
            "high": {"impact": "2", "urgency": "2"},
            "urgent": {"impact": "2", "urgency": "1"},
        },
    ),
    "sn_customerservice_case": Table(
        person="contact",
        people="customer_contact",
        open_state="10",
        closed_states=("3", "7"),
        code="resolution_code",
        urgencies={
            "low": {"priority": "4"},
            "normal": {"priority": "3"},
            "high": {"priority": "2"},
            "urgent": {"priority": "1"},
        },
    ),
}
