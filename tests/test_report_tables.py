"""The tables of the page and its sentences, cell by cell."""

from dataclasses import replace

import pytest
from report_samples import DATA, begun, small, study, trial

from autolstm.metrics import METRICS
from autolstm.outcome import Score
from autolstm.report import findings
from autolstm.report.tables import (
    NOTHING,
    baselines,
    best_trials,
    data,
    lost_trials,
    settings,
)
from autolstm.report.views import labelled, method


def test_the_table_of_the_best_trials():
    table = best_trials(small())
    heads = [head.text for head in table.heads]
    assert heads[:5] == [
        "Trial",
        "Search rmse (thousand passengers)",
        "Confirmed rmse (thousand passengers)",
        "scale",
        "difference",
    ]
    assert "window (rows)" in heads
    assert heads[-5:] == [
        "Parameters",
        "Tracing time",
        "Training time",
        "Whole time",
        "Why it stopped",
    ]
    assert [row.cells[0] for row in table.rows] == ["1 (winner)", "3", "0 (default)"]
    assert [row.marked for row in table.rows] == [True, False, False]
    assert table.rows[0].cells[1:3] == ("10.00", "12.0 ± 1.4")
    assert table.rows[1].cells[2] == NOTHING
    assert table.rows[0].cells[-4:-1] == ("1.2 s", "9.0 s", "11 s")
    assert all(len(row.cells) == len(heads) for row in table.rows)
    assert table.caption.startswith("Complete trials, all 3, the best search score first.")


def test_a_knob_that_a_trial_was_not_asked_for():
    asked = replace(
        trial(0, score=1.0, spread=0.0), params={"training.momentum": 0.5, "own.thing": 2}
    )
    other = replace(trial(1, score=2.0, spread=0.0), params={})
    table = best_trials(small(trials=(asked, other), winner=None, confirmed={}))
    assert [head.text for head in table.heads[3:5]] == ["momentum", "thing"]
    assert [row.cells[3:5] for row in table.rows] == [("0.5", "2"), (NOTHING, NOTHING)]


def test_hundreds_of_trials_show_the_best_and_those_that_matter():
    trials = tuple(trial(n, score=300.0 - n, spread=0.0) for n in range(300))
    table = best_trials(small(trials=trials, winner=200, confirmed={}))
    assert len(table.rows) == 22
    assert [row.cells[0] for row in table.rows[-2:]] == ["200 (winner)", "0 (default)"]
    assert "the best 20 of 300" in table.caption


def test_a_trial_of_which_little_is_known():
    bare = replace(trial(0, score=1.0), seconds={}, parameters=0, reason="")
    row = best_trials(small(trials=(bare,), winner=None, confirmed={})).rows[0]
    assert row.cells[-5:] == (NOTHING,) * 5


def test_a_single_seed_has_no_deviation():
    alone = replace(trial(0), score=Score((17.25,)))
    table = best_trials(small(trials=(alone,), winner=None, confirmed={}))
    assert table.rows[0].cells[1] == "17.25"


def test_no_table_before_a_complete_trial():
    assert best_trials(begun()) is None


def test_the_trials_without_a_score():
    table = lost_trials(small())
    assert [row.cells[:3] for row in table.rows] == [
        ("2", "pruned", small().trials[2].reason),
        ("4", "failed", "the fit did not fit into memory: 3.1 GiB asked for"),
    ]
    assert table.caption == "Trials without a score: 1 failed, 1 pruned."
    many = tuple(trial(n, "pruned") for n in range(25))
    table = lost_trials(small(trials=many, winner=None))
    assert table.caption.endswith("25 pruned. The latest 20 are shown.")
    assert len(table.rows) == 20
    assert lost_trials(small(trials=(trial(1, score=2.0),))) is None


def test_the_table_of_baselines():
    table = baselines(small())
    assert [head.text for head in table.heads] == [
        "Forecast",
        "Validation rmse (thousand passengers)",
        "Test rmse (thousand passengers)",
        "Tuned model against it",
    ]
    cells = [row.cells for row in table.rows]
    assert cells[0] == ("tuned LSTM, mean over seeds", "12.0 ± 1.4", "18.0 ± 1.4", NOTHING)
    assert cells[1] == ("tuned LSTM, mean forecast of its seeds", NOTHING, "16.10", NOTHING)
    assert cells[2] == ("default LSTM (trial 0)", "20.00", NOTHING, NOTHING)
    assert [row[0] for row in cells[3:]] == [
        "seasonal naive",
        "drift",
        "persistence",
        "mean of the last 12",
    ]
    assert cells[3] == ("seasonal naive", "47.20", "50.70", "rmse is 64 % smaller")
    assert [row.marked for row in table.rows] == [True] + [False] * 6


def test_the_table_says_which_baselines_learn():
    assert "learn" not in baselines(small()).caption
    scores = {"ets": 20.0, "drift": 30.0, "theta": 25.0}
    table = baselines(small(baselines={"validation": scores, "test": scores}))
    assert "Of the baselines, ets, theta learnt from all rows before the part" in table.caption
    assert [row.cells[0] for row in table.rows][-3:] == ["ets", "theta", "drift"]


def test_baselines_alone():
    table = baselines(begun())
    assert [row.cells[0] for row in table.rows][:2] == ["seasonal naive", "drift"]
    assert {row.cells[3] for row in table.rows} == {NOTHING}
    assert baselines(small(baselines={})) is None


def test_the_facts_of_the_data():
    told = dict(data(study()))
    assert told["Target"] == "passengers (thousand passengers)"
    assert told["Rows"] == "144, one every month (pandas frequency MS)"
    assert told["From, to"] == "1949-01 to 1960-12"
    assert told["Parts, in time order"] == (
        "train 108 rows (75 %), validation 24 rows (17 %), test 12 rows (8.3 %)"
    )
    assert told["Covariates"] == "none"
    assert "Notes" not in told


def test_the_facts_of_data_without_times():
    plain = replace(
        DATA, unit="", frequency="", season=0, first="", last="", covariates=("a", "b"),
        notes=("One.", "Two."),
    )  # fmt: skip
    told = dict(data(replace(study(), data=plain)))
    assert told["Target"] == "passengers (unit not known)"
    assert told["Rows"] == "144, one every step"
    assert told["Season"] == "none"
    assert told["Covariates"] == "a, b"
    assert told["Notes"] == "One. Two."
    assert "From, to" not in told


def test_the_settings_of_the_winner():
    held = small()
    table = settings(held)
    cells = {row.cells[0]: row for row in table.rows}
    assert table.caption.endswith("The values are those of trial 1.")
    assert cells["preparation.window (rows)"].cells[2] == "6, 12, 24"
    assert cells["architecture.dropout"].cells[2] == "0 to 0.5 in steps of 0.1"
    assert cells["training.learning_rate"].cells[2] == "0.0003 to 0.03, log scale"
    assert cells["training.momentum"].cells[2] == "0 to 0.95, only with training.optimizer sgd"
    assert cells["training.epochs"].cells[2] == "always 150"
    assert cells["training.epochs"].cells[3].endswith("training windows.")
    assert cells["architecture.layers"].marked
    assert not cells["training.epochs"].marked
    assert cells["preparation.scale"].cells[1] == held.trials[1].params["preparation.scale"]
    asked = "training.momentum" in held.trials[1].params
    assert (cells["training.momentum"].cells[1] == NOTHING) is not asked


def test_the_settings_before_a_trial_is_complete():
    table = settings(replace(begun(), question={}))
    assert {row.cells[1:3] for row in table.rows} == {(NOTHING, NOTHING)}
    assert table.caption.endswith("None is best so far.")


def test_a_choice_on_a_condition():
    asked = {"space.architecture.layers": {"choices": [1, 2], "when": {"training.optimizer": [
        "adam", "sgd"]}}}  # fmt: skip
    cells = {row.cells[0]: row.cells for row in settings(replace(begun(), question=asked)).rows}
    assert cells["architecture.layers"][2] == "1, 2, only with training.optimizer adam or sgd"


# --- words -----------------------------------------------------------------------------------


def test_how_it_was_done():
    told = dict(method(small()))
    assert list(told) == ["Split", "Score", "Search", "Choice", "Test", "Loss", "To repeat it"]
    assert "108 rows for train, 24 rows for validation, 12 rows for test" in told["Split"]
    assert "Optuna proposed 5 trials" in told["Search"]
    assert told["Choice"].endswith("2 were confirmed; trial 1 won.")
    assert "for 87 epochs with 5 seeds of its own" in told["Test"]
    assert told["Test"].endswith("it lies in studies/airline/model.")
    assert told["To repeat it"] == (
        "Root seed 1, training engine reference, fingerprint of the data 5f2d1c9ae07b. The first "
        "trial began 2026-11-24 20:00, the last 2026-11-24 20:02. All fits together took 5 min "
        "12 s."
    )


def test_the_programs_of_a_study_are_told():
    held = small()
    known = replace(held, trials=tuple(replace(one, programs=("a",)) for one in held.trials))
    assert dict(method(known))["To repeat it"].endswith(
        "All fits together took 5 min 12 s. The trials were trained with 1 program; building, "
        "tracing and compiling took 6.0 s."
    )


def test_how_an_unfinished_study_was_done():
    told = dict(method(replace(begun(), question={}, trials=())))
    assert told["Choice"].endswith("This has not been done yet.")
    assert told["Test"].endswith("This has not been done yet.")
    assert told["To repeat it"] == "All fits together took 5 min 12 s."


@pytest.mark.parametrize(
    ("metric", "unit", "said"),
    [
        ("rmse", "m", "rmse is the root mean squared error, in m; lower is better."),
        ("rmse", "", "in the unit of passengers, which the data do not name; lower"),
        ("mse", "m", "in (m)²; lower"),
        ("mse", "", "in the squared unit of passengers, which the data do not name"),
        ("mape", "", "in %; lower"),
        ("r2", "m", "a pure number without unit; higher is better."),
    ],
)
def test_the_metric_in_words(metric, unit, said):
    held = replace(study(), metric=METRICS[metric], data=replace(DATA, unit=unit))
    assert said in findings.metric_sentence(held)


def test_the_heading():
    assert findings.heading(study()) == "Study airline: passengers 1 step ahead, rmse on airline"
    assert "passengers 3 steps ahead" in findings.heading(study(horizon=3))


def test_labels():
    assert labelled("rmse", "m") == "rmse (m)"
    assert labelled("r2", "") == "r2"
