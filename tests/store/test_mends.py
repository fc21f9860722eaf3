"""Rows of a batch below the stories: nothing is settled on what is no longer so."""

from pathlib import Path

import pytest

from landgis.cadastre.mends import Tried
from landgis.errors import Conflict
from landgis.services.mended_values import Said
from landgis.store.mends import MendStore
from tests.conftest import Open
from tests.held_rows import CHAM, EMPTY, TWIN, mend, staged

pytestmark = pytest.mark.db


def test_nothing_is_settled_that_was_judged_before_a_mend(
    open_services: Open, tmp_path: Path
) -> None:
    services = open_services("vn-80")
    batch = staged(services, tmp_path)
    store, batch_id = MendStore(services.database), batch.batch_id
    passed = [Tried(TWIN, is_accepted=True, reasons=(), findings=())]
    before = store.stamp(batch_id)
    mend(services, batch, EMPTY, Said({"number": "80"}))
    assert store.settle(batch_id, before, passed, "user:cham") is False
    assert store.row(batch_id, TWIN).state == "quarantined"
    assert store.tries(batch_id, TWIN) == []

    seen = store.stamp(batch_id)
    assert store.settle(batch_id, seen, passed, "user:cham") is True
    assert store.settle(batch_id, seen, passed, "user:cham") is False, "a retry counts, too"
    assert store.row(batch_id, TWIN).state == "accepted"

    services.load.cancel(batch_id, CHAM)
    with pytest.raises(Conflict) as closed:
        store.settle(batch_id, store.stamp(batch_id), passed, "user:cham")
    assert closed.value.code == "batch_not_open"
