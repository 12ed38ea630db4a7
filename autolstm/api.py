"""The Python face: `tune`."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from autolstm.errors import SettingError
from autolstm.experiment import ask

if TYPE_CHECKING:
    import pandas as pd

    from autolstm.dataset import Dataset
    from autolstm.sequences import Sequences
    from autolstm.study.builder import Builder
    from autolstm.study.result import Result

__all__ = ["Fields", "tune"]


class Fields(TypedDict, total=False):
    """The fields of a study file, which are the keyword arguments of `tune`."""

    task: str | None
    target: "str | list[str] | tuple[str, ...] | None"
    time_column: str | None
    id_column: str | None
    group_column: str | None
    test_column: str | None
    covariates: "str | list[str] | tuple[str, ...] | None"
    known: "str | list[str] | tuple[str, ...] | None"
    calendar: "str | list[str] | tuple[str, ...] | None"
    static: "str | list[str] | tuple[str, ...] | None"
    season: int | None
    unit: str | None
    missing: str
    horizon: int
    metric: str | None
    time_weight: float
    trials: int
    time: "float | str | None"
    seeds: int
    seed: int
    confirm: int
    name: str | None
    home: "str | Path"
    storage: str | None
    engine: str
    sampler: "str | dict[str, Any]"
    pruner: "str | dict[str, Any]"
    split: dict[str, Any]
    preset: str
    space: dict[str, Any]


def tune(
    dataset: "str | Path | pd.DataFrame | pd.Series | tuple[Any, Any] | Mapping[str, Any] "
    "| Dataset | Sequences",
    *,
    progress: bool = True,
    build: "Builder | None" = None,
    **fields: Unpack[Fields],
) -> "Result":
    """Tune an LSTM on data, or go on with a study that was begun.

    The same call again continues the study of that ``name`` up to ``trials`` trials.

    Args:
        dataset: Name of a bundled data set (``"airline"``), path of a file, a DataFrame or Series
            with a time index, a pair ``(X, y)`` or dict of arrays of sequences and their answers,
            a `Dataset` or `Sequences`; see `autolstm.load`.
        progress: Whether to show what happens: live on a terminal, else a line per trial.
        build: A function of your own that builds the networks: of an Optuna trial, which it may
            ask for what it likes (``trial.suggest_int("units", 8, 64)``), and of ``shapes``
            (``window``, ``features``, ``output``) to a `keras.Model`, not compiled, from
            (n, window, features) to (n, *output); for classes it ends in scores (logits). Seeds,
            pruning, storage and report are those of every study. What Keras layers it is made
            of decides whether it is trained compiled; all else trains seed after seed.
        **fields: The fields of a study file, under the same names: ``target``, ``horizon``
            (rows), ``metric``, ``trials``, ``time`` (seconds, or ``"10m"``), ``seeds``,
            ``name``, ``home``, ``split``, ``preset``, ``space`` and the others of `Experiment`.

    Returns:
        The findings: ``best``, ``confirmed``, ``test``, ``baselines``, ``skill``, ``trials``,
        ``study``, ``model``, ``report_path``.

    Raises:
        InputError: Data, settings or storage that the caller can mend; the message says how.
        StudyFailed: No trial could be finished.
    """
    if "source" in fields:
        raise SettingError(
            "tune takes the data as its first argument, dataset, and no source beside it. Leave "
            "source out."
        )
    experiment = ask({"source": dataset, **fields})
    from autolstm.cli.watching import watching
    from autolstm.study.manager import run

    with watching(as_json=False, quiet=not progress) as watcher:
        return run(experiment, watcher, build)
