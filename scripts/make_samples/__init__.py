"""Makes what is derived in ``data_samples/`` and the outlines of the jurisdiction ``vn-80``."""
