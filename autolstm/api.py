"""The Python face: `tune`, and the studies of one knob: `grid`, `sensitivity`, `repeats`."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict, Unpack

from autolstm.errors import SettingError
from autolstm.experiment import ask

if TYPE_CHECKING:
    import pandas as pd

    from autolstm.dataset import Dataset
    from autolstm.sequences import Sequences
    from autolstm.study.builder import Builder
    from autolstm.study.result import Result

__all__ = ["Fields", "grid", "repeats", "sensitivity", "tune"]


class Fields(TypedDict, total=False):
    """The fields of a study file, which are the keyword arguments of `tune`."""

    kind: str
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
    trial_time: "float | str | None"
    patience: int | None
    workers: "int | str | None"
    dask: str | None
    memory: "int | str | None"
    versions: str
    seeds: int
    seed: int
    confirm: int
    name: str | None
    home: "str | Path"
    storage: str | None
    artifacts: str | None
    engine: str
    sampler: "str | dict[str, Any]"
    pruner: "str | dict[str, Any]"
    split: dict[str, Any]
    preset: str
    space: dict[str, Any]
    vary: "dict[str, Any] | list[str] | tuple[str, ...]"
    base: str | None
    measure_on: str
    precision: float
    published: "list[float] | tuple[float, ...]"


Data: TypeAlias = (
    "str | Path | pd.DataFrame | pd.Series | tuple[Any, Any] | Mapping[str, Any] | Dataset "
    "| Sequences"
)


def tune(
    dataset: Data,
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
    return _run("tune", dataset, fields, progress=progress, build=build)


def grid(dataset: Data, *, progress: bool = True, **fields: Unpack[Fields]) -> "Result":
    """Fit every combination of the values of some settings, all else fixed, and compare them.

    All cells share their seeds, so they are compared in pairs, seed by seed. A grid that was
    begun goes on where it was.

    Args:
        dataset: As `tune` takes it.
        progress: Whether to show what happens.
        **fields: ``vary``, as in ``{"architecture.units": [1, 5, 10]}``, and the fields of a
            study file but those of a search (``trials``, ``confirm``, ``sampler``, ``pruner``).

    Returns:
        The findings: ``cells`` (a table), ``comparison``, ``best``, ``trials``, ``study``,
        ``report_path``; there is no ``model``.

    Raises:
        InputError: Data, settings or storage that the caller can mend; the message says how.
        StudyFailed: No cell could be finished.
    """
    return _run("grid", dataset, fields, progress=progress)


def sensitivity(dataset: Data, *, progress: bool = True, **fields: Unpack[Fields]) -> "Result":
    """Move one setting at a time away from a base, and rank the settings by what that changes.

    Args:
        dataset: As `tune` takes it.
        progress: Whether to show what happens.
        **fields: As `grid` takes them; ``vary`` may be left out (all that is searched), be a list
            of settings (each over its range), or name values; ``base`` names a finished study
            whose winner is the base.

    Returns:
        As `grid`.

    Raises:
        InputError: Data, settings or storage that the caller can mend; the message says how.
        StudyFailed: No cell could be finished.
    """
    return _run("sensitivity", dataset, fields, progress=progress)


def repeats(dataset: Data, *, progress: bool = True, **fields: Unpack[Fields]) -> "Result":
    """Fit one configuration with many seeds, and say how many are needed.

    Args:
        dataset: As `tune` takes it.
        progress: Whether to show what happens.
        **fields: ``seeds`` (30), ``precision`` (half of the 95 % interval as a share of the mean,
            0.05), and as `grid` takes them, but ``vary``.

    Returns:
        As `grid`.

    Raises:
        InputError: Data, settings or storage that the caller can mend; the message says how.
        StudyFailed: The configuration could not be fitted.
    """
    return _run("repeats", dataset, fields, progress=progress)


def _run(
    kind: str, dataset: object, fields: Fields, *, progress: bool, build: "Builder | None" = None
) -> "Result":
    if "source" in fields:
        raise SettingError(
            f"{kind} takes the data as its first argument, dataset, and no source beside it. "
            f"Leave source out."
        )
    # `tune` runs any kind, as the command `study` does; the others are shorthands.
    if kind != "tune" and fields.get("kind", kind) != kind:
        raise SettingError(
            f"{kind} runs studies of kind {kind!r}, not {fields['kind']!r}. Leave kind out, or "
            f"call `autolstm.tune`, which runs any."
        )
    asked = {"source": dataset, **fields}
    experiment = ask(asked if kind == "tune" else {**asked, "kind": kind})
    from autolstm.cli.watching import watching
    from autolstm.study import manager

    with watching(as_json=False, quiet=not progress) as watcher:
        # One worker is this process, in which a user can look into what happens.
        if experiment.dask is None and experiment.workers in (None, 1):
            return manager.run(experiment, watcher, build)
        from autolstm import workers

        return workers.run(experiment, watcher, build)
