"""Tiles: what a layer folder says, which square a tile covers, and the statement that makes it."""
