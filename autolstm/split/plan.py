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
        SettingError: The kind is unknown, does not take an option, or leaves nothing to train on.
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
        self._check_options()
        self._check_shares()

    def _check_options(self) -> None:
        takes = KINDS[self.kind] if self.kind else UNNAMED
        options = [one.name for one in fields(self) if one.name != "kind"]
        for name in options:
            given = getattr(self, name)
            if given is None or name in takes:
                continue
            kinds = [kind for kind, taken in KINDS.items() if name in taken]
            alone = (
                f"is not an option of split.kind = {self.kind!r}, which takes {', '.join(takes)}."
                if self.kind
                else "needs a kind that takes it."
            )
            raise SettingError(
                f"split.{name} = {shown(given)} {alone} Leave it out, or give a kind with "
                f"{name}: {', '.join(kinds)}."
            )
        if self.test_groups is not None and self.test is not None:
            raise SettingError(
                "split.test and split.test_groups both say what the test part is. Leave one of "
                "the two out."
            )

    def _check_shares(self) -> None:
        """Refuse shares that leave nothing, whatever the data."""
        times = (self.folds or FOLDS) if self.kind == "rolling_origin" else 1
        shares = [one for one in (self.test, self.validation) if one is not None and one < 1]
        validation = self.validation if self.validation in shares else None
        total = sum(shares) + (times - 1) * (validation or 0)
        if total >= 1 - 1e-9:
            folds = f" in each of {times} folds" if times > 1 else ""
            raise SettingError(
                f"split.validation = {self.validation}{folds} and split.test = {self.test} add "
                f"up to {total:g}, and nothing is left to train on. Give shares that add up to "
                f"less than 1."
            )
