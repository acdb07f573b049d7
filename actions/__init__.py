"""Actions of the assistant, one file per ability; started with `python -m rasa_sdk --actions actions`."""
