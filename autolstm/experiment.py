"""`Experiment`: what is asked for, and its one reader (study file, command line, `tune`).

The names of the fields are the same everywhere: in a study file, as ``--set KEY=VALUE``, as an
argument of `autolstm.tune`.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from autolstm.errors import SettingError, guess
from autolstm.metrics import metric_named
from autolstm.space.reading import check_space

__all__ = ["Choice", "Experiment", "Split", "ask", "read"]

PRUNERS = ("median", "percentile", "successive_halving", "hyperband", "patient", "threshold", "none")
SAMPLERS = ("tpe", "random", "quasi_random")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Split(_Strict):
    """Sizes of the parts, as a share of the rows (below 1) or a number of rows."""

    validation: float | None = Field(default=None, gt=0)
    test: float | None = Field(default=None, gt=0)


class Choice(_Strict):
    """A sampler or pruner by its name, with options for Optuna's class of that name."""

    name: str
    options: dict[str, Any] = Field(default_factory=dict)


class Experiment(_Strict):
    """What is asked for, before any data are read.

    Attributes:
        source: Name of a bundled data set, a path, a DataFrame or a `Dataset`.
        target: Column to forecast.
        time_column: Column of times.
        covariates: Further columns that the network sees; None for all numeric ones.
        season: Rows in one cycle; None to derive it from the frequency, 0 for none.
        unit: Unit of the target.
        horizon: Steps to forecast.
        metric: Name of the metric.
        trials: Trials that the study shall have in the end.
        time: Seconds that one run may take, None for no limit.
        seeds: Fits per trial.
        seed: Root of all randomness.
        confirm: Best trials that are fitted again with fresh seeds.
        name: Name of the study; None for the name of the data set.
        home: Folder of studies.
        storage: Optuna storage URL; None for ``studies.db`` in the home.
        engine: Which engine trains.
        sampler: Name, or name and options.
        pruner: Name, or name and options.
        split: Sizes of the validation and test parts.
        space: Searched and fixed settings, laid over the default space.
    """

    source: Any
    target: str | None = None
    time_column: str | None = None
    covariates: str | tuple[str, ...] | None = None
    season: int | None = Field(default=None, ge=0)
    unit: str | None = None
    horizon: int = Field(default=1, ge=1, le=10_000)
    metric: str = "rmse"
    trials: int = Field(default=20, ge=1, le=1_000_000)
    time: float | None = Field(default=None, gt=0)
    seeds: int = Field(default=5, ge=1, le=1000)
    seed: int = Field(default=0, ge=0)
    confirm: int = Field(default=3, ge=1, le=100)
    name: str | None = None
    home: Path = Path("runs")
    storage: str | None = None
    engine: Literal["reference"] = "reference"
    sampler: Choice = Choice(name="tpe")
    pruner: Choice = Choice(name="median")
    split: Split = Split()
    space: dict[str, Any] = Field(default_factory=dict)

    @field_validator("time", mode="before")
    @classmethod
    def _seconds(cls, value: object) -> object:
        return seconds(value) if isinstance(value, str) else value

    @field_validator("sampler", "pruner", mode="before")
    @classmethod
    def _named(cls, value: object) -> object:
        return {"name": value} if isinstance(value, str) else value

    @field_validator("metric")
    @classmethod
    def _known_metric(cls, value: str) -> str:
        return metric_named(value).name

    @field_validator("name")
    @classmethod
    def _plain_name(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"\w[\w.-]{0,99}", value):
            raise SettingError(
                f"name = {value!r} cannot name a folder. A name takes letters, digits, _ . and -, "
                f"at most 100, and begins with a letter or digit. Try {plain(value)!r}."
            )
        return value

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
        flat = _dotted(value)
        check_space(flat)
        return flat


def plain(text: str) -> str:
    """Turn any text into a name that a folder can have."""
    return re.sub(r"[^\w.-]+", "-", text).strip("-._")[:100] or "study"


def seconds(text: str) -> float:
    """Read a time such as ``90s``, ``10m``, ``1h30m`` or ``90`` (seconds).

    Raises:
        SettingError: The text is no time.
    """
    found = re.fullmatch(r"\s*(?:([\d.]+)\s*h)?\s*(?:([\d.]+)\s*m(?:in)?)?\s*(?:([\d.]+)\s*s?)?\s*", text)
    try:
        hours, minutes, rest = (float(one or 0) for one in (found.groups() if found else ()))
    except ValueError:
        hours = minutes = rest = 0.0
    total = hours * 3600 + minutes * 60 + rest
    if total <= 0:
        raise SettingError(
            f"time = {text!r} is no length of time. It takes 90s, 10m, 2h or 1h30m."
        )
    return total


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
        SettingError: Something cannot be read; the message names file, line or field.
    """
    table = _study_file(Path(source)) if source.endswith(".toml") else {"source": source}
    table |= dict(options or {})
    for text in assignments:
        _assign(table, text)
    return ask(table)


def ask(table: Mapping[str, Any]) -> Experiment:
    """Check the fields of an experiment.

    Raises:
        SettingError: A field is unknown, missing or of the wrong type.
    """
    try:
        return Experiment.model_validate(dict(table))
    except ValidationError as error:
        raise SettingError(_explain(error)) from None


def _study_file(path: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        near = sorted(str(one) for one in path.parent.glob("*.toml")) if path.parent.is_dir() else []
        raise SettingError(
            f"There is no study file {path}.{guess(str(path), near)} Give the path of a .toml file, "
            f"of a data file, or the name of a bundled data set (`autolstm datasets`)."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"The study file {path} cannot be read: {error}.") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingError(
            f"The study file {path} is not valid TOML: {error}. Text needs quotes, lists need [ ]."
        ) from None
    if "source" not in table:
        raise SettingError(
            f'The study file {path} names no data. Add a line such as source = "airline" or '
            f'source = "sales.csv".'
        )
    beside = path.parent / str(table["source"])
    if beside.is_file():
        table["source"] = str(beside)
    table.setdefault("name", plain(path.stem))
    return table


def _assign(table: dict[str, Any], text: str) -> None:
    key, mark, written = text.partition("=")
    key = key.strip()
    if not mark or not key:
        raise SettingError(
            f"--set {text!r} is not understood. Write --set KEY=VALUE, such as "
            f"--set split.test=12 or --set space.architecture.units=64."
        )
    try:
        value = tomllib.loads(f"value = {written}")["value"]
    except tomllib.TOMLDecodeError:
        value = written.strip()
    group, _, rest = key.partition(".")
    if group in ("split", "space", "sampler", "pruner") and rest:
        held = table.get(group, {})
        held = {"name": held} if isinstance(held, str) else held
        table[group] = {**(_dotted(held) if group == "space" else held), rest: value}
    else:
        table[key] = value


def _dotted(table: Mapping[str, Any]) -> dict[str, Any]:
    """Accept ``[space.architecture] units = 64`` for ``"architecture.units" = 64``."""
    flat: dict[str, Any] = {}
    for name, value in table.items():
        if name in ("preparation", "architecture", "training") and isinstance(value, Mapping):
            flat |= {f"{name}.{short}": one for short, one in value.items()}
        else:
            flat[name] = value
    return flat


def _one_of(what: str, value: Choice, known: tuple[str, ...]) -> Choice:
    if value.name not in known:
        raise SettingError(
            f"There is no {what} {value.name!r}.{guess(value.name, known)} Known are: "
            f"{', '.join(known)}."
        )
    return value


def _explain(error: ValidationError) -> str:
    """Say the first fault in one line: which field, what came, what it takes."""
    fault = error.errors()[0]
    where = ".".join(str(part) for part in fault["loc"])
    own = fault.get("ctx", {}).get("error")
    if isinstance(own, SettingError):
        return str(own)
    if fault["type"] == "extra_forbidden":
        parents = {"split": Split, "sampler": Choice, "pruner": Choice}
        owner = parents.get(str(fault["loc"][0]), Experiment)
        fields = list(owner.model_fields)
        return (
            f"There is no field {where!r}.{guess(str(fault['loc'][-1]), fields)} "
            f"Known are: {', '.join(fields)}."
        )
    if fault["type"] == "missing":
        return f"The field {where!r} is missing."
    wanted = fault["msg"].removeprefix("Input should be ").split(", unable")[0]
    return f"{where} = {fault['input']!r} is not accepted. It takes {wanted}."
