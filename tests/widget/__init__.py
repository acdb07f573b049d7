"""The chat widget in a real browser, against a peer that speaks docs/protocol/web.md."""
