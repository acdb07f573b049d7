"""All vendors at once, for tests of the whole service: their benches, and servers on a loop of their own."""

import asyncio
import importlib
import pkgutil
import threading
from collections.abc import Collection, Coroutine
from typing import Any

import tests.fakes.vendors
from connectors.registry import VENDORS
from tests.contract.vendor_bench import VendorBench

OURSELVES = "everyone"


def _benches() -> dict[str, type[VendorBench]]:
    for module in pkgutil.iter_modules(tests.fakes.vendors.__path__):
        if module.name != OURSELVES:
            importlib.import_module(f"tests.fakes.vendors.{module.name}")
    found: dict[str, type[VendorBench]] = {}
    for bench in VendorBench.__subclasses__():
        if bench.kind in VENDORS:
            found.setdefault(bench.kind, bench)
    return found


BENCHES = _benches()
"""Kind → the first bench that its modules define."""


class Vendors:
    """Vendors at the wire, on an event loop of their own, beside the tests' many loops."""

    def __init__(self, kinds: Collection[str] = tuple(BENCHES)) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()
        self.benches = {kind: BENCHES[kind](BENCHES[kind].vendor_class()) for kind in kinds}
        for bench in self.benches.values():
            self.run(bench.vendor.__aenter__())

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Do something on the vendors' loop, and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    def close(self) -> None:
        """Close the servers, then the loop."""
        for bench in self.benches.values():
            self.run(bench.vendor.__aexit__())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()
