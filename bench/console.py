"""The console at work: 5,000 open tickets and 100,000 messages, a real service and a real browser.

    python -m bench.console [--json] [--database URL] [--tickets 5000] [--messages 100000]

Lists and the search are asked over HTTP, as the console asks; what is painted is measured in Chromium, from the click
or the frame's arrival to the picture.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import typer
from playwright.async_api import Page, async_playwright

from bench.busy_desk import RARE, fill
from bench.desk_client import Console
from bench.figures import latency, print_json, screen, show
from bench.installation import ADMIN_PASSWORD, FrontDoor
from bench.processes import BenchError, Measured, machine
from bench.questions import phrasings
from frontdoor.programs import CODE
from frontdoor.settings import load
from storage.database import Database
from storage.migrate import upgrade

CHROMIUM = "/usr/bin/chromium"
TIMES = 30
INDEXED_WITHIN_S = 900.0
VIEWS = ("queue", "mine", "team", "breaching", "all", "resolved")
SEARCHES = {
    "english, rare": (RARE["en"], "FD-BENCH0042", "customer77@example.com", "HL0000000123"),
    "english, common": ("order", "the", "return", "how do", "delivery refund"),
    "chinese, rare": (RARE["zh"], "陈志强 飞艇", "13800000077"),
    "chinese, common": ("退货", "订单", "怎么", "退", "配送时间"),
    "with operators": ("from:customer order", "channel:telegram 退货", "after:2026-01-01 return", '"how do i"'),
}
NOTE_FRAMES = """
  window.arrived = 0;
  window.painted = [];
  const Real = WebSocket;
  window.WebSocket = class extends Real {
    constructor(...args) {
      super(...args);
      this.addEventListener("message", ({ data }) => {
        if (!data.includes('"type": "ticket"') && !data.includes('"type":"ticket"')) return;
        const arrived = performance.now();
        requestAnimationFrame(() => requestAnimationFrame(() => window.painted.push(performance.now() - arrived)));
      });
    }
  };
"""
SHOWN = """view => new Promise((resolve) => {
  const began = performance.now();
  location.hash = `#/${view}`;
  const look = () => {
    const here = document.querySelector(`.tabs [aria-current="page"][href="#/${view}"]`) || view === "all";
    const settled = !document.querySelector('.tickets[aria-busy="true"]') && document.querySelector(".ticket-row");
    if (here && settled) requestAnimationFrame(() => resolve(performance.now() - began));
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})"""


class Service(FrontDoor):
    """Only the service: nobody talks to the bot here."""

    def start(self) -> float:
        """`frontdoor serve`; the seconds until it answers. Raises BenchError."""
        log = self.root / "serve.log"
        self._process = Measured(self._command("serve"), cwd=self.root, environment=self._environment, log=log)
        return self._process.wait_until_ready(f"{self.url}/healthz", 120)


async def prepare(system: Service, opened: int, said: int) -> list[str]:
    """Fill the database before the service starts; the tickets' ids."""
    database = Database(load(system.root, system.environment).database_url)
    await upgrade(database)
    ids = await database.write(fill, phrasings(CODE / "data" / "kb"), opened=opened, said=said)
    await database.close()
    return ids


async def timed(ask: Callable[[], Awaitable[Any]], times: int = TIMES) -> list[float]:
    """The seconds each of some calls takes."""
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        await ask()
        seconds.append(time.perf_counter() - started)
    return seconds


async def get(console: Console, path: str, **params: str) -> Any:
    """What the console would get. Raises BenchError."""
    async with console.http.get(f"/desk/api/{path}", params=params) as response:
        if response.status != 200:
            raise BenchError(f"{path} was refused: status {response.status}: {await response.text()}")
        return await response.json()


async def indexed(console: Console) -> float:
    """Wait until everything can be found; the seconds. Raises BenchError."""
    started = time.monotonic()
    while (await get(console, "search", q="order"))["waiting"]:
        if time.monotonic() - started > INDEXED_WITHIN_S:
            raise BenchError("the index is not ready")
        await asyncio.sleep(0.5)
    return time.monotonic() - started


async def over_http(console: Console) -> dict[str, dict[str, Any]]:
    """Lists, counts and searches."""
    lists: list[float] = []
    for view in VIEWS:
        lists += await timed(lambda view=view: get(console, "tickets", view=view, limit="100"))  # type: ignore[misc]
    results = {"list": latency(lists, 50, 95), "counts": latency(await timed(lambda: get(console, "counts")), 50, 95)}
    everything: list[float] = []
    for name, queries in SEARCHES.items():
        seconds: list[float] = []
        for q in queries:
            seconds += await timed(lambda q=q: get(console, "search", q=q), 10)  # type: ignore[misc]
        results[f"search: {name}"] = latency(seconds, 50, 95)
        everything += seconds
    return results | {"search": latency(everything, 50, 95)}


async def in_browser(system: Service, console: Console, ids: list[str]) -> dict[str, Any]:
    """What is painted, and when."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = await browser.new_page(viewport={"width": 1440, "height": 900}, locale="en-GB")
        await page.add_init_script(NOTE_FRAMES)
        await page.goto(f"{system.url}/desk/#/all")
        await page.get_by_label("User name").fill("admin")
        await page.get_by_label("Password", exact=True).fill(f"{ADMIN_PASSWORD}-2")
        await page.get_by_role("button", name="Sign in", exact=True).click()
        await page.wait_for_selector(".ticket-row")
        shown = [await page.evaluate(SHOWN, view) / 1000 for _ in range(TIMES // 3) for view in ("queue", "all")]
        known = await everything_known(page, len(ids))
        await page.evaluate("window.painted.length = 0")
        for number in range(TIMES):
            await console.note(ids[number * 7], f"Note {number}", f"bench-note-{number:04d}")
            await page.wait_for_function("count => window.painted.length > count", arg=number)
        painted = [each / 1000 for each in await page.evaluate("window.painted")]
        heap = await page.evaluate("performance.memory.usedJSHeapSize")
        rows = await page.locator(".ticket-row").count()
        await browser.close()
    return {
        "view, click to paint": latency(shown, 50, 95),
        "ticket, frame to paint": latency(painted, 50, 95),
        "page": {"tickets_known": known, "rows_in_page": rows, "heap_mb": round(heap / 1e6, 1)},
    }


async def everything_known(page: Page, count: int) -> int:
    """Scroll until the page knows all tickets: the hardest case for what changes afterwards."""
    known = 0
    for _ in range(count // 50):
        known = int(await page.locator(".tickets > li").first.get_attribute("aria-setsize") or 0)
        if known >= count:
            break
        await page.locator("#tickets").evaluate("list => { list.scrollTop = list.scrollHeight; }")
        await page.wait_for_timeout(60)
    return known


async def measure(system: Service, ids: list[str]) -> dict[str, Any]:
    """All of it."""
    async with Console(system.url) as console:
        index_s = await indexed(console)
        results: dict[str, Any] = await over_http(console)
        results |= await in_browser(system, console, ids)
    memory = system.rss_mb()
    return results | {"service": {"index_s": round(index_s, 1), "rss_mb": round(memory) if memory else None}}


def main(
    json: Annotated[bool, typer.Option("--json", help="Print one object as the last line.")] = False,
    database: Annotated[str, typer.Option(help="An empty database, such as postgresql+psycopg://…")] = "",
    tickets: Annotated[int, typer.Option(min=100, help="Open tickets.")] = 5_000,
    messages: Annotated[int, typer.Option(min=2_000, help="Messages.")] = 100_000,
) -> None:
    """Measure lists, search and screen of a very busy desk."""
    described = machine()
    environment = {"FRONTDOOR_DATABASE_URL": database} if database else {}
    with Service(environment=environment) as system:
        screen.print("Filling the desk …")
        ids = asyncio.run(prepare(system, tickets, messages))
        system.add_admin()
        system.start()
        results = asyncio.run(measure(system, ids))
    show(f"The console with {len(ids):,} open tickets", results)
    if json:
        kind = "postgresql" if database else "sqlite"
        print_json({"tickets": len(ids), "messages": messages, "database": kind, **results, "machine": described})


if __name__ == "__main__":
    typer.run(main)
