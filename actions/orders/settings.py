"""Which source is used, from the environment."""

import os
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from pathlib import Path

from actions.orders.demo import DemoOrders
from actions.orders.errors import OrderSettingsError
from actions.orders.http import HttpOrders
from actions.orders.source import OrderSource


@lru_cache(maxsize=1)
def order_source() -> OrderSource:
    """The source of this process.

    Raises OrderSettingsError.
    """
    return source_from(os.environ)


def source_from(environment: Mapping[str, str]) -> OrderSource:
    """The source that `FRONTDOOR_ORDER_SOURCE` names: `demo`, `http`, or `package.module:callable` of your own.

    Raises OrderSettingsError naming the variable.
    """
    name = environment.get("FRONTDOOR_ORDER_SOURCE", "demo")
    if name == "demo":
        return DemoOrders(Path(environment.get("FRONTDOOR_ORDER_FILE", "data/orders/demo.json")))
    if name == "http":
        url = environment.get("FRONTDOOR_ORDER_URL", "")
        if not url.startswith(("http://", "https://")):
            raise OrderSettingsError("FRONTDOOR_ORDER_URL: set it to the address of your order system, https://…")
        return HttpOrders(url, token=environment.get("FRONTDOOR_ORDER_TOKEN", ""))
    return _own_source(name)


def _own_source(name: str) -> OrderSource:
    module, colon, attribute = name.partition(":")
    try:
        if not colon:
            raise AttributeError("no colon")
        source: OrderSource = getattr(import_module(module), attribute)()
    except (ImportError, AttributeError) as error:
        raise OrderSettingsError(
            f"FRONTDOOR_ORDER_SOURCE: {name!r} is not demo, http or an importable package.module:callable ({error})"
        ) from error
    return source
