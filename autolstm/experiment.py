"""`Experiment`: what is asked for, and its one reader (study file, command line, `tune`).

The names of the fields are the same everywhere: in a study file, as ``--set KEY=VALUE``, as an
argument of `autolstm.tune`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

from autolstm.errors import SettingError, about, guess, shown
from autolstm.fields import (
    Bytes,
    Columns,
    Folder,
    Name,
    Numbers,
    Seconds,
    Share,
    Weight,
    Workers,
    plain,
    whole,
)
from autolstm.metrics import metric_named
from autolstm.nested import Choice, Split, Strict
from autolstm.outside import stay_inside
from autolstm.refusals import refusal
from autolstm.space.reading import check_space
from autolstm.varied import as_kind, check_cells, check_kind, read_vary
from autolstm.written import assign, dotted, is_study_file, placed, study_file

__all__ = ["Choice", "Experiment", "Kind", "Preset", "Split", "Task", "ask", "plain", "read"]

PRUNERS = (
    *("median", "percentile", "successive_halving", "hyperband", "patient", "threshold", "none"),
)
SAMPLERS = ("tpe", "random", "quasi_random", "grid", "brute_force", "cmaes")
Task = Literal["forecasting", "classification", "regression", "sequence-to-sequence"]
Preset = Literal["quick", "default", "thorough", "guide", "accelerator"]
Kind = Literal["tune", "grid", "sensitivity", "repeats"]


class Experiment(Strict):
    """What is asked for, before any data are read.

    Attributes:
        source: Name of a bundled data set, a path, a DataFrame, a pair (X, y), a `Dataset` or
            `Sequences`.
        kind: tune for a search; grid, sensitivity or repeats for a study of one knob, see
            `autolstm.varied`.
        task: forecasting, classification, regression or sequence-to-sequence; None to infer it.
        target: One or more columns to forecast, or of answers; ``all`` for every numeric one.
        time_column: Column of times.
        id_column: Column that says which series or sequence a row belongs to.
        group_column: Column of the groups of sequences.
        test_column: Column that says whether a sequence is in the official test part.
        covariates: Further columns that the network sees; None for all numeric ones.
        known: Covariates whose future is known.
        calendar: Calendar features to add, ``auto`` for those that suit the frequency.
        static: Columns with one number a series, which describe it.
        season: Rows in one cycle; None to derive it from the frequency or, where that has none,
            from the training rows; 0 for none.
        unit: Unit of the target.
        missing: What is done with missing values: refuse, forward, interpolate or mask.
        horizon: Steps to forecast.
        metric: Name of the metric; None for rmse of numbers, accuracy of classes.
        time_weight: What a factor e of training time is worth, in the unit of the metric. Trials
            are ranked by ``score + time_weight * log(seconds)`` (minus, where the metric is
            maximised), seconds being the training seconds of all fits of a trial; 0 to rank by
            the score alone. Test scores stay plain.
        trials: Trials that the study shall have in the end.
        time: Seconds that one run may take, None for no limit.
        trial_time: Seconds that one trial may take, None for no limit.
        patience: Trials without a better one after which the search ends; None for no end.
        workers: Processes that fit trials at the same time; ``auto`` for as many as processor
            cores and memory allow; None for one or, with ``dask``, all of the cluster.
        dask: Address of the scheduler of a Dask cluster, or path of its scheduler file, whose
            workers fit the trials; None for this machine.
        versions: What becomes of a worker of another machine with other versions of autolstm,
            Keras or TensorFlow: warn or refuse.
        memory: Bytes that a worker may use, None for its share of 80 % of what there is. One that
            has grown past half of it is replaced after its trial, one past all of it is ended.
        seeds: Fits per trial.
        seed: Root of all randomness.
        confirm: Best trials that are fitted again with fresh seeds.
        name: Name of the study; None for the name of the data set.
        home: Folder of studies.
        storage: Optuna storage URL, or ``@FILE`` with one; None for ``studies.db`` in the home.
        artifacts: Folder or ``s3://bucket/prefix`` for a copy of the data; None for the home.
        engine: Which engine trains.
        sampler: Name, or name and options.
        pruner: Name, or name and options.
        split: Kind of the split and sizes of its parts.
        preset: The space that is searched where `space` says nothing else, sized by the data.
        space: Searched, fixed and removed settings, laid over the preset.
        vary: Of a grid, lists of values by setting; of a sensitivity study the same, or a list of
            settings, or nothing for all that the space searches.
        base: Name of a finished study of the same question whose winner a study of one knob
            starts from; None for the default of the space.
        measure_on: Part that a study of one knob is measured on. On ``test``, each configuration
            learns from all rows before it, for the whole of ``training.epochs``, and the weights
            of the last epoch count.
        precision: Half of the 95 % interval that a repeats study aims at, as a share of the mean.
        published: Mean scores that others found, one a cell in their order, shown beside ours.
    """

    source: Any
    kind: Kind = "tune"
    task: Task | None = None
    target: Columns | None = None
    time_column: str | None = None
    id_column: str | None = None
    group_column: str | None = None
    test_column: str | None = None
    covariates: Columns | None = None
    known: Columns | None = None
    calendar: Columns | None = None
    static: Columns | None = None
    season: Annotated[int, whole(0)] | None = None
    unit: str | None = None
    missing: Literal["refuse", "forward", "interpolate", "mask"] = "refuse"
    horizon: Annotated[int, whole(1, 10_000)] = 1
    metric: str | None = None
    time_weight: Weight = 0.0
    trials: Annotated[int, whole(1, 1_000_000)] = 20
    time: Seconds | None = None
    trial_time: Seconds | None = None
    patience: Annotated[int, whole(1)] | None = None
    workers: Workers | None = None
    dask: str | None = None
    versions: Literal["warn", "refuse"] = "warn"
    memory: Bytes | None = None
    seeds: Annotated[int, whole(1, 1000)] = 5
    seed: Annotated[int, whole(0)] = 0
    confirm: Annotated[int, whole(1, 100)] = 3
    name: Name | None = None
    home: Folder = Path("runs")
    storage: str | None = Field(default=None, repr=False)  # it may hold a password
    artifacts: str | None = None
    engine: Literal["compiled", "reference"] = "compiled"
    sampler: Choice = Choice(name="tpe")
    pruner: Choice = Choice(name="median")
    split: Split = Split()
    preset: Preset = "default"
    space: dict[str, Any] = Field(default_factory=dict)
    vary: dict[str, Any] = Field(default_factory=dict)
    base: str | None = None
    measure_on: Literal["validation", "test"] = "validation"
    precision: Share = 0.05
    published: Numbers = ()

    @model_validator(mode="before")
    @classmethod
    def _of_its_kind(cls, table: dict[str, Any]) -> dict[str, Any]:
        return check_kind(table)

    @model_validator(mode="after")
    def _can_be_varied(self) -> "Experiment":
        check_cells(self.kind, self.vary, self.space, self.seeds, self.published)
        return self

    @field_validator("vary", mode="before")
    @classmethod
    def _readable_vary(cls, value: object) -> dict[str, Any]:
        return read_vary(value)

    @field_validator("sampler", "pruner", mode="before")
    @classmethod
    def _named(cls, value: object) -> object:
        return {"name": value} if isinstance(value, str) else value

    @field_validator("metric")
    @classmethod
    def _known_metric(cls, value: str | None) -> str | None:
        return value and metric_named(value).name

    @field_validator("sampler")
    @classmethod
    def _known_sampler(cls, value: Choice) -> Choice:
        return _one_of("sampler", value, SAMPLERS)

    @field_validator("pruner")
    @classmethod
    def _known_pruner(cls, value: Choice) -> Choice:
        return _one_of("pruner", value, PRUNERS)

    @field_validator("space")
    @classmethod
    def _readable_space(cls, value: dict[str, Any]) -> dict[str, Any]:
        with about("space"):
            flat = dotted(value)
            check_space(flat)
        return flat


def read(
    source: str, options: Mapping[str, Any] | None = None, assignments: Sequence[str] = ()
) -> Experiment:
    """Read what a user asks for.

    Args:
        source: A study file (``.toml``), a data file, or the name of a bundled data set.
        options: Fields given apart, over what a study file says.
        assignments: ``KEY=VALUE`` texts, over all; the value is written as in a study file, and a
            plain word needs no quotes.

    Raises:
        SettingError: Something cannot be read; the message names file, line and field.
    """
    written = study_file(Path(source)) if is_study_file(source) else {"source": source}
    table = as_kind(written, (options or {}).get("kind")) | dict(options or {})
    for text in assignments:
        assign(table, text)
    if "source" not in table:
        raise SettingError(
            f'The study file {source} names no data. Add a line such as source = "airline" or '
            f'source = "sales.csv".'
        )
    with placed(source, [*(options or ()), *assignments]):
        given = {*(options or ()), *(text.partition("=")[0].strip() for text in assignments)}
        stay_inside({name: one for name, one in written.items() if name not in given})
        return ask(table)


def ask(table: Mapping[str, Any]) -> Experiment:
    """Check the fields of an experiment.

    Raises:
        SettingError: A field is unknown, missing or of the wrong type.
    """
    try:
        return Experiment.model_validate(dict(table))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        own = first.get("ctx", {}).get("error")
        field = own.field if isinstance(own, SettingError) else ""
        where = ".".join(str(part) for part in first["loc"])
        raise SettingError(_explain(error), field or where) from None


def _one_of(what: str, value: Choice, known: tuple[str, ...]) -> Choice:
    if value.name not in known:
        raise SettingError(
            f"There is no {what} {shown(value.name)}.{guess(value.name, known)} Known are: "
            f"{', '.join(known)}."
        )
    return value


def _explain(error: ValidationError) -> str:
    inner: dict[str, type[BaseModel]] = {"": Experiment, "split": Split}
    inner |= dict.fromkeys(("sampler", "pruner"), Choice)
    known = {name: list(one.model_fields) for name, one in inner.items()}
    return refusal(error.errors(include_url=False)[0], known)
