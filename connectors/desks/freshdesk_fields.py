"""Values of custom fields as Freshdesk takes them: it refuses a whole ticket for one field of another type."""

import math
import re

from connectors.message import JSON


def typed(field: JSON, text: str) -> str | int | float | bool | None:
    """A value of the field's type (https://developers.freshdesk.com/api/#ticket-fields); None when there is none."""
    match field.get("type"):
        case "custom_number":
            return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else None
        case "custom_decimal":
            return _decimal(text)
        case "custom_checkbox":
            return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(text.lower())
        case "custom_date":
            return text if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
        case "custom_dropdown":
            return text if text in (field.get("choices") or ()) else None
        case _:
            return text or None


def _decimal(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
