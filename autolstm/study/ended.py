"""What is known of a trial that has ended, or has all that it needs to."""

from collections.abc import Callable

import optuna
from optuna.trial import FrozenTrial, TrialState

from autolstm.ledger.reading import STATES
from autolstm.ledger.record import StudyKey
from autolstm.metrics import metric_named
from autolstm.metrics.timed import timed
from autolstm.outcome import Score
from autolstm.study.progress import TrialEnded

__all__ = ["event_of", "seconds_of", "value_of", "worth"]

WHOLE = {"scores", "curves", "seconds", "reason"}
"""What the record of a complete trial has, in the order in which it is written."""


def event_of(study: optuna.Study, ended: FrozenTrial) -> TrialEnded:
    """Return what a watcher is told of a trial that has ended."""
    is_complete = ended.state == TrialState.COMPLETE
    score = Score(tuple(ended.user_attrs["scores"])) if is_complete else None
    return TrialEnded(
        number=ended.number,
        state=STATES[ended.state],
        mean=score.mean if score else None,
        std=score.std if score else None,
        best=is_complete and study.best_trial.number == ended.number,
        reason=ended.user_attrs.get("reason", ""),
        seconds=seconds_of(ended),
        params=dict(ended.params),
    )


def seconds_of(trial: FrozenTrial) -> float:
    """Return the seconds that a trial says it took."""
    return float(trial.user_attrs.get("seconds", {}).get("total", 0.0))


def value_of(study: optuna.Study, trial: FrozenTrial) -> float | None:
    """Return what a trial is ranked by that has all scores in its record, told or not.

    A process may be cut off between the last line of a record, which is its reason, and telling
    the storage. Nothing of such a trial is to be fitted again.

    Returns:
        As `autolstm.question.Question.value`; None where the record is not whole.
    """
    kept = trial.user_attrs
    if not kept.keys() >= WHOLE:
        return None
    return worth(study)(Score(tuple(kept["scores"])), kept["seconds"].get("train", 0.0))


def worth(study: optuna.Study) -> Callable[[Score, float], float]:
    """Return what says, of a score and training seconds, what a stored study ranks them by."""
    asked = study.user_attrs[StudyKey.question]
    metric, weight = metric_named(asked["metric"]), asked.get("time_weight", 0.0)
    return lambda score, seconds: timed(metric, score.mean, seconds, weight)
