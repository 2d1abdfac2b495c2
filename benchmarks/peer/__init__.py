"""The `eventsourcing` library on the same PostgreSQL, in a process of its own."""
