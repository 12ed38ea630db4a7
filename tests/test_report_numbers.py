"""How numbers are written: tables of examples, and what holds for all numbers."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autolstm.report import numbers


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (17.356, "passengers", "17.36 passengers"),
        (17.0, "", "17.00"),
        (0.5, "%", "0.5000 %"),
        (0.0, "", "0"),
        (-3.25, "", "-3.250"),
        (123456.7, "", "123457"),
        (0.00012345, "", "0.0001234"),
        (1.5e-7, "", "1.500e-07"),
        (2e12, "m", "2.000e+12 m"),
        (math.inf, "", "inf"),
        (math.nan, "", "nan"),
        (100.0, "", "100.0"),
    ],
)
def test_a_score_alone(value, unit, text):
    assert numbers.score(value, unit) == text


@pytest.mark.parametrize(
    ("mean", "std", "text"),
    [
        (17.356, 1.42, "17.4 ± 1.4 m"),
        (17.356, 0.0712, "17.356 ± 0.071 m"),
        (1234.5, 56.0, "1234 ± 56 m"),
        (1234.5, 560.0, "1230 ± 560 m"),
        # Rounding carries the deviation over a power of ten.
        (5.0, 0.0996, "5.00 ± 0.10 m"),
        (5.0, 0.996, "5.0 ± 1.0 m"),
        (5.0, 9.96, "5 ± 10 m"),
        (17.356, 0.0, "17.36 m"),
        (0.0, 0.5, "0.00 ± 0.50 m"),
        (math.nan, 1.0, "nan ± 1.0 m"),
        (3e12, 2e10, "3.000e+12 ± 2.0e+10 m"),
    ],
)
def test_a_score_with_its_deviation(mean, std, text):
    assert numbers.with_deviation(mean, std, "m") == text


@given(
    mean=st.floats(-1e7, 1e7, allow_subnormal=False),
    std=st.floats(1e-3, 1e7, allow_subnormal=False),
)
def test_both_numbers_read_back_to_the_second_digit_of_the_deviation(mean, std):
    told_mean, _, told_std = numbers.with_deviation(mean, std, "").partition(" ± ")
    # One unit of the second digit, a little more where a power of ten is carried over.
    step = 10.0 ** (math.floor(math.log10(std)) - 1)
    assert abs(float(told_std) - std) <= 5.01 * step
    tolerance = 5.01 * step
    if "e" in told_mean or abs(mean) < 1e-4:
        tolerance = max(tolerance, abs(mean) * 1e-3)
    assert abs(float(told_mean) - mean) <= tolerance


@given(
    mean=st.floats(0.01, 1e6),
    std=st.floats(0.01, 1e5),
    unit=st.sampled_from(["", "ppm", "thousand passengers"]),
)
def test_mean_and_deviation_have_the_same_places(mean, std, unit):
    text = numbers.with_deviation(mean, std, unit)
    assert text.endswith(unit)
    parts = text.removesuffix(unit).strip().split(" ± ")
    places = [len(part.partition(".")[2]) for part in parts]
    assert places[0] == places[1], text


@given(value=st.floats(1e-3, 1e7))
def test_a_score_reads_back_within_four_digits(value):
    assert float(numbers.score(value, "")) == pytest.approx(value, rel=6e-4)


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.254, "25 %"),
        (0.1, "10 %"),
        (0.0995, "10 %"),
        (0.0994, "9.9 %"),
        (0.012, "1.2 %"),
        (0.0, "0.0 %"),
        (-0.5, "-50 %"),
        (math.inf, "infinitely many %"),
        (math.nan, "nan %"),
    ],
)
def test_a_share(share, text):
    assert numbers.percent(share) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0.0 s"),
        (0.44, "0.4 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (60, "1 min"),
        (61, "1 min 1 s"),
        (200, "3 min 20 s"),
        (3599.4, "59 min 59 s"),
        (3599.6, "1 h"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (100_000, "27 h 47 min"),
    ],
)
def test_a_length_of_time(seconds, text):
    assert numbers.duration(seconds) == text


@given(seconds=st.floats(0, 1e6))
def test_a_length_of_time_reads_back(seconds):
    factors = {"s": 1, "min": 60, "h": 3600}
    words = numbers.duration(seconds).split()
    told = sum(
        float(value) * factors[unit] for value, unit in zip(words[::2], words[1::2], strict=True)
    )
    finest = factors[words[-1]] if seconds >= 3600 else 1
    assert abs(told - seconds) <= 0.51 * max(finest, 60 * (seconds >= 3600))


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.00312345, "0.00312"), (64, "64"), ("adam", "adam"), (True, "true"), (0.5, "0.5")],
)
def test_the_value_of_a_knob(value, text):
    assert numbers.setting(value) == text
