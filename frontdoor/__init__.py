"""The service: what customers write is stored, answered by the bot, or brought to people."""

__version__ = "0.1.0"
