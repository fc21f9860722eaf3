"""Heights as a picture: tinted by height, shaded by the light from the north-west."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Heights = NDArray[np.float64]

SUN = (-0.5, 0.5, 0.7071)
"""Where the light comes from: east, north, up; 315 degrees, 45 degrees high, as maps have it."""

DARKEST, BRIGHTEST = 0.55, 1.15
"""What shading makes of a tint in the darkest shadow and in full light."""


class Stop(NamedTuple):
    """A colour and where in the range of heights it stands, 0 to 1."""

    share: float
    red: int
    green: int
    blue: int


RAMP = (
    Stop(0.0, 168, 198, 143),
    Stop(0.25, 219, 221, 163),
    Stop(0.5, 226, 200, 143),
    Stop(0.75, 199, 160, 116),
    Stop(1.0, 236, 230, 224),
)
"""Green lowland to pale heights, light enough for lines and numbers above it."""


def _tints() -> Heights:
    stops = np.array(RAMP)
    steps = np.linspace(0, 1, 256)
    return np.stack([np.interp(steps, stops[:, 0], stops[:, band]) for band in (1, 2, 3)], axis=1)


TINTS = _tints()
"""The ramp in 256 steps, ``(256, 3)``."""


def legend(low: float, high: float) -> list[tuple[float, str]]:
    """Answer heights with the colour that stands for each, lowest first, as ``#rrggbb``."""
    return [
        (
            round(low + stop.share * (high - low), 2),
            f"#{stop.red:02x}{stop.green:02x}{stop.blue:02x}",
        )
        for stop in RAMP
    ]


def picture(ground: Heights, *, low: float, high: float, pixel_m: float) -> NDArray[np.uint8]:
    """Answer ``(4, h - 2, w - 2)`` red, green, blue, opacity of ``(h, w)`` heights.

    Parameters
    ----------
    ground
        With one row and column more on each side than is drawn; NaN: no height.
    low, high
        Heights that get the first and the last colour.
    pixel_m
        Side of a pixel on the ground, in the unit of the heights.
    """
    centre = ground[1:-1, 1:-1]
    is_known = np.isfinite(centre)
    steps = (centre - low) * ((len(TINTS) - 1) / max(high - low, 1e-9))
    steps = np.clip(np.where(is_known, steps, 0), 0, len(TINTS) - 1)
    lit = TINTS[steps.astype(np.intp)] * np.where(is_known, _light(ground, pixel_m), 0)[..., None]
    result = np.empty((4, *centre.shape), dtype=np.uint8)
    result[:3] = np.moveaxis(np.clip(lit, 0, 255), 2, 0)
    result[3] = np.where(is_known, 255, 0)
    return result


def _light(ground: Heights, pixel_m: float) -> Heights:
    """Answer how light each inner pixel is, by the slope between its four neighbours."""
    centre = ground[1:-1, 1:-1]
    west, east, north, south = (
        np.where(np.isfinite(side), side, centre)  # at an edge the ground goes on level
        for side in (ground[1:-1, :-2], ground[1:-1, 2:], ground[:-2, 1:-1], ground[2:, 1:-1])
    )
    rise_east, rise_north = (east - west) / (2 * pixel_m), (north - south) / (2 * pixel_m)
    # The normal of the ground is (-rise_east, -rise_north, 1).
    facing = SUN[2] - SUN[0] * rise_east - SUN[1] * rise_north
    cosine = np.clip(facing / np.sqrt(rise_east**2 + rise_north**2 + 1), 0, 1)
    light: Heights = np.interp(cosine, (0, SUN[2], 1), (DARKEST, 1.0, BRIGHTEST))
    return light
