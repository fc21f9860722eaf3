"""Random coverages: parcels that fit together, their boundaries crooked, some with holes."""

import numpy as np
import shapely

WEST, SOUTH = 11_812_345.6, 1_265_432.1
"""A place in Tây Ninh, EPSG:3857 metres."""


def coverage(
    seed: int, columns: int = 5, rows: int = 4, side: float = 60.0
) -> list[shapely.Geometry]:
    """Answer valid parcels without gap or overlap; the same seed gives the same."""
    chance = np.random.default_rng(seed)
    nodes = np.stack(np.meshgrid(np.arange(columns + 1), np.arange(rows + 1)), axis=-1) * side
    nodes = nodes + chance.uniform(-0.2, 0.2, nodes.shape) * side + [WEST, SOUTH]
    across = [[_line(chance, r[i], r[i + 1]) for i in range(columns)] for r in nodes]
    up = [
        [_line(chance, nodes[j, i], nodes[j + 1, i]) for i in range(columns + 1)]
        for j in range(rows)
    ]
    cells = []
    for j in range(rows):
        for i in range(columns):
            sides = across[j][i], up[j][i + 1], across[j + 1][i][::-1], up[j][i][::-1]
            ring = np.vstack([line[:-1] for line in sides])
            cells.append(shapely.Polygon(np.roll(ring, int(chance.integers(len(ring))), axis=0)))
    return _with_island(chance, _merged(chance, cells, columns))


def _line(chance: np.random.Generator, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Answer a crooked line: where neighbours lack no vertex, it is the same for both."""
    n = int(chance.integers(0, 9))
    share = np.sort(chance.uniform(0.05, 0.95, n))[:, None]
    # Less near the ends, where other lines begin.
    off = chance.uniform(-3.0, 3.0, (n, 1)) * 4 * share * (1 - share)
    off = off * (end - start)[::-1] / np.linalg.norm(end - start)
    return np.vstack([start, start + share * (end - start) + off * [1, -1], end])


def _merged(chance: np.random.Generator, cells: list, columns: int) -> list:
    """Answer the cells, some joined with their right neighbour, some with one far away."""
    parcels = dict(enumerate(cells))
    for i in chance.permutation(len(cells))[:3].tolist():
        if (i + 1) % columns and i in parcels and i + 1 in parcels:
            parcels[i] = shapely.union(parcels[i], parcels.pop(i + 1))
    first, *_, last = parcels
    parcels[first] = shapely.union(parcels[first], parcels.pop(last))
    return list(parcels.values())


def _with_island(chance: np.random.Generator, parcels: list) -> list:
    whole = max(parcels, key=lambda p: p.area if p.geom_type == "Polygon" else 0.0)
    place = shapely.maximum_inscribed_circle(whole)
    centre, size = shapely.get_point(place, 0), 0.6 * place.length
    ring = shapely.get_coordinates(centre.buffer(size))[:-1]
    ring = ring[np.sort(chance.permutation(len(ring))[: int(chance.integers(3, 20))])]
    island = shapely.Polygon(ring)
    around = shapely.Polygon(whole.exterior, [*whole.interiors, island.exterior.coords[::-1]])
    if not (island.is_valid and around.is_valid):
        return parcels
    return [*(p for p in parcels if p is not whole), around, island]
