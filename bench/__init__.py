"""Benchmarks of the whole system. Each runs alone (`python -m bench.turns`), tells on standard error what it does, and
with `--json` prints one object as its last line. docs/performance.md has the results.
"""
