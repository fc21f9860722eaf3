"""The HTTP shell: parse, call a story, render."""
