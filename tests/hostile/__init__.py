"""Whatever is sent to the service: a clear, bounded answer, counted, and no other conversation is harmed."""
