"""The register by the standards of OGC API: collections, filters, coordinate systems."""
