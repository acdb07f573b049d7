"""The service: what customers write is stored, answered by the bot, or brought to people."""
