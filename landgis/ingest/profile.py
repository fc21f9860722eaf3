"""Which column of a file is what: choosing a sender's profile and mapping its columns."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landgis.cadastre.profiles import TARGETS, Profile
from landgis.errors import UsageError

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


@dataclass(frozen=True)
class FieldMapping:
    """How the columns of one layer map to the fields of a parcel."""

    profile: Profile
    columns: Mapping[str, ColumnChoice]
    """Target -> choice; targets without a column are absent, and so is ``owner``."""

    personal: tuple[str, ...]
    """Columns about persons: recognised, never loaded, their values never shown."""

    unused: tuple[str, ...]
    """Columns that are nothing we know; their values stay in the raw row."""

    candidates: tuple[tuple[str, int], ...]
    """Profiles that were compared, best first, with the number of targets each one found."""

    reason: Text

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
        if len(parts) == 1:
            return parts[0]
        joined = [_joined(values) for values in zip(*parts, strict=True)]
        return np.array(joined, dtype=object)


def choose(
    columns: Sequence[str],
    profiles: Sequence[Profile],
    wanted: str | None = None,
    overrides: Mapping[str, str] | None = None,
) -> FieldMapping:
    """Map the columns of a layer by the profile that explains most of them.

    ``wanted`` names a profile (``--profile``); ``overrides`` are ``--map`` pairs FIELD -> target
    and win over every alias. Names compare without case, accents and punctuation, and as a DBF
    cuts them to 10 characters. Equal profiles keep their order.

    Raises
    ------
    UsageError
        ``unknown_profile``, ``unknown_field`` or ``unknown_target``, each listing what there is.
    """
    by_hand = _by_hand(columns, overrides or {})
    personal = _personal(columns, profiles, by_hand)
    free = [name for name in columns if name not in personal]
    ranked = sorted(
        ((_find(profile, free, by_hand), profile) for profile in profiles),
        key=lambda found: -_weight(found[0], found[1], columns),
    )
    if wanted is not None:
        ranked = [found for found in ranked if found[1].name == wanted]
        if not ranked:
            names = ", ".join(profile.name for profile in profiles)
            raise UsageError(
                "unknown_profile", f"There is no profile {wanted!r}; there are: {names}."
            )
    chosen, profile = ranked[0]
    used = {name for choice in chosen.values() for name in choice.columns}
    return FieldMapping(
        profile=profile,
        columns=chosen,
        personal=personal,
        unused=tuple(name for name in free if name not in used),
        candidates=tuple((p.name, len(found)) for found, p in ranked),
        reason=_reason(profile, chosen, wanted),
    )


def clean_code(value: Any) -> str | None:
    """Answer a sheet, parcel or unit number as the text people write.

    Numbers that went through a float lose the ``.0``; surrounding blanks go; empty gives None.
    Leading zeros stay: they are part of a code.

    Examples
    --------
    >>> [clean_code(value) for value in ("1.0", 12.0, " DC01 ", "007", "", None, "0.5")]
    ['1', '12', 'DC01', '007', None, None, '0.5']
    """
    if value is None or (isinstance(value, float) and not np.isfinite(value)):
        return None
    text = unicodedata.normalize("NFC", str(value)).strip()
    return re.sub(r"^(\d+)[.,]0+$", r"\1", text) or None


def plain_name(name: str) -> str:
    """Answer a column name without case, accents and punctuation, for comparing."""
    bare = unicodedata.normalize("NFD", name.casefold().replace("đ", "d"))
    return "".join(char for char in bare if char.isalnum())


def _personal(
    columns: Sequence[str], profiles: Sequence[Profile], by_hand: Mapping[str, str]
) -> tuple[str, ...]:
    """Answer the columns about persons, by any sender's names and not only the likeliest one's.

    A person who maps such a column to something else by hand takes it out of the list.
    """
    aliases = [alias for profile in profiles for alias in profile.aliases.get("owner", ())]
    found = {name for alias in aliases if (name := _match_one(alias, columns))}
    mapped = {name for target, name in by_hand.items() if target != "owner"}
    found = (found | {by_hand.get("owner", "")}) - mapped
    return tuple(name for name in columns if name in found)


def _find(
    profile: Profile, columns: Sequence[str], by_hand: Mapping[str, str]
) -> dict[str, ColumnChoice]:
    """Find a column for each target; a column serves one target, the first that asks for it."""
    found = {
        target: ColumnChoice(target, (name,), (name,), _by_hand_reason(name))
        for target, name in by_hand.items()
        if target != "owner"
    }
    taken = set(by_hand.values())
    for target, aliases in profile.aliases.items():
        free = [name for name in columns if name not in taken]
        matches = [match for alias in aliases if (match := _match(alias, free))]
        if matches and target not in found and target != "owner":
            names = dict.fromkeys(name for match in matches for name in match)
            reason = _alias_reason(profile, matches[0])
            found[target] = ColumnChoice(target, matches[0], tuple(names), reason)
            taken.update(matches[0])
    return found


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
    if not all(plain_name(name) in there for name in profile.requires):
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


def _joined(values: tuple[Any, ...]) -> str | None:
    parts = [clean_code(value) for value in values]
    return None if None in parts else "".join(part for part in parts if part)


def _by_hand_reason(name: str) -> Text:
    return {"vi": f"{name} do người dùng chỉ định.", "en": f"{name} was named by the user."}


def _alias_reason(profile: Profile, names: tuple[str, ...]) -> Text:
    text = " + ".join(names)
    return {
        "vi": f"{text}: tên trường của mẫu {profile.name}.",
        "en": f"{text}: a field name of the profile {profile.name}.",
    }


def _reason(profile: Profile, found: Mapping[str, ColumnChoice], wanted: str | None) -> Text:
    if wanted is not None:
        return {
            "vi": f"Mẫu {profile.name} do người dùng chọn.",
            "en": f"The profile {profile.name} was chosen by the user.",
        }
    names = ", ".join(sorted(found)) or "-"
    return {
        "vi": f"Mẫu {profile.name} nhận ra nhiều trường nhất: {names}.",
        "en": f"The profile {profile.name} recognises most fields: {names}.",
    }
