"""Which column of a file is what: choosing a sender's profile and mapping its columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landgis.cadastre.profiles import PERSONAL, PERSONAL_NUMBER, TARGETS, Profile
from landgis.errors import UsageError
from landgis.ingest.cleaning import clean_code, plain_name
from landgis.ingest.profile_reasons import (
    alias_reason,
    by_hand_reason,
    by_values_reason,
    in_square_metres,
    profile_reason,
)
from landgis.ingest.value_patterns import FITS, UNLIKE, Look, Values

__all__ = ["ColumnChoice", "FieldMapping", "choose", "clean_code", "plain_name"]

Text = dict[str, str]

DBF_NAME_LENGTH = 10
"""Longest field name of a DBF file: longer names arrive cut."""

_IDENTITY_WEIGHT = 10


@dataclass(frozen=True)
class ColumnChoice:
    """Where the values of one target come from."""

    target: str
    columns: tuple[str, ...]
    """One column, or several whose values are joined."""

    candidates: tuple[str, ...]
    """Every column that could have been it, the chosen one first."""

    reason: Text

    share: float | None = None
    """Which part of the values looks like it, 0 to 1; None: nothing can be said."""


@dataclass(frozen=True)
class FieldMapping:
    """How the columns of one layer map to the fields of a parcel."""

    profile: Profile
    columns: Mapping[str, ColumnChoice]
    """Target -> choice; targets without a column are absent, and so are those about persons."""

    personal: tuple[str, ...]
    """Columns about persons: recognised, never loaded, their values never shown."""

    unused: tuple[str, ...]
    """Columns that are nothing we know; their values stay in the raw row."""

    candidates: tuple[tuple[str, int], ...]
    """Profiles that were compared, best first, with the number of targets each one found."""

    reason: Text
    personal_number: str | None = None
    """Which of ``personal`` holds numbers of identity papers: only their form is looked at."""

    @property
    def identity(self) -> tuple[str, ...]:
        """Answer the targets that identify a parcel in this file; empty: it names no identity.

        A unit that the profile fixes, or ``--unit`` will, need not have a column.
        """
        return self.profile.identity

    def missing_identity(self) -> tuple[str, ...]:
        """Answer the identity targets that no column gives."""
        fixed = {"unit_code"} if self.profile.unit_code else set()
        return tuple(t for t in self.profile.identity if t not in self.columns and t not in fixed)

    def values(self, target: str, columns: Mapping[str, NDArray[Any]]) -> NDArray[Any] | None:
        """Answer the column of a target, joined where it is made of several; None: there is none.

        Joined values are text; where any part is missing the result is None.
        """
        choice = self.columns.get(target)
        if choice is None:
            return None
        parts = [columns[name] for name in choice.columns]
        if len(parts) > 1:
            joined = [
                _joined(values, self.profile.joined_by) for values in zip(*parts, strict=True)
            ]
            return np.array(joined, dtype=object)
        if target == "register_area_m2" and self.profile.area_unit_m2 != 1:
            return _numbers(parts[0]) * self.profile.area_unit_m2
        return parts[0]


def choose(
    columns: Sequence[str] | Mapping[str, NDArray[Any]],
    profiles: Sequence[Profile],
    wanted: str | None = None,
    overrides: Mapping[str, str] | None = None,
    looks: Mapping[str, Look] | None = None,
) -> FieldMapping:
    """Map the columns of a layer by the profile that explains most of them.

    ``columns`` are the names, or the columns themselves with ``looks``, what the values of each
    target look like: then values support a name or contradict it, and land uses are found by
    their codes alone.

    ``wanted`` names a profile (``--profile``); ``overrides`` are ``--map`` pairs FIELD -> target
    and win over every alias. Names compare without case, accents and punctuation, and as a DBF
    cuts them to 10 characters. Equal profiles keep their order.

    Raises
    ------
    UsageError
        ``unknown_profile``, ``unknown_field`` or ``unknown_target``, each listing what there is.
    """
    names = list(columns)
    values = Values(columns if isinstance(columns, Mapping) else {}, looks or {})
    by_hand = _by_hand(names, overrides or {})
    personal = _personal(names, profiles, by_hand)
    free = [name for name in names if name not in personal]
    ranked = sorted(
        ((_find(profile, free, by_hand, values), profile) for profile in profiles),
        key=lambda found: -_weight(found[0], found[1], names),
    )
    if wanted is not None:
        ranked = [found for found in ranked if found[1].name == wanted]
        if not ranked:
            listed = ", ".join(profile.name for profile in profiles)
            raise UsageError(
                "unknown_profile", f"There is no profile {wanted!r}; there are: {listed}."
            )
    chosen, profile = ranked[0]
    used = {name for choice in chosen.values() for name in choice.columns}
    return FieldMapping(
        profile=profile,
        columns=chosen,
        personal=personal,
        unused=tuple(name for name in free if name not in used),
        candidates=tuple((p.name, len(found)) for found, p in ranked),
        reason=profile_reason(profile, chosen, wanted),
        personal_number=_personal_number(personal, profile, by_hand),
    )


def _personal(
    columns: Sequence[str], profiles: Sequence[Profile], by_hand: Mapping[str, str]
) -> tuple[str, ...]:
    """Answer the columns about persons, by any sender's names and not only the likeliest one's.

    A person who maps such a column to something else by hand takes it out of the list.
    """
    aliases = [a for profile in profiles for t in PERSONAL for a in profile.aliases.get(t, ())]
    found = {name for alias in aliases if (name := _match_one(alias, columns))}
    mapped = {name for target, name in by_hand.items() if target not in PERSONAL}
    found = (found | {by_hand.get(target, "") for target in PERSONAL}) - mapped
    return tuple(name for name in columns if name in found)


def _personal_number(
    personal: Sequence[str], profile: Profile, by_hand: Mapping[str, str]
) -> str | None:
    aliases = profile.aliases.get(PERSONAL_NUMBER, ())
    found = (name for alias in aliases if (name := _match_one(alias, personal)))
    return by_hand.get(PERSONAL_NUMBER) or next(found, None)


def _find(
    profile: Profile, columns: Sequence[str], by_hand: Mapping[str, str], values: Values
) -> dict[str, ColumnChoice]:
    """Find a column for each target; a column serves one target, the first that asks for it."""
    found = {
        target: ColumnChoice(target, (name,), (name,), by_hand_reason(name))
        for target, name in by_hand.items()
        if target not in PERSONAL
    }
    taken = set(by_hand.values())
    for target, aliases in profile.aliases.items():
        if target in found or target in PERSONAL:
            continue
        free = [name for name in columns if name not in taken]
        choice = _likeliest(target, profile, _matches(aliases, free), values)
        if choice is not None:
            found[target] = choice
            taken.update(choice.columns)
    free = [name for name in columns if name not in taken]
    if "land_use" in profile.aliases.keys() - found and (name := values.telling("land_use", free)):
        found["land_use"] = ColumnChoice("land_use", (name,), (name,), by_values_reason(name))
    return found


def _matches(aliases: Sequence[str], columns: Sequence[str]) -> list[tuple[str, ...]]:
    """Answer what the aliases name among the columns, in the order of the aliases."""
    return [match for alias in aliases if (match := _match(alias, columns))]


def _likeliest(
    target: str, profile: Profile, matches: Sequence[tuple[str, ...]], values: Values
) -> ColumnChoice | None:
    """Answer the first match that its values do not contradict; None where they all do clearly.

    A field of the identity is never given up for its values: people name parcels as they like.
    """
    shares = {match: values.share(target, match) for match in matches}
    ranked = sorted(matches, key=lambda match: _tier(shares[match]))
    if not ranked:
        return None
    best, share = ranked[0], shares[ranked[0]]
    if share is not None and share < UNLIKE and target not in profile.identity:
        return None
    names = dict.fromkeys(name for match in ranked for name in match)
    reason = alias_reason(profile, best, share)
    if target == "register_area_m2":
        reason = in_square_metres(reason, profile)
    return ColumnChoice(target, best, tuple(names), reason, share)


def _tier(share: float | None) -> int:
    """Answer in which order columns are taken: supported, unknown, contradicted by values."""
    if share is None:
        return 1
    return 0 if share >= FITS else 2


def _match(alias: str, columns: Sequence[str]) -> tuple[str, ...] | None:
    """Answer the columns that an alias names: exactly, else as a DBF cuts the name."""
    parts = [_match_one(part, columns) for part in alias.split("+")]
    return tuple(part for part in parts if part) if all(parts) else None


def _match_one(alias: str, columns: Sequence[str]) -> str | None:
    wanted, cut = plain_name(alias), plain_name(alias[:DBF_NAME_LENGTH])
    exact = (name for name in columns if plain_name(name) == wanted)
    truncated = (
        name
        for name in columns
        if len(alias) > DBF_NAME_LENGTH == len(name) and plain_name(name) == cut
    )
    return next(exact, None) or next(truncated, None)


def _weight(found: Mapping[str, ColumnChoice], profile: Profile, columns: Sequence[str]) -> int:
    there = {plain_name(name) for name in columns}
    for wanted in profile.requires:
        if there.isdisjoint(plain_name(name) for name in wanted.split("|")):
            return -1
    return _IDENTITY_WEIGHT * sum(t in found for t in profile.identity) + len(found)


def _by_hand(columns: Sequence[str], overrides: Mapping[str, str]) -> dict[str, str]:
    by_name = {plain_name(name): name for name in reversed(columns)} | {c: c for c in columns}
    result: dict[str, str] = {}
    for field, target in overrides.items():
        name = by_name.get(field) or by_name.get(plain_name(field))
        if name is None:
            raise UsageError(
                "unknown_field",
                f"The file has no field {field!r}; its fields are: {', '.join(columns)}.",
                field=field,
                fields=list(columns),
            )
        if target not in TARGETS:
            raise UsageError(
                "unknown_target",
                f"A field cannot be mapped to {target!r}; there are: {', '.join(TARGETS)}.",
                target=target,
                targets=list(TARGETS),
            )
        result[target] = name
    return result


def _joined(values: tuple[Any, ...], by: str) -> str | None:
    parts = [clean_code(value) for value in values]
    return None if None in parts else by.join(part for part in parts if part)


def _numbers(values: NDArray[Any]) -> NDArray[np.float64]:
    """Answer numbers, NaN for what is none."""
    if values.dtype != object:
        return values.astype(np.float64)
    return np.array([_number(value) for value in values], dtype=np.float64)


def _number(value: Any) -> float:
    try:
        return float(str(value).strip().replace(",", "."))
    except ValueError:
        return float("nan")
