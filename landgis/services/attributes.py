"""Tables of attributes against the live register: what each row says, and a draft of what changes.

The clean-up campaigns live in workbooks. A row changes a live parcel only where the register says
what it said when the table was made; what both changed is a conflict for a person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from landgis.cadastre import edits
from landgis.cadastre.changes import SurveyedParcel
from landgis.cadastre.drafts import Heading, Preview
from landgis.cadastre.edits import EMPTY, Step
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.register import Principal
from landgis.errors import Conflict
from landgis.ingest.attribute_table import AttributeTable, TableRow
from landgis.services.attribute_lookup import Lookup, Met
from landgis.services.attribute_rows import FIELDS, Result, RowResult, Text, change_sentence
from landgis.services.attribute_values import Bad, values_of, with_values
from landgis.services.editing.ports import EditingStores
from landgis.services.editing.showing import DraftShowing, Shown


@dataclass(frozen=True)
class Judged:
    """Every row of a table and what becomes of it."""

    table: AttributeTable
    results: tuple[RowResult, ...]
    live: Mapping[UUID, SurveyedParcel]
    """Live parcels that would change, by id."""

    def counts(self) -> dict[str, int]:
        """Answer rows by result; they add up to the rows of the table."""
        counts: dict[str, int] = dict.fromkeys(
            ("changed", "unchanged", "not_found", "ambiguous", "conflict", "not_allowed"), 0
        ) | {"bad_value": 0}
        for found in self.results:
            counts[found.result] += 1
        return {"read": len(self.results), **counts}

    def changed(self) -> list[SurveyedParcel]:
        """Answer the parcels as they would be."""
        return [found.after for found in self.results if found.after is not None]


@dataclass(frozen=True)
class Asking:
    """What is known beside the table."""

    unit: str | None = None
    """Unit of rows that name none."""

    base: int | None = None
    """Revision that the table was made from; None: the last file that was sent."""


class AttributeService:
    """Judges tables of attributes and makes drafts of them."""

    def __init__(
        self, stores: EditingStores, showing: DraftShowing, jurisdiction: Jurisdiction
    ) -> None:
        self._stores = stores
        self._showing = showing
        self._jurisdiction = jurisdiction

    def judge(self, table: AttributeTable, by: Principal, asking: Asking) -> Judged:
        """Answer what every row would do to the live register; nothing is written."""
        lookup = Lookup(self._stores, self._showing, self._jurisdiction, asking.unit)
        met = lookup.find(table, by)
        base = self._base(met, asking)
        results = [
            self._judge(row, table, found, base) for row, found in zip(table.rows, met, strict=True)
        ]
        results = _each_parcel_once(results)
        live = {found.parcel.parcel_id: found.parcel for found in met if found.parcel is not None}
        return Judged(table, tuple(results), live)

    def propose(self, judged: Judged, by: Principal, heading: Heading, key: str | None) -> Shown:
        """Open a draft with the changed rows as its first step; another person approves it.

        Raises
        ------
        Conflict
            ``nothing_to_propose``: no row changes anything.
        """
        source = judged.table.source
        changed = judged.changed()
        if not changed:
            counts = judged.counts()
            raise Conflict(
                "nothing_to_propose",
                f"{source.name}: none of its {counts['read']} rows changes a parcel",
                counts=counts,
            )
        net = edits.compose(EMPTY, Step((), tuple(changed), ()), judged.live)
        # The same request again finds the draft that it made.
        named = f"landgis:attributes:{key}:{source.sha256}"
        draft_id = uuid4() if key is None else uuid5(NAMESPACE_URL, named)
        self._stores.drafts.create(draft_id, heading, by, key)
        op = {"op": "attributes", "file": source.name, "sha256": source.sha256}
        with self._stores.drafts.held(draft_id) as held:
            if held.draft.steps == 0:
                step = Preview(f"attributes {source.sha256}", held.draft.rev, op, net, None)
                held.take_step(step, key)
        return self._showing.draft(draft_id, by)

    def _base(self, met: Sequence[Met], asking: Asking) -> Mapping[UUID, SurveyedParcel]:
        """Answer parcels as the table's maker saw them: as of a revision, or as last sent."""
        live = {found.parcel.parcel_id: found.parcel for found in met if found.parcel}
        if asking.base is None:
            units = sorted({parcel.unit_code or "" for parcel in live.values()})
            return {p.parcel_id: p for p in self._stores.surveyed.last_sent(units)}
        newer = [i for i, p in live.items() if (p.revision or 0) > asking.base]
        seen = dict(live)
        for parcel_id, versions in self._stores.past.versions(newer).items():
            then = next(
                (v for v in versions if _held(v.revision_from, v.revision_to, asking.base)), None
            )
            if then is not None:
                facts = {name: getattr(then, name) for name in FIELDS}
                seen[parcel_id] = replace(live[parcel_id], **facts)
        return seen

    def _judge(
        self,
        row: TableRow,
        table: AttributeTable,
        found: Met,
        base: Mapping[UUID, SurveyedParcel],
    ) -> RowResult:
        if found.parcel is None:
            return RowResult(row.number, found.result, found.why, found.key)
        live = found.parcel
        values = values_of(row, table, self._jurisdiction.land_uses, with_old=not found.by_old)
        after = values if isinstance(values, Bad) else with_values(live, values)
        if isinstance(after, Bad):
            return RowResult(row.number, "bad_value", after.sentence(), found.key)
        said = [name for name in FIELDS if getattr(after, name) != getattr(live, name)]
        sent = base.get(live.parcel_id)
        moved = {n for n in said if sent is not None and getattr(sent, n) != getattr(live, n)}
        repeated = {n for n in moved if getattr(sent, n) == getattr(after, n)}
        clash = [name for name in said if name in moved - repeated]
        if clash:
            return RowResult(row.number, "conflict", _both_changed(live, after, clash), found.key)
        new = [name for name in said if name not in repeated]
        if not new:
            return RowResult(row.number, "unchanged", _outdated(repeated), found.key)
        after = replace(after, **{name: getattr(live, name) for name in repeated})
        return RowResult(row.number, "changed", change_sentence(live, after, new), found.key, after)


def _held(begun: int, ended: int | None, at: int) -> bool:
    return begun <= at and (ended is None or at < ended)


def _both_changed(live: SurveyedParcel, after: SurveyedParcel, names: list[str]) -> Text:
    shown = change_sentence(live, after, names)
    return {
        "vi": f"sổ đăng ký đã thay đổi sau lần gửi trước ({shown['vi']}); nếu bảng lập từ bản "
        "mới hơn, hãy ghi số bản (--base)",
        "en": f"the register has changed since the last file ({shown['en']}); if the table was "
        "made from a later revision, say which (--base)",
    }


def _outdated(names: set[str]) -> Text:
    if not names:
        return {"vi": "", "en": ""}
    listed = {lang: ", ".join(FIELDS[n][lang] for n in sorted(names)) for lang in ("vi", "en")}
    return {
        "vi": f"lặp lại giá trị cũ ({listed['vi']}); sổ đăng ký đã mới hơn",
        "en": f"repeats what was sent before ({listed['en']}); the register has moved on",
    }


def _each_parcel_once(results: Sequence[RowResult]) -> list[RowResult]:
    """Take rows that say different things of one parcel for what they are: nobody knows which."""
    by_key: dict[str, list[RowResult]] = {}
    for found in results:
        if found.key is not None and found.result in {"changed", "unchanged"}:
            by_key.setdefault(found.key, []).append(found)
    fates: dict[int, RowResult] = {}
    for rows in by_key.values():
        if len(rows) == 1:
            continue
        listed = ", ".join(str(found.row) for found in rows)
        same = all(found.after == rows[0].after for found in rows)
        result: Result = "unchanged" if same else "ambiguous"
        why = {"vi": f"thửa này có ở các dòng {listed}", "en": f"rows {listed} name this parcel"}
        for found in rows[1:] if same else rows:
            fates[found.row] = RowResult(found.row, result, why, found.key)
    return [fates.get(found.row, found) for found in results]
