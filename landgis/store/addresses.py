"""The addresses by which search finds places: noted with the change that brings them."""

from collections.abc import Collection, Iterator

from sqlalchemy import Connection

from landgis.cadastre.parcels import ParcelSet
from landgis.store.database import driver

Named = tuple[str | None, str]
"""Unit and address."""

NOTE = "SELECT note_addresses(%(units)s::text[], %(addresses)s::text[])"


def addresses_of(parcels: ParcelSet) -> Iterator[Named]:
    """Answer unit and address of parcels that have one; many have the same."""
    for unit, address in zip(parcels.unit_code, parcels.address, strict=True):
        if address is not None:
            yield unit, address


def note_addresses(connection: Connection, named: Collection[Named]) -> None:
    """Have addresses found; those that are known already stay as they are."""
    if named:
        units, addresses = zip(*named, strict=True)
        driver(connection).execute(NOTE, {"units": list(units), "addresses": list(addresses)})
