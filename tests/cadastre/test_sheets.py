"""Codes of sheets: each scale, each spelling, and texts that are no code."""

import pytest

from landgis.cadastre.sheets import Frame, frames_of

# Circular 25/2014/TT-BTNMT: 725497 has its north-west corner at X 725 km, Y 497 km.
KM = 1000.0


@pytest.mark.parametrize(
    ("code", "frame"),
    [
        ("10-728494", Frame(10_000, 494 * KM, 728 * KM, 6 * KM)),
        ("725497", Frame(5_000, 497 * KM, 725 * KM, 3 * KM)),
        ("725497-1", Frame(2_000, 497 * KM, 725 * KM, KM)),
        ("725497-6", Frame(2_000, 499 * KM, 724 * KM, KM)),
        ("725497-6-a", Frame(1_000, 499 * KM, 724 * KM, 500)),
        ("725497-6-d", Frame(1_000, 499.5 * KM, 723.5 * KM, 500)),
        ("725497-6-(1)", Frame(500, 499 * KM, 724 * KM, 250)),
        ("725497-6-(16)", Frame(500, 499.75 * KM, 723.25 * KM, 250)),
        ("725497-6-25", Frame(200, 499.4 * KM, 723.8 * KM, 100)),
        ("725497-6-100", Frame(200, 499.9 * KM, 723.1 * KM, 100)),
    ],
)
def test_code_of_each_scale_means_its_square(code: str, frame: Frame) -> None:
    assert frames_of(code) == (frame,)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("10 728494", "10-728494"),
        ("10728494", "10-728494"),
        ("10-728 494", "10-728494"),
        ("725 497-6", "725497-6"),
        ("725497–6–A", "725497-6-a"),
        ("725497.6.b", "725497-6-b"),
        ("725497_6c", "725497-6-c"),
        ("725497-6(11)", "725497-6-(11)"),
        (" 725497 - 6 - (11) ", "725497-6-(11)"),
    ],
)
def test_other_spellings_mean_the_same(written: str, meant: str) -> None:
    assert frames_of(written) == frames_of(meant) != ()


def test_number_without_brackets_may_have_lost_them() -> None:
    assert frames_of("725497-6-16") == (
        Frame(200, 499.5 * KM, 723.9 * KM, 100),
        *frames_of("725497-6-(16)"),
    )


@pytest.mark.parametrize(
    "text",
    [
        *("12", "1.0", "DC01", "Tờ 5", "", "725497-0", "725497-6-e", "725497-6-(17)"),
        *("725497-6-101", "10-728494-6", "725099", "725999", "7254970", "12-725497"),
    ],
)
def test_other_texts_are_no_code(text: str) -> None:
    assert frames_of(text) == ()
