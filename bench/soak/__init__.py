"""Soak: a storm of conversations while programs are killed, and the account of every message afterwards."""
