"""An order in words: which response of the domain tells it, and what fills the response's blanks."""

import calendar
from datetime import date, timedelta

from actions.orders.order import Item, Order, Parcel

_WEEKDAYS_ZH = ("一", "二", "三", "四", "五", "六", "日")
ITEMS_NAMED = 3


def response_for(order: Order) -> str:
    """The response that tells this order. A source may know less than its status promises: then the plainer one."""
    status = order.status
    if status in ("scheduled", "installation_booked") and order.appointment is None:
        status = "shipped" if status == "scheduled" else "delivered"
    if status == "delayed" and (order.reason is None or order.promised_on is None):
        status = "shipped"
    if status == "partially_shipped" and not order.parcels:
        status = "preparing"
    return f"say_order_{status}"


def blanks(order: Order, language: str, today: date) -> dict[str, str]:
    """What the response's placeholders stand for, in `language`."""
    return {
        "number": order.number,
        "items": items_in_words(order.items, language),
        "total": f"¥{order.total / 100:,.2f}".removesuffix(".00"),
        "expected_on": _day_or_soon(order.expected_on, language, today),
        "promised_on": _day_or_soon(order.promised_on, language, today),
        "done_on": _day_or_soon(order.done_on or order.placed_on, language, today),
        "appointment": _appointment(order, language, today),
        "reason": order.reason.in_language(language) if order.reason else "",
        "parcels": "\n".join(f"- {_parcel(parcel, language)}" for parcel in order.parcels),
    }


def short_title(order: Order, language: str) -> str:
    """An order as the title of a button."""
    first = order.items[0].name.in_language(language) if order.items else ""
    more = len(order.items) > 1
    if language == "zh":
        return f"{order.number} {first}{'等' if more else ''}".strip()
    return f"{order.number} {first}{' and more' if more else ''}".strip()


def items_in_words(items: tuple[Item, ...], language: str) -> str:
    """The items of an order in one line; only the first few are named."""
    named = [_item(item, language) for item in items[:ITEMS_NAMED]]
    more = len(items) > ITEMS_NAMED
    if language == "zh":
        return "、".join(named) + ("等" if more else "") or "商品"
    return ", ".join(named) + (" and more" if more else "") or "your goods"


def _item(item: Item, language: str) -> str:
    name = item.name.in_language(language)
    if item.quantity == 1:
        return name
    return f"{name} ×{item.quantity}" if language == "zh" else f"{item.quantity} × {name}"


def day_in_words(day: date, language: str, today: date) -> str:
    """A date as people say it: "today", "tomorrow (24 November)", "Wednesday, 25 November", "明天（11月24日）"."""
    distance = day - today
    if language == "zh":
        written = f"{day.month}月{day.day}日" if day.year == today.year else f"{day.year}年{day.month}月{day.day}日"
        near = {-1: "昨天", 0: "今天", 1: "明天", 2: "后天"}.get(distance.days, "")
        return f"{near}（{written}）" if near else f"{written}（周{_WEEKDAYS_ZH[day.weekday()]}）"
    written = f"{day.day} {calendar.month_name[day.month]}" + ("" if day.year == today.year else f" {day.year}")
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get(distance.days, "")
    if near:
        return f"{near} ({written})"
    return f"{calendar.day_name[day.weekday()]}, {written}" if abs(distance) < timedelta(days=7) else written


def _day_or_soon(day: date | None, language: str, today: date) -> str:
    if day is None:
        return "近日" if language == "zh" else "soon"
    words = day_in_words(day, language, today)
    return f"on {words}" if language == "en" and abs(day - today) > timedelta(days=1) else words


def _appointment(order: Order, language: str, today: date) -> str:
    if order.appointment is None:
        return ""
    day = day_in_words(order.appointment.on, language, today)
    return f"{day} {order.appointment.slot}" if language == "zh" else f"{day}, {order.appointment.slot}"


def _parcel(parcel: Parcel, language: str) -> str:
    items = parcel.items.in_language(language)
    by = f"{parcel.carrier.in_language(language)} {parcel.tracking}".strip()
    if language == "zh":
        return (
            f"{items}：{'已签收' if parcel.delivered else '运输中'}，{by}" if parcel.tracking else f"{items}：还没发出"
        )
    return (
        f"{items}: {'delivered' if parcel.delivered else 'on its way'}, {by}"
        if parcel.tracking
        else f"{items}: not sent yet"
    )
