"""The shape of the database over time, forward only."""
