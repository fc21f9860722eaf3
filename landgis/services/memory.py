"""What a sender said about a file, proposed again for the next file of the same form.

A unit is never remembered: the next file is of the next commune.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from landgis.cadastre.batches import Batch
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.memory import RememberedChoice
from landgis.cadastre.profiles import TARGETS
from landgis.ingest.cleaning import plain_name
from landgis.ingest.evidence import Choices, both
from landgis.ingest.raw import RawLayer, SourceFile
from landgis.ingest.value_patterns import UNLIKE, Values, looks_of
from landgis.services.ports import Mappings

Recall = Callable[[RawLayer], Choices]
"""From a layer as found to the choices that it is to be read with."""

OF_COORDINATES = ("crs", "axis_order")
PLAIN = (*OF_COORDINATES, "encoding", "profile")
REMEMBERED = (*PLAIN, "map")


class MemoryService:
    """Remembers how files were understood, for each sender and set of field names."""

    def __init__(self, mappings: Mappings, jurisdiction: Jurisdiction) -> None:
        self._mappings = mappings
        self._jurisdiction = jurisdiction

    def recalling(self, sender: str, said: Choices) -> Recall:
        """Answer what completes the choices of a sender by the remembered ones."""

        def recall(raw: RawLayer) -> Choices:
            if not said.memory:
                return said
            found = self._mappings.remembered(sender, form_of(raw))
            return self._completed(said, found, raw)

        return recall

    def keep(self, batch: Batch, raw: RawLayer, said: Choices) -> None:
        """Remember what the sender of a staged batch said about it, or forget it all, if asked."""
        form, options = form_of(raw), said.as_options()
        if not said.memory:
            self._mappings.forget(batch.created_by, form)
            return
        if said.fields:
            earlier = self._mappings.remembered(batch.created_by, form)
            options["map"] = dict(_fields(said, _value(earlier, "map") or {}))
        now = datetime.now(tz=self._jurisdiction.time_zone)
        chosen = [
            RememberedChoice(name, options[name], raw.crs_wkt, batch.file_name, batch.batch_id, now)
            for name in REMEMBERED
            if options[name]
        ]
        self._mappings.remember(batch.created_by, form, chosen)

    def first_of(self, source: SourceFile, said: Choices, sender: str) -> Batch | None:
        """Answer the batch that these bytes gave when its sender still had to say how to read it.

        Without this the same file, sent again without the options that were remembered from it,
        would be staged twice.
        """
        if not said.memory:
            return None
        now = said.as_options()
        for batch in self._mappings.same_bytes(source.sha256, sender):
            then = batch.options
            if all(
                now.get(name) == then.get(name) or (name in REMEMBERED and not now[name])
                for name in then.keys() | now.keys()
            ):
                return batch
        return None

    def _completed(
        self, said: Choices, found: Sequence[RememberedChoice], raw: RawLayer
    ) -> Choices:
        usable = {c.choice: c for c in found if self._holds(c, raw.crs_wkt)}
        plain = [usable[name] for name in PLAIN if name in usable and getattr(said, name) is None]
        reasons = {choice.choice: self._reason(choice) for choice in plain}
        fields = said.fields
        if "map" in usable:
            fields = _fields(said, self._credible(usable["map"].value, raw))
            why = self._reason(usable["map"])
            reasons |= {f"map:{target}": why for _, target in fields[len(said.fields) :]}
        values = {choice.choice: choice.value for choice in plain}
        return replace(said, **values, fields=fields, remembered=reasons)

    def _holds(self, choice: RememberedChoice, declared: str | None) -> bool:
        """Answer whether a choice still means something for a file that declares this."""
        if choice.choice in OF_COORDINATES:
            return choice.declared_crs == declared
        if choice.choice == "profile":
            return choice.value in {profile.name for profile in self._jurisdiction.profiles}
        return choice.choice != "map" or set(choice.value.values()) <= set(TARGETS)

    def _credible(self, fields: dict[str, str], raw: RawLayer) -> dict[str, str]:
        """Answer the remembered fields whose values, in this file, do not look otherwise."""
        values = Values(raw.columns, looks_of(self._jurisdiction))
        names = {plain_name(name): name for name in raw.columns}
        shares = {
            name: values.share(target, (names[plain_name(name)],))
            for name, target in fields.items()
        }
        return {
            name: target
            for name, target in fields.items()
            if (share := shares[name]) is None or share >= UNLIKE
        }

    def _reason(self, choice: RememberedChoice) -> dict[str, str]:
        day = choice.chosen_at.astimezone(self._jurisdiction.time_zone)
        return both(
            f"Nhớ từ tệp {choice.file_name} ngày {day:%d/%m/%Y}.",
            f"Remembered from file {choice.file_name} of {day:%Y-%m-%d}.",
        )


def form_of(raw: RawLayer) -> bytes:
    """Answer the form of a layer: SHA-256 of its sorted field names, without case and accents."""
    names = "\n".join(sorted(plain_name(name) for name in raw.columns))
    return sha256(names.encode()).digest()


def _value(found: Sequence[RememberedChoice], name: str) -> Any:
    return next((choice.value for choice in found if choice.choice == name), None)


def _fields(said: Choices, remembered: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Answer the pairs that were said, and of the remembered ones those they leave room for."""
    fields = {plain_name(name) for name, _ in said.fields}
    targets = {target for _, target in said.fields}
    kept = [
        (name, target)
        for name, target in remembered.items()
        if plain_name(name) not in fields and target not in targets
    ]
    return (*said.fields, *kept)
