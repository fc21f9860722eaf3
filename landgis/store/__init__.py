"""PostGIS: the private cluster, the tables, and the one writer of the register."""
