"""Puts figures of real runs into docs/performance.md: the lines between its two markers are written from JSON results.

python -m bench.turns --json | tail -1 > results/turns.json      (likewise handoff, replay, life, soak)
python -m bench.performance_page results
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from bench.figures import screen
from bench.visitor import Outcome
from frontdoor.programs import CODE

PAGE = CODE / "docs" / "performance.md"
BEGIN, END = "<!-- figures -->", "<!-- /figures -->"

# (what, key in the results, target, whether less is better)
TURNS = (
    ("a turn, p50", "p50_ms", "≤ 20 ms", True),
    ("a turn, p99", "p99_ms", "≤ 60 ms", True),
    ("a turn with 8 customers at once, p50", "p50_ms_of_8", "–", True),
    ("a turn with 8 customers at once, p99", "p99_ms_of_8", "–", True),
    ("turns per second, all different", "turns_per_s_unique", "≥ 70", False),
    ("turns per second, Zipf mix of 500", "turns_per_s_zipf", "≥ 150", False),
    ("turn 400 ÷ turn 10", "turn400_over_turn10", "≤ 1.2", True),
    ("start to ready, s", "ready_s", "≤ 15", True),
    ("training after a clone, s", "train_s", "≤ 40", True),
    ("training again, s", "retrain_s", "–", True),
    ("memory of all processes, MB", "rss_mb", "≤ 1,024", True),
)
HANDOFF = (("handoff to the console, p50", "p50_ms", "–"), ("handoff to the console, p99", "p99_ms", "≤ 250 ms"))
REPLAY = ("sent", "lost", "duplicated", "out_of_order", "p50_ms", "p95_ms", "p99_ms", *map(str, Outcome))

# (what, key in the results of each run)
LIFE = (
    ("messages", "messages"),
    ("handoffs", "handoffs"),
    ("a turn, last quarter ÷ first quarter, p50", "last_over_first"),
    ("a turn, last quarter ÷ first quarter, p99", "last_over_first_p99"),
    ("memory after the first twentieth, MB", "memory_first_mb"),
    ("memory at the end, MB", "memory_last_mb"),
    ("memory gained in the second half, MB", "memory_growth_second_half_mb"),
    ("bytes on disk per message", "bytes_per_message"),
    ("… of which the service's database", "service_bytes_per_message"),
    ("… of which the trackers' database", "tracker_bytes_per_message"),
    ("bytes on disk per conversation", "bytes_per_conversation"),
    ("messages in the history of a page that comes back", "history_messages"),
    ("… and the seconds until it has them", "history_s"),
)

# (what, key in the results, target, key of the peer)
SCALE = (
    ("search, one at a time, p50 ms", "search_p50_ms", "–", "peer_p50_ms"),
    ("search, one at a time, p95 ms", "search_p95_ms", "≤ 30", "peer_p95_ms"),
    ("… of which the processor works, mean ms", "search_cpu_ms", "–", None),
    ("search, four at once, p50 ms", "search_4_at_once_p50_ms", "–", None),
    ("search, four at once, p95 ms", "search_4_at_once_p95_ms", "≤ 30", None),
    ("memory with all that is mapped, MB", "search_mb", "≤ 1,024", "peer_mb"),
    ("opening the saved index, s", "open_s", "–", None),
    ("an edited article in the index, p95 ms", "edit_p95_ms", "≤ 5,000", None),
    ("the first is that of a comparison with all", "recall@1", "–", None),
    ("of the ten that a comparison with all ranks first", "recall@10", "–", None),
    ("questions whose article is among the ten", "hit@10", "–", None),
    ("building without embedding, s", "build_s", "–", None),
    ("memory while building, MB", "build_mb", "–", None),
    ("the index on disk, MB", "index_disk_mb", "–", None),
)

# (what, key in the results, target in ms of p50 or p95)
CONSOLE = (
    ("a page of a list, all views (HTTP)", "list", "≤ 200 ms"),
    ("a view, from the click to the picture", "view, click to paint", "≤ 200 ms"),
    ("one ticket's change, from its frame to the picture", "ticket, frame to paint", "–"),
    ("the counts of all views", "counts", "–"),
    ("search, all of the below", "search", "p95 ≤ 300 ms"),
    ("… English, rare words and numbers", "search: english, rare", "–"),
    ("… English, common words", "search: english, common", "–"),
    ("… Chinese, rare words", "search: chinese, rare", "–"),
    ("… Chinese, common words", "search: chinese, common", "–"),
    ("… with operators", "search: with operators", "–"),
)

# (what, key in the results, target)
FLOOD = (
    ("taken in a minute, at this rate", "per_minute", "≥ 10,000"),
    ("offered after one that came later", "overtaken", "0"),
    ("opening one, p99 ms", "opened.p99_ms", "–"),
    ("the first page of the queue meanwhile, p99 ms", "first_page.p99_ms", "≤ 200"),
    ("the counts of all views meanwhile, p99 ms", "counts.p99_ms", "–"),
    ("an offer on its agent's screen, p99 ms", "offer_on_screen.p99_ms", "≤ 250"),
    ("consoles that could not follow", "consoles_cut_off", "0"),
)
DAY = (
    ("agents", "agents"), ("times that a promise was looked at", "checks"), ("restarts", "restarts"),
    ("outages of the desk", "outages"), ("offers", "offers"), ("… that were ignored", "ignored"),
    ("promises (SLA) broken", "sla_breached"), ("escalated by themselves", "escalated"),
    ("waiting, p50 s of the day", "wait_p50_s"), ("waiting, p95 s of the day", "wait_p95_s"),
)  # fmt: skip
HELPDESK = (
    ("tickets opened within that minute", "opened_in_the_minute"), ("until the ticket is there, p50 ms", "p50_ms"),
    ("until the ticket is there, p99 ms", "p99_ms"), ("tickets lost", "tickets_lost"),
    ("tickets doubled", "tickets_doubled"), ("messages lost", "lines_lost"), ("messages doubled", "lines_doubled"),
)  # fmt: skip


class ResultError(Exception):
    """Results that must not or cannot be published; the message says which and why."""


def turns_table(result: Mapping[str, Any]) -> str:
    """Ours beside the peer of the same run, with the ratio. Raises ResultError for a quick run."""
    if result.get("quick"):
        raise ResultError("turns.json is of a quick run: run bench.turns without --quick")
    ours, stock = result["ours"], result.get("stock", {})
    lines = ["| what | ours | target | stock Rasa | ratio |", "|---|---|---|---|---|"]
    for what, key, target, less in TURNS:
        mine, theirs = ours.get(key), stock.get(key)
        lines.append(f"| {what} | {_figure(mine)} | {target} | {_figure(theirs)} | {_ratio(mine, theirs, less)} |")
    return "\n".join(lines)


def handoff_table(result: Mapping[str, Any]) -> str:
    """The handoff's two lines."""
    ours = result["ours"]
    lines = [f"| what ({ours['handoffs']} handoffs) | ours | target |", "|---|---|---|"]
    lines += [f"| {what} | {_figure(ours[key])} ms | {target} |" for what, key, target in HANDOFF]
    return "\n".join(lines)


def replay_table(result: Mapping[str, Any]) -> str:
    """The replay, all and by language."""
    columns = {"all": result, **result["by_language"]}
    head = f"| replay, {result['conversations']} at a time | {' | '.join(columns)} |"
    lines = [head, "|---" * (len(columns) + 1) + "|"]
    lines += [f"| {key} | {' | '.join(_figure(column.get(key)) for column in columns.values())} |" for key in REPLAY]
    return "\n".join(lines)


def life_table(result: Mapping[str, Any]) -> str:
    """Long life: the one conversation and the many, and how they went, as a picture."""
    one, many = result["one_conversation"], result["many_conversations"]
    lines = [
        f"| long life | one conversation of {one['turns']:,} turns | {many['conversations']:,} conversations |",
        "|---|---|---|",
    ]
    lines += [f"| {what} | {_figure(one.get(key))} | {_figure(many.get(key))} |" for what, key in LIFE]
    return "\n".join([*lines, "", "![Latency and memory of both runs](images/life.svg)"])


def soak_table(result: Mapping[str, Any]) -> str:
    """The soak test, a column for each seed. Raises ResultError when something went wrong in it."""
    seeds = result["seeds"]
    if faults := [f"seed {seed}: {wrong}" for seed, of_it in seeds.items() for wrong in of_it.get("wrong", ())]:
        raise ResultError(f"soak.json is of a run in which something went wrong: {faults[0]}")
    rows: dict[str, list[str]] = {}
    for of_it in seeds.values():
        kills = ", ".join(f"{program} {count}" for program, count in of_it["kills"].items())
        told = {name: value for name, value in of_it.items() if name not in {"wrong", "kills"}}
        for name, value in {**{name: f"{value:,}" for name, value in told.items()}, "kills": kills}.items():
            rows.setdefault(name.replace("_", " "), []).append(value)
    lines = [f"| soak | {' | '.join(f'seed {seed}' for seed in seeds)} |", "|---" * (len(seeds) + 1) + "|"]
    return "\n".join([*lines, *(f"| {name} | {' | '.join(values)} |" for name, values in rows.items())])


def scale_table(result: Mapping[str, Any]) -> str:
    """Search in a large base, beside the comparison with everything in the same run."""
    head = f"{result['articles']:,} articles, {result['documents']:,} texts, {result['vectors']:,} vectors"
    lines = [f"| {head} | ours | target | comparing with all |", "|---|---|---|---|"]
    for what, key, target, peer in SCALE:
        theirs = result.get(peer) if peer else None
        lines.append(f"| {what} | {_rounded(result.get(key))} | {target} | {_rounded(theirs)} |")
    return "\n".join(lines)


def console_table(result: Mapping[str, Any]) -> str:
    """The console of a busy desk."""
    on = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[result["database"]]
    head = f"console, {result['tickets']:,} open tickets and {result['messages']:,} messages on {on}"
    lines = [f"| {head} | p50 ms | p95 ms | target |", "|---|---|---|---|"]
    for what, key, target in CONSOLE:
        lines.append(f"| {what} | {_figure(result[key]['p50_ms'])} | {_figure(result[key]['p95_ms'])} | {target} |")
    page, service = result["page"], result["service"]
    about = (
        f"With all {page['tickets_known']:,} tickets known to the page it holds {page['rows_in_page']} rows and "
        f"{page['heap_mb']} MB; the service has {_figure(service['rss_mb'])} MB."
    )
    return "\n".join([*lines, "", about])


def flood_table(result: Mapping[str, Any]) -> str:
    """Ten thousand handoffs at once, at the built-in desk."""
    lines = [
        f"| flood, {result['handoffs']:,} handoffs at once at the built-in desk | ours | target |",
        "|---|---|---|",
    ]
    for what, key, target in FLOOD:
        lines.append(f"| {what} | {_figure(_at(result, key))} | {target} |")
    return "\n".join(lines)


def day_table(result: Mapping[str, Any]) -> str:
    """A simulated day. A promise that is broken ends the run, so there are no figures of such a day."""
    lines = [f"| a day of {result['conversations']:,} conversations, simulated | |", "|---|---|"]
    return "\n".join([*lines, *(f"| {what} | {_figure(result[key])} |" for what, key in DAY)])


def helpdesk_table(result: Mapping[str, Any]) -> str:
    """A helpdesk with trouble, beside trying again after any failure."""
    ours, theirs = result["ours"], result["tried again"]
    wrong = f"{ours['troubles']} of {ours['requests']:,} requests go wrong"
    head = f"{ours['handoffs']:,} handoffs within a minute to a helpdesk, {wrong}"
    lines = [f"| {head} | ours | tried again after any failure |", "|---|---|---|"]
    return "\n".join(
        [*lines, *(f"| {what} | {_figure(ours[key])} | {_figure(theirs.get(key))} |" for what, key in HELPDESK)]
    )


TABLES = {
    "turns.json": turns_table,
    "handoff.json": handoff_table,
    "replay.json": replay_table,
    "life.json": life_table,
    "soak.json": soak_table,
    "scale.json": scale_table,
    "console.json": console_table,
    "console-postgresql.json": console_table,
    "flood.json": flood_table,
    "day.json": day_table,
    "helpdesk.json": helpdesk_table,
}


def figures(folder: Path) -> str:
    """All tables there are results for, and the machine they are from. Raises ResultError if there are none."""
    parts = []
    for name, table in TABLES.items():
        if (folder / name).exists():
            result = json.loads((folder / name).read_text(encoding="utf-8"))
            parts.append(f"{table(result)}\n\n{_machine(result['machine'])}")
    if not parts:
        raise ResultError(f"no results in {folder}: it needs one of {', '.join(TABLES)}")
    return "\n\n".join(parts)


def written(page: str, content: str) -> str:
    """The page with its figures replaced. Raises ResultError without the markers."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ResultError(f"{PAGE.name} needs the lines {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{content}\n{END}{after}"


def main(
    folder: Annotated[Path, typer.Argument(help="Folder with the results, such as turns.json.")],
) -> None:
    """Write the figures into docs/performance.md."""
    try:
        PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), figures(folder)), encoding="utf-8")
    except ResultError as error:
        raise typer.BadParameter(str(error)) from error
    screen.print(f"Wrote {PAGE}")


def _at(result: Mapping[str, Any], key: str) -> Any:
    """A figure within others: `opened.p99_ms`."""
    outer, _, inner = key.partition(".")
    return result[outer][inner] if inner else result[outer]


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:,}"


def _rounded(value: float | None) -> str:
    return "–" if value is None else f"{value:,.2f}" if value < 10 else f"{value:,.0f}"


def _ratio(mine: float | None, theirs: float | None, less: bool) -> str:
    if not mine or not theirs:
        return "–"
    return f"{theirs / mine if less else mine / theirs:.1f}×"


def _machine(machine: Mapping[str, Any]) -> str:
    return (
        f"{machine['cores']} cores, {machine['memory_gb']} GB, {machine['system']}; "
        f"load average before the run {machine['load_before']}."
    )


if __name__ == "__main__":
    typer.run(main)
