"""The tables inside an experiment: the split, the sampler, the pruner."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from autolstm.fields import Groups, Size, whole
from autolstm.split import Plan

__all__ = ["Choice", "Split", "Strict"]


class Strict(BaseModel):
    """A table that takes no other fields than its own."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Split(Strict):
    """Which rows or sequences serve training, validation and test.

    Attributes:
        kind: How they are taken; None for what suits the data.
        folds: Folds of a kind that has several; None for 5.
        gap: Rows that are left out between training and validation.
        train: Most training rows, for a window that slides; None for one that expands.
        validation: Share of the rows (or sequences), below 1, or a number of them.
        test: The same of the test part.
        test_groups: The groups that are the test part.
    """

    kind: (
        Literal[
            "holdout",
            "rolling_origin",
            "random",
            "stratified",
            "group",
            "k_fold",
            "stratified_k_fold",
            "group_k_fold",
            "in_order",
        ]
        | None
    ) = None
    folds: Annotated[int, whole(2, 1000)] | None = None
    gap: Annotated[int, whole(0)] | None = None
    train: Annotated[int, whole(1)] | None = None
    validation: Size | None = None
    test: Size | None = None
    test_groups: Groups | None = None

    @model_validator(mode="after")
    def _goes_together(self) -> "Split":
        self.plan()
        return self

    def plan(self) -> Plan:
        """Return what is asked for, as `autolstm.split.parts_for` takes it."""
        return Plan(**dict(self))


class Choice(Strict):
    """A sampler or pruner by its name, with options for Optuna's class of that name."""

    name: str
    options: dict[str, Any] = Field(default_factory=dict)
