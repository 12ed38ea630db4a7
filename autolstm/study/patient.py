"""`Patient`: a pruner that lets a trial be as long as it still gets better."""

import optuna
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial

__all__ = ["Patient"]


class Patient(optuna.pruners.BasePruner):
    """Prunes what another pruner would, but only where the last reports brought nothing new.

    Optuna's `PatientPruner` waits for reports that are worse than earlier ones. Ours are the best
    losses so far, which never become worse, so that it would never prune anything.

    Args:
        inner: The pruner that judges a trial which does not get better any more.
        patience: Reports without a better value, at least 1.
        min_delta: What counts as better, in the unit of the reports.

    Raises:
        ValueError: The patience is below 1, or the difference negative.
    """

    def __init__(
        self, inner: optuna.pruners.BasePruner, *, patience: int, min_delta: float = 0.0
    ) -> None:
        if patience < 1:
            raise ValueError(f"patience takes a whole number of at least 1, not {patience}")
        if min_delta < 0:
            raise ValueError(f"min_delta takes a number of at least 0, not {min_delta}")
        self._inner = inner
        self._patience = patience
        self._min_delta = min_delta

    def prune(self, study: optuna.Study, trial: FrozenTrial) -> bool:
        """Whether the trial is to end: it stands still, and the other pruner would end it."""
        sign = 1 if study.direction == StudyDirection.MINIMIZE else -1
        reports = [sign * value for _, value in sorted(trial.intermediate_values.items())]
        if len(reports) <= self._patience:
            return False
        gained = min(reports[: -self._patience]) - min(reports)
        return gained <= self._min_delta and self._inner.prune(study, trial)
