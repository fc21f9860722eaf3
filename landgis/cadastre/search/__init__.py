"""Questions as people type them: folded text, words, names of units, coordinates, results."""
