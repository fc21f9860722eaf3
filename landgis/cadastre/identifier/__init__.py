"""The national identifier of a parcel: its feature point, as a GeoHash of twelve characters."""

from landgis.cadastre.identifier.feature_point import PROCEDURE, feature_points

__all__ = ["PROCEDURE", "feature_points"]
