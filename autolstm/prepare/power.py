"""Power transforms of the target: log, Box-Cox, Yeo-Johnson; one number learnt, undone exactly.

Values are divided by a learnt unit first, the mean magnitude of the training rows, so that
thousands and single passengers are prepared alike. With v = value / unit and exponent λ:

- log and Box-Cox (Box & Cox 1964), for positive values: log v where λ = 0, else (v^λ - 1) / λ;
- Yeo-Johnson (Yeo & Johnson 2000), for any value: Box-Cox of 1 + v with λ where v >= 0, minus
  Box-Cox of 1 - v with 2 - λ elsewhere.

λ maximises the likelihood of the training rows between 0 and 2. Inside these ends an inverse is
finite for every finite number: a negative λ would send forecasts a little too high to infinity.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from autolstm.errors import DataError

__all__ = ["POSITIVE", "Power", "learn_power"]

POSITIVE = ("log", "boxcox")
"""Kinds that take positive values only."""

LEAST, MOST = 0.0, 2.0
"""Ends of λ: the log, and the square."""

FAR = 1e100
"""What is undone lies between this and, for kinds of positive values, its inverse."""


@dataclass(frozen=True, slots=True)
class Power:
    """A learnt power transform.

    Attributes:
        kind: ``"none"``, ``"log"``, ``"boxcox"`` or ``"yeojohnson"``.
        exponent: λ, 1 where nothing is bent.
        unit: What one stands for, in the unit of the target.
    """

    kind: str = "none"
    exponent: float = 1.0
    unit: float = 1.0

    def apply(self, values: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Transform values of any shape; ``rows`` play no part.

        Raises:
            DataError: The kind takes positive values, and one of these is none.
        """
        if self.kind == "none":
            return values
        if self.kind in POSITIVE:
            _check_positive(self.kind, values)
            bent: np.ndarray = special.boxcox(values / self.unit, self.exponent)
            return bent
        return self._both_sides(special.boxcox1p, values / self.unit)

    def undo(self, bent: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Invert `apply`, for any finite numbers.

        Numbers that no value is transformed to stand for the nearest value: zero is what lies
        below the range of Box-Cox, more than 1e100 what would overflow.
        """
        if self.kind == "none":
            return bent
        # exp and the like overflow to infinity, which is cut.
        with np.errstate(over="ignore"):
            if self.kind in POSITIVE:
                lowest = -1.0 / self.exponent if self.exponent else -np.inf
                values = special.inv_boxcox(np.maximum(bent, lowest), self.exponent)
            else:
                values = self._both_sides(special.inv_boxcox1p, bent)
            least = 1 / FAR if self.kind in POSITIVE else -FAR
            cut: np.ndarray = np.clip(values * self.unit, least, FAR)
        return cut

    def stretch(self, values: np.ndarray) -> float:
        """Return how many times larger squared changes are than those of the transform.

        Args:
            values: Consecutive rows, shape (rows,).

        Returns:
            The ratio of both sums, in the squared unit of the target; 1 where nothing is bent, 0
            where nothing changes.
        """
        if self.kind == "none":
            return 1.0
        before = np.diff(values / self.unit)
        after = np.diff(self.apply(values, np.arange(len(values))))
        total = float(np.sum(after * after))
        return self.unit**2 * float(np.sum(before * before)) / total if total > 0 else 0.0

    def to_json(self) -> dict[str, Any]:
        """Return what was learnt as plain values."""
        return {"kind": self.kind, "exponent": self.exponent, "unit": self.unit}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Power":
        """Read back what `to_json` wrote, to the last bit."""
        return cls(str(stored["kind"]), float(stored["exponent"]), float(stored["unit"]))

    def _both_sides(
        self, bend: Callable[[np.ndarray, np.ndarray], np.ndarray], values: np.ndarray
    ) -> np.ndarray:
        """Bend the size of values: with λ above zero, with 2 - λ below."""
        exponents = np.where(values < 0, 2.0 - self.exponent, self.exponent)
        bent: np.ndarray = np.copysign(bend(np.abs(values), exponents), values)
        return bent


def learn_power(kind: str, values: np.ndarray) -> Power:
    """Learn a power transform from the training rows of the target, shape (rows,).

    Raises:
        DataError: The kind takes positive values, and one of these is none.
    """
    if kind == "none":
        return Power()
    if kind in POSITIVE:
        _check_positive(kind, values)
    unit = float(np.mean(np.abs(values))) or 1.0
    if kind == "log":
        return Power(kind, LEAST, unit)
    return Power(kind, _likeliest(kind, values / unit), unit)


def _likeliest(kind: str, values: np.ndarray) -> float:
    """Return the λ under which the transformed values look most like a normal distribution."""
    if np.ptp(values) <= 1e-12:
        return 1.0
    # Slow to load, and only a learning process needs them.
    from scipy import optimize, stats

    likelihood = stats.boxcox_llf if kind == "boxcox" else stats.yeojohnson_llf
    found = optimize.minimize_scalar(
        lambda exponent: -likelihood(exponent, values), bounds=(LEAST, MOST), method="bounded"
    )
    return float(found.x)


def _check_positive(kind: str, values: np.ndarray) -> None:
    bad = ~(values > 0)
    if bad.any():
        raise DataError(
            f"preparation.power = {kind} takes positive values, but the target goes down to "
            f"{np.min(values):g}. Choose yeojohnson, which takes any value, or none."
        )
