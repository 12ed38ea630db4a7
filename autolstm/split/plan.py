"""`Plan`: what is asked of a split, and which of it goes together, before any data are known."""

from dataclasses import dataclass, fields

from autolstm.errors import SettingError, guess, shown
from autolstm.split.sizes import FOLDS

__all__ = ["KINDS", "SERIES", "Plan"]

KINDS: dict[str, tuple[str, ...]] = {
    "holdout": ("validation", "test"),
    "rolling_origin": ("folds", "gap", "train", "validation", "test"),
    "random": ("validation", "test"),
    "stratified": ("validation", "test"),
    "group": ("validation", "test", "test_groups"),
    "k_fold": ("folds", "test"),
    "stratified_k_fold": ("folds", "test"),
    "group_k_fold": ("folds", "test", "test_groups"),
    "in_order": ("validation", "test"),
}
"""The options that each kind takes."""

SERIES = ("holdout", "rolling_origin")
"""The kinds for series; the others are for sequences."""

LEAST = {"folds": 2, "gap": 0, "train": 1}
"""Smallest numbers accepted."""

UNNAMED = ("validation", "test", "test_groups")
"""The options that are taken where the kind follows from the data."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A split as it is asked for; None where nothing is said.

    Attributes:
        kind: One of `KINDS`.
        folds: Folds of a kind that has several, at least 2.
        gap: Rows that are left out between training and validation.
        train: Most training rows, for a window that slides.
        validation: Share (below 1) or number of rows or sequences.
        test: Share (below 1) or number of rows or sequences.
        test_groups: Names of the groups that are the test part.

    Raises:
        SettingError: The kind is unknown or does not take an option, a number is too small, or
            the shares leave nothing to train on.
    """

    kind: str | None = None
    folds: int | None = None
    gap: int | None = None
    train: int | None = None
    validation: float | None = None
    test: float | None = None
    test_groups: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.kind is not None and self.kind not in KINDS:
            raise SettingError(
                f"There is no split.kind {shown(self.kind)}.{guess(self.kind, KINDS)} Known are: "
                f"{', '.join(KINDS)}."
            )
        for name, least in LEAST.items():
            given = getattr(self, name)
            if given is not None and given < least:
                raise SettingError(
                    f"split.{name} = {given} is not accepted. It takes a whole number of at least "
                    f"{least}."
                )
        self._check_options()
        self._check_shares()

    @property
    def fold_count(self) -> int:
        """Number of folds, 1 for kinds without."""
        several = self.kind is not None and "folds" in KINDS[self.kind]
        return (self.folds or FOLDS) if several else 1

    def _check_options(self) -> None:
        """Refuse options that the kind does not take, rather than pass them over."""
        takes = KINDS[self.kind] if self.kind else UNNAMED
        for name in (one.name for one in fields(self) if one.name != "kind"):
            given = getattr(self, name)
            if given is not None and name not in takes:
                kinds = ", ".join(kind for kind, taken in KINDS.items() if name in taken)
                reason = (
                    f"is not taken by split.kind = {self.kind!r}. It takes {', '.join(takes)}."
                    if self.kind
                    else "is taken by some kinds only."
                )
                raise SettingError(
                    f"split.{name} = {shown(given)} {reason} Leave it out, or give a kind with "
                    f"{name}: {kinds}."
                )
        if self.test_groups is not None and self.test is not None:
            raise SettingError(
                "split.test and split.test_groups both say what the test part is. Leave one of "
                "the two out."
            )

    def _check_shares(self) -> None:
        """Refuse shares that leave nothing, whatever the data."""
        asked = {"validation": self.validation, "test": self.test}
        shares = {name: one for name, one in asked.items() if one is not None and 0 < one < 1}
        total = self.fold_count * shares.get("validation", 0) + shares.get("test", 0)
        # As 0.8 + 0.1 + 0.1, which is a little less than 1.
        if total >= 1 - 1e-9:
            said = " and ".join(f"split.{name} = {one!r}" for name, one in shares.items())
            over = f", over {self.fold_count} folds," if self.fold_count > 1 else ""
            raise SettingError(
                f"{said}{over} come to {total:g} of the data, and nothing is left to train on. "
                f"Give smaller shares, below 1 together."
            )
