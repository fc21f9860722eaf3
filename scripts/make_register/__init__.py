"""Makes registers of any size for benchmarks and proofs: messy, seeded, streamed."""
