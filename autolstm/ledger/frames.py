"""All trials of a study as tables, for other programs: a row a trial, or a row an epoch."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from autolstm.ledger.results import Results, Trial

__all__ = ["curves_frame", "trials_frame"]


def trials_frame(results: "Results") -> pd.DataFrame:
    """Return one row per trial.

    Columns: number, state, is_default, value (what the search went by), mean and std; a score and
    a best epoch for each fit, from 1; what was searched; parameters (trainable numbers), seconds,
    reason, started and ended; then every other setting, and the scores with fresh seeds of those
    that were confirmed. What is not known is empty.
    """
    trials = results.trials
    fits = max((len(one.score.values) for one in trials if one.score), default=0)
    stopped = max((len(one.best_epochs) for one in trials), default=0)
    searched = dict.fromkeys(name for one in trials for name in one.params)
    settings = dict.fromkeys(name for one in trials for name in one.settings)
    columns: dict[str, Iterable[Any]] = {
        "number": [one.number for one in trials],
        "state": [one.state for one in trials],
        "is_default": [one.is_default for one in trials],
        "value": [results.value(one) for one in trials],
        "mean": [one.score.mean if one.score else None for one in trials],
        "std": [one.score.std if one.score else None for one in trials],
        **{f"score_{n + 1}": [_at(_scores(one), n) for one in trials] for n in range(fits)},
        # A setting that a trial has not searched, because of a condition, still has a value.
        **{
            name: _alike([one.settings.get(name, one.params.get(name)) for one in trials])
            for name in searched
        },
        **{
            f"best_epoch_{n + 1}": [_at(one.best_epochs, n) for one in trials]
            for n in range(stopped)
        },
        "parameters": [one.parameters or None for one in trials],
        "seconds": [one.seconds.get("total") for one in trials],
        "train_seconds": [one.seconds.get("train") for one in trials],
        "reason": [one.reason for one in trials],
        "started": pd.to_datetime([one.started for one in trials]),
        "ended": pd.to_datetime([one.ended for one in trials]),
        "confirmed_mean": [_confirmed(results, one) for one in trials],
        **{
            name: _alike([one.settings.get(name) for one in trials])
            for name in settings
            if name not in searched
        },
    }
    frame = pd.DataFrame(columns)
    whole = [name for name in frame if name.startswith("best_epoch_") or name == "parameters"]
    return frame.astype(dict.fromkeys(whole, "Int64"))


def curves_frame(results: "Results") -> pd.DataFrame:
    """Return one row per trial, fit (from 1) and epoch: number, seed, epoch, both losses."""
    parts = []
    for one in results.trials:
        if one.curve is None:
            continue
        epochs, fits = one.curve.train_loss.shape
        parts.append(
            pd.DataFrame(
                {
                    "number": one.number,
                    "fit": np.repeat(np.arange(1, fits + 1), epochs),
                    "epoch": np.tile(np.arange(1, epochs + 1), fits),
                    "train_loss": one.curve.train_loss.T.ravel(),
                    "valid_loss": one.curve.valid_loss.T.ravel(),
                }
            )
        )
    names = ["number", "fit", "epoch", "train_loss", "valid_loss"]
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=names)
    # A fit that had stopped before has no losses.
    return frame.dropna(subset=["train_loss", "valid_loss"], how="all").reset_index(drop=True)


def _scores(trial: "Trial") -> tuple[float, ...]:
    return trial.score.values if trial.score else ()


def _at(values: tuple[Any, ...], place: int) -> Any:
    return values[place] if place < len(values) else None


def _confirmed(results: "Results", trial: "Trial") -> float | None:
    score = results.confirmed.get(trial.number)
    return score.mean if score else None


def _alike(values: list[Any]) -> list[Any]:
    """Return values of one kind: a column of Parquet cannot hold 32 beside "full"."""
    kinds = {type(one) for one in values if one is not None}
    if len(kinds) < 2 or kinds == {int, float}:
        return values
    return [None if one is None else str(one) for one in values]
