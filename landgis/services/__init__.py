"""Short stories: load, publish, query, tiles, access. They reach the store through ports only."""
