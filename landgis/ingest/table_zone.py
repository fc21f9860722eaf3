"""The coordinate system that the title of a table names."""

from collections.abc import Mapping

SIX_DEGREE_SCALE = 0.9996
THREE_DEGREE_SCALE = 0.9999


def zone_code(
    zones: Mapping[tuple[float, bool] | int, int],
) -> tuple[str | None, list[tuple[str, str]]]:
    """Answer the one system that titles name, with where; None for none or several."""
    codes: dict[int, int] = {}
    for zone, line in zones.items():
        code = zone if isinstance(zone, int) else _vn2000(*zone)
        if code is not None:
            codes.setdefault(code, line)
    said = [("zone_named", f"line {line} names EPSG:{code}") for code, line in codes.items()]
    if len(codes) == 1:
        return f"EPSG:{next(iter(codes))}", said
    return None, said


def _vn2000(meridian: float, is_six_degrees: bool) -> int | None:  # noqa: FBT001
    from landgis import geodesy  # it takes pyproj along, which other files do not need

    scale = SIX_DEGREE_SCALE if is_six_degrees else THREE_DEGREE_SCALE
    for code, (known, k0) in geodesy.VN2000_MERIDIANS.items():
        if (known, k0) == (meridian, scale):
            return code
    return None
