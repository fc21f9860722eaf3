"""Why a column was taken for something, and a profile for the sender's, in words."""

from collections.abc import Collection

from landgis.cadastre.profiles import Profile
from landgis.ingest.value_patterns import FITS

Text = dict[str, str]


def by_hand_reason(name: str) -> Text:
    """Answer that a person named the column."""
    return {"vi": f"{name} do người dùng chỉ định.", "en": f"{name} was named by the user."}


def by_values_reason(name: str) -> Text:
    """Answer that the values named the column."""
    return {
        "vi": f"{name}: các giá trị là mã loại đất.",
        "en": f"{name}: its values are land-use codes.",
    }


def alias_reason(profile: Profile, names: tuple[str, ...], share: float | None) -> Text:
    """Answer that its name named the column, and what its values say to that."""
    text = " + ".join(names)
    vi = f"{text}: tên trường của mẫu {profile.name}"
    en = f"{text}: a field name of the profile {profile.name}"
    if share is None:
        return {"vi": f"{vi}.", "en": f"{en}."}
    if share < FITS:
        return {
            "vi": f"{vi}, nhưng chỉ {share:.0%} giá trị giống như vậy: hãy kiểm tra.",
            "en": f"{en}, but only {share:.0%} of its values look like it: please check.",
        }
    return {
        "vi": f"{vi}; {share:.0%} giá trị giống như vậy.",
        "en": f"{en}; {share:.0%} of its values look like it.",
    }


def in_square_metres(reason: Text, profile: Profile) -> Text:
    """Answer a reason with the unit that areas are converted from, where it is another one."""
    if profile.area_unit_m2 == 1:
        return reason
    unit = f"{profile.area_unit_m2:.2f}"
    return {
        "vi": f"{reason['vi']} Đổi ra mét vuông: 1 đơn vị của tệp là {unit} m².",
        "en": f"{reason['en']} Converted to square metres: a unit of the file is {unit} m².",
    }


def profile_reason(profile: Profile, found: Collection[str], wanted: str | None) -> Text:
    """Answer why this profile was taken."""
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
