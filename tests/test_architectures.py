"""Knobs of the architecture on their way into a study: files, command line, storage, refusals."""

import json
import tomllib
from typing import Any

import optuna
import pytest
from report_samples import small
from tiny_fits import series
from tiny_sequences import sequences

from autolstm.errors import SettingError
from autolstm.experiment import ask
from autolstm.framing.architectures import check_forecasters, check_networks
from autolstm.question import pose
from autolstm.report import numbers
from autolstm.report.tables import settings as settings_table
from autolstm.settings import Settings
from autolstm.space import SeriesSize, Space, preset_space
from autolstm.space.reading import check_space, overlay
from autolstm.written import assign, dotted

BOTH = "architecture.bidirectional"
DEFAULT = preset_space("default", SeriesSize(train_rows=100, season=12, horizon=3))


def laid(table: dict[str, Any]) -> Space:
    """Lay a table over the default space; names without a group are of the architecture."""
    return overlay(
        DEFAULT, {key if "." in key else f"architecture.{key}": one for key, one in table.items()}
    )


# Truth values and texts ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "name", "options"),
    [
        ("bidirectional=true", BOTH, (True,)),
        ("bidirectional=false", BOTH, (False,)),
        ("bidirectional=[false, true]", BOTH, (False, True)),
        ("kernel_sizes=5", "architecture.kernel_sizes", ("5",)),
        ("kernel_sizes=3,5", "architecture.kernel_sizes", ("3,5",)),
        ('kernel_sizes=[3, "3,5"]', "architecture.kernel_sizes", ("3", "3,5")),
    ],
)
def test_the_command_line_and_study_files_say_the_same(
    written: str, name: str, options: tuple[object, ...]
) -> None:
    table: dict[str, Any] = {}
    assign(table, f"space.architecture.{written}")
    space = overlay(DEFAULT, table["space"])
    check_space(table["space"])
    assert space.values(name) == options
    assert (name in space.dimensions) is (len(options) > 1)
    key, _, value = written.partition("=")
    quoted = value if value[0] in "[tf" else json.dumps(value)
    file = tomllib.loads(f"[space.architecture]\n{key} = {quoted}")
    assert overlay(DEFAULT, dotted(file["space"])).table() == space.table()


@pytest.mark.parametrize("said", ["True", "yes", "1"])
def test_what_is_no_truth_value_is_refused(said: str) -> None:
    table: dict[str, Any] = {}
    assign(table, f"space.{BOTH}={said}")
    with pytest.raises(SettingError, match=r"not accepted\..*It takes true or false\."):
        check_space(table["space"])


def test_a_trial_gets_truth_values_and_a_storage_gives_them_back() -> None:
    space = laid({"bidirectional": [False, True], "kernel_sizes": ["3", "3,5"]})
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(1))
    seen = set()
    for _ in range(12):
        trial = study.ask()
        found = space.suggest(trial).architecture
        assert type(found.bidirectional) is bool
        assert trial.params[BOTH] is found.bidirectional
        seen.add((found.bidirectional, found.kernel_sizes))
    assert len(seen) == 4
    assert Settings.from_flat(json.loads(json.dumps(Settings().flat()))) == Settings()


def test_a_condition_may_ask_for_a_truth_value() -> None:
    dropped = {"low": 0.0, "high": 0.5, "when": {BOTH: True}}
    space = laid({"bidirectional": [False, True], "dropout": dropped})
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(1))
    for _ in range(12):
        trial = study.ask()
        both = space.suggest(trial).architecture.bidirectional
        assert ("architecture.dropout" in trial.params) is both


def test_reports_write_truth_values_as_files_do() -> None:
    assert [numbers.setting(one) for one in (True, False)] == ["true", "false"]
    results = small()
    asked = {**results.question, f"space.{BOTH}": [False, True]}
    table = settings_table(results.__class__(**{**_fields(results), "question": asked}))
    row = next(one for one in table.rows if one.cells[0] == BOTH)
    assert row.cells[2] == "false, true"
    assert row.marked


def _fields(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


# What cannot be built -----------------------------------------------------------------------

WITH_STATE = {"choices": [False, True], "when": {"architecture.decoder": "state"}}
STRATEGY = "preparation.strategy"
POOLED = "architecture.pooling = 4 leaves fewer steps"
ASKED = "architecture.attention = true needs a decoder"


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({}, None),
        ({"filters": 8, "pooling": 4}, POOLED),
        ({"filters": [0, 8], "pooling": [1, 4]}, POOLED),
        ({"filters": {"low": 0, "high": 8}, "pooling": {"low": 1, "high": 4}}, POOLED),
        ({"filters": [0, 8]}, None),
        ({"pooling": [1, 4]}, None),
        ({"attention": [False, True]}, None),
    ],
)
def test_answers_at_every_step_need_every_step(table: dict[str, Any], says: str | None) -> None:
    space = laid(table)
    check_networks(space, "vector")
    if says is None:
        check_networks(space, "steps")
        return
    with pytest.raises(SettingError, match=says):
        check_networks(space, "steps")


@pytest.mark.parametrize(
    ("table", "refused"),
    [
        ({"attention": True}, True),
        ({"attention": [False, True]}, True),
        ({"attention": [False, True], "decoder": ["repeat", "state"]}, True),
        ({"attention": [False, True], "decoder": "state"}, False),
        ({"attention": WITH_STATE, "decoder": ["repeat", "state"]}, False),
        ({"attention": {**WITH_STATE, "when": {"architecture.cell": "gru"}}, "cell": "gru"}, True),
        (
            {
                "attention": {**WITH_STATE, "when": {"architecture.cell": "gru"}},
                "cell": ["lstm", "gru"],
                "decoder": "state",
            },
            False,
        ),
        ({"decoder": ["repeat", "state"]}, False),
    ],
)
def test_attention_needs_a_state(table: dict[str, Any], refused: bool) -> None:
    for strategies in ("decoder", ["direct", "decoder"]):
        space = laid({STRATEGY: strategies, **table})
        if refused:
            with pytest.raises(SettingError, match=ASKED):
                check_forecasters(space)
            with pytest.raises(SettingError, match=ASKED):
                check_networks(space, "decoder")
        else:
            check_forecasters(space)
            check_networks(space, "decoder")
    # Without a decoder, it is idle.
    check_forecasters(laid(table))


def test_what_passes_never_fails_in_a_trial() -> None:
    """Slow and obvious: many trials of a space that is not refused."""
    from autolstm.settings import check_architecture

    space = laid(
        {
            STRATEGY: ["direct", "decoder"],
            "decoder": ["repeat", "state"],
            "attention": WITH_STATE,
            "filters": [0, 8],
            "pooling": [1, 2],
        }
    )
    check_forecasters(space)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(3))
    seen = set()
    for _ in range(60):
        asked = space.suggest(study.ask())
        form = "decoder" if asked.preparation.strategy == "decoder" else "vector"
        check_architecture(asked.architecture, form)
        seen.add((form, asked.architecture.attention))
    assert len(seen) == 4


def test_a_question_is_refused_before_its_study() -> None:
    table = {STRATEGY: "decoder", "architecture.attention": True}
    asked = ask(
        {"source": "tiny", "horizon": 2, "split": {"validation": 8, "test": 8}, "space": table}
    )
    with pytest.raises(SettingError, match=ASKED):
        pose(asked, series())


def test_a_question_about_every_step_is_refused_before_its_study() -> None:
    table = {"architecture.filters": [0, 8], "architecture.pooling": 4}
    asked = ask({"source": "tiny", "split": {"validation": 6, "test": 8}, "space": table})
    pose(asked, sequences("vector"))
    with pytest.raises(SettingError, match=POOLED):
        pose(asked, sequences("steps"))
