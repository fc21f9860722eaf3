"""Documents out: the report of an import."""
