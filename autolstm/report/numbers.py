"""How numbers are written, the same on the terminal and in the report.

A score is written as precisely as its deviation over the seeds allows: two digits of the
deviation, and the mean to the same place.
"""

import math

__all__ = ["duration", "percent", "score", "setting", "with_deviation"]

DIGITS = 4
"""Significant digits of a score that stands alone."""

PLAIN = range(-4, 9)
"""Powers of ten that are written without an exponent."""


def score(value: float, unit: str) -> str:
    """Write a score with four significant digits and its unit."""
    return _with_unit(_significant(value, DIGITS), unit)


def with_deviation(mean: float, std: float, unit: str) -> str:
    """Write ``mean ± std unit``, both to the second digit of the deviation.

    Without a deviation, as of a single seed, only the mean is written: ``± 0`` would look exact.
    """
    if std == 0:
        return score(mean, unit)
    if not (math.isfinite(mean) and math.isfinite(std)):
        return _with_unit(f"{_significant(mean, DIGITS)} ± {_significant(std, 2)}", unit)
    places = 1 - _power(std)
    # Rounding may carry the deviation over a power of ten: 0.0996 is 0.10, not 0.100.
    places = 1 - _power(round(std, places))
    if _power(mean or std) not in PLAIN or _power(std) not in PLAIN:
        return _with_unit(f"{_significant(mean, DIGITS)} ± {_significant(std, 2)}", unit)
    decimals = max(places, 0)
    return _with_unit(
        f"{round(mean, places):.{decimals}f} ± {round(std, places):.{decimals}f}", unit
    )


def percent(share: float) -> str:
    """Write a share of 1 as per cent: whole ones from ten up, one decimal below."""
    if not math.isfinite(share):
        return "infinitely many %" if share > 0 else "nan %"
    decimals = 0 if abs(share) >= 0.0995 else 1
    return f"{100 * share:.{decimals}f} %"


def duration(seconds: float) -> str:
    """Write a length of time: ``0.4 s``, ``12 s``, ``3 min 20 s``, ``2 h 5 min``."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        minutes, rest = divmod(whole, 60)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(round(whole / 60), 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def setting(value: object) -> str:
    """Write the value of a knob: numbers short, everything else as it is."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _significant(value: float, digits: int) -> str:
    if not math.isfinite(value):
        return str(value)
    if value == 0:
        return "0"
    power = _power(value)
    if power not in PLAIN:
        return f"{value:.{digits - 1}e}"
    decimals = max(digits - 1 - power, 0)
    return f"{value:.{decimals}f}"


def _power(value: float) -> int:
    """Return the power of ten of the first digit; 0 for zero."""
    return math.floor(math.log10(abs(value))) if value else 0


def _with_unit(text: str, unit: str) -> str:
    return f"{text} {unit}" if unit else text
