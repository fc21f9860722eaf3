"""Invented owners and addresses: made of short lists, no person is meant.

No name begins with a toned capital, which TCVN3 cannot store.
"""

from typing import NamedTuple

from make_samples.chance import pick, share

FAMILY = [
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Huỳnh",
    "Phan",
    "Vũ",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Lý",
]
MIDDLE_MEN = ["Văn", "Hữu", "Đức", "Minh", "Quốc", "Thanh", "Công", "Ngọc"]
MIDDLE_WOMEN = ["Thị", "Ngọc", "Thanh", "Kim", "Mỹ", "Thuý", "Bích", "Hồng"]
MEN = [
    "Bình",
    "Cường",
    "Dũng",
    "Hải",
    "Hùng",
    "Khánh",
    "Long",
    "Nam",
    "Phúc",
    "Quang",
    "Sơn",
    "Tâm",
    "Thắng",
    "Trung",
    "Tuấn",
]
WOMEN = [
    "Cúc",
    "Diễm",
    "Duyên",
    "Hạnh",
    "Hoa",
    "Hương",
    "Lan",
    "Liên",
    "Mai",
    "Nga",
    "Nhung",
    "Phượng",
    "Thảo",
    "Trinh",
    "Xuân",
]
STREETS = (
    *("Hoa Mai", "Hoa Sen", "Hoa Phượng", "Hoa Cúc", "Bằng Lăng", "Dầu Rái", "Sao Đen"),
    *("Trầu Bà", "Mắt Nai", "Bến Xưa", "Cây Me", "Giếng Đá", "Cầu Ván", "Xóm Lò"),
)
QUARTERS = 6

OFFICES = {
    "DGT": "UBND phường (minh hoạ)",
    "DKV": "UBND phường (minh hoạ)",
    "NTD": "UBND phường (minh hoạ)",
    "TSC": "Cơ quan nhà nước (minh hoạ)",
    "DGD": "Trường học (minh hoạ)",
    "DYT": "Trạm y tế (minh hoạ)",
    "TIN": "Ban quản lý đình (minh hoạ)",
    "CQP": "Đơn vị quốc phòng (minh hoạ)",
    "SKC": "Công ty minh hoạ",
}


class Holder(NamedTuple):
    """Texts of one parcel's holder and place."""

    owner: str
    address: str
    place: str


def holder(key: int, use: str, sheet: int) -> Holder:
    """Answer the invented holder of a parcel."""
    place = f"khu phố {(sheet - 1) * QUARTERS // 16 + 1}"
    street = pick(STREETS, "street", sheet, int(share("side", key) * 3))
    housed = "ODT" in use or use == "TMD"
    address = f"số {1 + int(share('house', key) * 240)} đường {street}, {place}"
    return Holder(OFFICES.get(use) or _owner(key), address if housed else place, place)


def _owner(key: int) -> str:
    man, woman = _man(key), _woman(key)
    kind = share("kind", key)
    if kind < 0.15:
        return f"{man} và {woman}"
    return man if kind < 0.6 else woman


def _man(key: int) -> str:
    parts = (pick(FAMILY, "f", key), pick(MIDDLE_MEN, "m", key), pick(MEN, "g", key))
    return " ".join(parts)


def _woman(key: int) -> str:
    parts = (pick(FAMILY, "F", key), pick(MIDDLE_WOMEN, "M", key), pick(WOMEN, "G", key))
    return " ".join(parts)
