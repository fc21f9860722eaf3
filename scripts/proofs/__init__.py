"""Long proofs: kills, races and storms of edits against real servers and a real database."""
