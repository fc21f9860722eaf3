"""New ids: of version 7, all different, in the order in which a load writes them."""

from landgis.cadastre.ids import new_ids


def test_ids_ascend_and_differ_and_say_their_version() -> None:
    ids = list(new_ids(5_000))
    assert ids == sorted(ids)
    assert len(set(ids)) == 5_000
    assert {(i.version, i.variant) for i in ids} == {(7, "specified in RFC 4122")}


def test_later_ids_come_after_earlier_ones() -> None:
    first, second = new_ids(3), new_ids(3)
    # Within one millisecond chance orders them; the time they begin with never runs back.
    assert first[0].int >> 80 <= second[0].int >> 80
    assert len(new_ids(0)) == 0
