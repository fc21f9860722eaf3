"""The change feed: what every revision did, in commit order, and how a copy proves itself."""
