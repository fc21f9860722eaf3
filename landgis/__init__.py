"""landgis: the land-data server of a province."""

__version__ = "0.1.0"
