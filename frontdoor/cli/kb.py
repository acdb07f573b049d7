"""`frontdoor kb …`: the knowledge base from the writer's side."""

import typer

from frontdoor.cli import kb_compare, kb_eval, kb_fit, kb_gaps, kb_import, kb_index, kb_lint, kb_search

app = typer.Typer(help="Import and check articles, and try what they answer.", no_args_is_help=True)
"""Shown by `frontdoor.cli.kb_later`."""
app.command("import")(kb_import.import_articles)
app.command()(kb_search.search)
app.command()(kb_lint.lint)
app.command()(kb_index.index)
app.command()(kb_compare.diff)
app.command()(kb_compare.export)
app.command("eval")(kb_eval.evaluate)
app.command("gaps")(kb_gaps.show)
app.command()(kb_fit.fit)
