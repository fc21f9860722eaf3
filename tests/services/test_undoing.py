"""Taking revisions back that wrote no parcel."""

import pytest

from landgis.cadastre.edits.net import NetChange
from landgis.errors import Conflict
from landgis.services.editing.undoing import Undo, undo
from landgis.store.database import Database
from landgis.store.past import PastStore
from landgis.store.surveyed import SurveyedStore
from tests.builders import square
from tests.histories import Land, Register

pytestmark = pytest.mark.db


def taken_back(database: Database, revision: int) -> NetChange:
    return undo(Undo(revision), SurveyedStore(database), PastStore(database))


def test_retirement_is_taken_back_once(database: Database) -> None:
    register = Register(database)
    land = Land(square(0, 0), "25645/1/1")
    (parcel,) = register.publish(land)
    register.change("edit", [parcel], {})
    assert [p.parcel_id for p in taken_back(database, 2).after] == [parcel]
    register.change("undo", [], {parcel: land})
    with pytest.raises(Conflict) as again:
        taken_back(database, 2)
    assert again.value.code == "stale"
    assert str(parcel) in again.value.data["parcels"]
