"""The conformance kit: whether somebody's endpoint does what docs/handoff/webhook.md asks of it."""
