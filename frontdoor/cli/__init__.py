"""The command line: `frontdoor …`, one file per group of commands."""
