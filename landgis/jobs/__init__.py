"""Work that outlives a request: a queue in the same PostgreSQL, and the worker that empties it."""
