"""`Result`: what a run of a study leaves in the hands of whoever asked for it."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import optuna
import pandas as pd

from autolstm.ledger.results import Results, Trial
from autolstm.outcome import Score
from autolstm.study.builder import Builder, made_by
from autolstm.study.document import document
from autolstm.tuned.files import load
from autolstm.tuned.stored import Model

__all__ = ["Result"]


@dataclass(frozen=True, eq=False)
class Result:
    """A study after a run: its findings, its files, its trials.

    Attributes:
        results: Everything that the storage holds, as plain values.
        study: The Optuna study itself.
        report_path: The written report.
        model_path: Folder of the saved model.
        added: Trials that this run has finished.
        builder: The user's own builder of networks, None for none.
    """

    results: Results
    study: optuna.Study
    report_path: Path
    model_path: Path
    added: int
    builder: Builder | None = None

    @property
    def best(self) -> Trial:
        """The winning trial: ``best.settings``, ``best.score.mean``, ``best.score.values``."""
        best = self.results.best
        assert best is not None, "a run ends with a winner or raises StudyFailed"
        return best

    @property
    def confirmed(self) -> Score:
        """Validation score of the winner with fresh seeds, on which it was chosen."""
        return self.results.confirmed[self.best.number]

    @property
    def test(self) -> Score:
        """Score of the refitted winner on the untouched test part, one value per seed."""
        assert self.results.refit is not None, "a run ends with a refit or raises StudyFailed"
        return self.results.refit.test

    @property
    def baselines(self) -> dict[str, float]:
        """Test score of every baseline, on the rows of `test`."""
        return dict(self.results.baselines["test"])

    @property
    def skill(self) -> float | None:
        """How much better than the best baseline; see `autolstm.metrics.skill`."""
        return self.results.skill

    @property
    def trials(self) -> pd.DataFrame:
        """One row per trial: state, mean, deviation, searched knobs, cost, reason."""
        return self.results.table()

    @cached_property
    def model(self) -> Model:
        """The tuned model: it forecasts, or answers sequences, from raw data."""
        stored = self.study.get_trials(deepcopy=False)[self.best.number]
        return replace(load(self.model_path), make=made_by(self.builder, stored))

    def document(self) -> dict[str, Any]:
        """Return the findings as one JSON document, as the command prints with ``--json``."""
        return document(self.results) | {"added": self.added}

    def __repr__(self) -> str:
        """Say what was found in one line."""
        unit = f" {self.results.unit}" if self.results.unit else ""
        return (
            f"<Result of study {self.results.name!r}: test {self.results.metric.name} "
            f"{self.test.mean:.4g} ± {self.test.std:.2g}{unit}, {len(self.results.trials)} trials>"
        )
