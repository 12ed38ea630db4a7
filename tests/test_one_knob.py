"""Studies of one knob: grid, sensitivity, repeats, over a fake engine."""

import json
import math
import os
import signal
import subprocess
import sys

import fakes
import numpy as np
import pandas as pd
import pytest
from fakes import SPACE, FakeEngine, Heard, install, series
from test_reliability import ended, wait_for
from typer.testing import CliRunner

import autolstm
from autolstm.cli.app import app
from autolstm.errors import QuestionChanged, SettingError, StudyFailed, StudyNotFound
from autolstm.experiment import ask
from autolstm.ledger.record import DIED_AGAIN
from autolstm.question import Question
from autolstm.report import cells, findings, numbers, tables, views
from autolstm.report.page import render
from autolstm.report.verdict import judge
from autolstm.study import manager
from autolstm.study.progress import Notice, Phase, StudyStarted, TrialEnded
from autolstm.study.shelf import Shelf
from autolstm.written import varied_texts

# One configuration whose fake fits take no time; what is varied is left out of it.
FIXED = {name: one[0] if isinstance(one, list) else one for name, one in SPACE.items()}
UNITS = {"architecture.units": [8, 16, 32]}


def without(*names):
    return {name: value for name, value in FIXED.items() if name not in names}


class Unlike(FakeEngine):
    """Every cell has a share of chance of its own, so that differences vary between seeds."""

    def offset_of(self, settings, seed, offset):
        units = settings.architecture.units
        luck = np.random.default_rng([seed, units]).normal(scale=0.02)
        return offset + luck + (0.5 if units == 8 else 0.0)


BASELINES = {"validation": {"persistence": 9.0, "drift": 8.0}, "test": {"persistence": 7.0}}


@pytest.fixture
def engine(monkeypatch):
    # Baselines take a second each time, and are no matter here.
    monkeypatch.setattr(Question, "baseline_scores", lambda self: BASELINES)
    return install(monkeypatch, Unlike())


@pytest.fixture
def run(tmp_path, engine):
    def run(kind="grid", watcher=None, **fields):
        usual = {"source": series(), "home": tmp_path, "seeds": 4, "kind": kind}
        if kind == "grid":
            usual |= {"vary": UNITS, "space": without(*UNITS)}
        else:
            usual |= {"space": FIXED}
        return manager.run(ask({**usual, **fields}), watcher)

    return run


# Grid -------------------------------------------------------------------------------------------


def test_a_grid_fits_every_cell_once_with_the_same_seeds(run, engine):
    vary = {**UNITS, "training.optimizer": ["adam", "sgd"]}
    watcher = Heard()
    result = run(vary=vary, space=without(*vary), watcher=watcher)
    assert result.added == len(result.results.trials) == 6
    read = cells.read(result.results)
    assert [tuple(one.settings.values()) for one in read] == [
        (units, name) for units in (8, 16, 32) for name in ("adam", "sgd")
    ]
    assert len({seeds for _, seeds in engine.starts}) == 1
    assert len(engine.starts) == 6  # no confirmation, no refit
    (started,) = watcher.of(StudyStarted)
    assert (started.trials, started.kind, started.name) == (6, "grid", "tiny-grid")
    assert [one.name for one in watcher.of(Phase)] == ["search", "report"]
    assert result.results.winner is None
    assert not result.model_path.exists()


def test_nothing_is_pruned_although_some_cells_are_bad(run):
    result = run(vary={"training.learning_rate": [0.01, 0.00001]}, space=FIXED, seeds=2)
    assert {one.state for one in result.results.trials} == {"complete"}


def test_a_grid_in_one_document(run):
    told = run().document()
    assert (told["kind"], told["measured_on"], told["cells_wanted"]) == ("grid", "validation", 3)
    frame = [one["settings"]["architecture.units"] for one in told["cells"]]
    assert frame == [8, 16, 32]
    best = told["cells"][0]
    keys = {"settings", "trial", "count", "mean", "std", "min", "q25", "median", "q75", "max"}
    assert set(best) == keys
    scores = Shelf(run().report_path.parent.parent).results("tiny-grid").trials[0].score.values
    expected = pd.Series(scores).describe()
    for name, key in (("q25", "25%"), ("median", "50%"), ("std", "std"), ("max", "max")):
        assert best[name] == pytest.approx(expected[key])
    comparison = told["comparison"]
    assert (comparison["seeds"], comparison["tests"], len(comparison["pairs"])) == (4, 3, 3)
    assert {"one", "other", "difference", "low", "high", "p", "apart", "seeds_needed"} == set(
        comparison["pairs"][0]
    )
    assert told["test"] is told["model"] is told["confirmed"] is None
    assert json.loads(json.dumps(told, allow_nan=False))["kind"] == "grid"


def test_the_same_grid_again_adds_nothing_and_another_is_refused(run):
    assert run().added == 3
    assert run().added == 0
    with pytest.raises(QuestionChanged, match=r"space\.architecture\.units: \[8, 16, 32\] -> "):
        run(vary={"architecture.units": [8, 16]})
    with pytest.raises(QuestionChanged, match="measure_on"):
        run(measure_on="test")


def test_a_cell_that_diverges_is_kept_with_its_reason_and_not_compared(run, engine):
    engine.diverges = lambda settings, seed: settings.architecture.units == 16
    result = run()
    told = result.document()
    assert [one["count"] for one in told["cells"]] == [4, 0, 4]
    assert told["cells"][1]["mean"] is None
    assert told["comparison"]["tests"] == 1
    assert (
        dict(findings.facts(result.results))["Cells"] == "2 of 3 have a score, 1 ended without one"
    )
    assert run().added == 0


def test_a_cell_without_memory_is_tried_again_by_the_next_run(run, engine):
    engine.too_large = lambda settings: settings.architecture.units == 16
    assert run().added == 2
    engine.too_large = lambda settings: False
    result = run()
    assert result.added == 1
    assert [one.described.count for one in cells.read(result.results)] == [4, 4, 4]


def test_a_study_without_a_score_has_failed(run, engine):
    engine.diverges = lambda settings, seed: True
    with pytest.raises(StudyFailed, match=r"None of the cells has a score. The last one: seed 1"):
        run()
    engine.diverges = lambda settings, seed: False
    engine.too_large = lambda settings: True
    with pytest.raises(StudyFailed, match=r"3 cells in a row failed; the last one: the fit needs"):
        run(name="other")


def test_the_time_stops_a_grid_and_the_next_run_goes_on(run, engine):
    engine.seconds = 0.02
    watcher = Heard()
    first = run(time=0.001, watcher=watcher)
    assert first.added == 1
    assert "The time is over" in watcher.of(Notice)[-1].text
    engine.seconds = 0.0
    assert run().added == 2


def test_two_seeds_say_nothing_and_three_do(run):
    few = run(seeds=2)
    assert few.comparison is None
    assert judge(few.results).text.startswith("With 2 seeds, nothing can be said about")
    assert "at least 3 are needed" in judge(few.results).text
    assert run(seeds=3, name="three").comparison is not None


def test_the_verdict_names_ties_and_says_how_many_seeds_it_takes(run):
    result = run(seeds=6)
    text = judge(result.results).text
    assert text.startswith("Best of 3 cells: units ")
    assert "cannot be told apart from 1 other (units" in text
    assert "and is better than 1 other" in text
    assert "seeds would tell it from units" in text
    against = result.comparison
    apart = [one for one in against["pairs"] if one["apart"]]
    assert {one["one"]["architecture.units"] for one in apart} == {8}


def test_folds_of_a_seed_are_one_score(run):
    split = {"kind": "rolling_origin", "folds": 3, "validation": 12}
    result = run(split=split)
    first = cells.read(result.results)[0]
    assert len(first.trial.score.values) == 12
    assert first.scores == pytest.approx(np.reshape(first.trial.score.values, (3, 4)).mean(axis=0))
    assert result.comparison["seeds"] == 4


def test_a_killed_grid_loses_no_cell_and_fits_none_twice(tmp_path, engine):
    home, mark = tmp_path / "home", tmp_path / "mark"
    vary = ["--vary", "architecture.units=8,16,32,64,128"]
    settings = [f"--set=space.{name}={json.dumps(one)}" for name, one in without(*UNITS).items()]
    command = [sys.executable, fakes.__file__, "grid", "airline", "--home", str(home), *vary]
    command += ["--seeds", "2", *settings]
    for number, done in ((2, 1), (2, 2)):
        told = json.dumps({"hang": ("fit", number), "mark": str(mark)})
        process = subprocess.Popen(
            command,
            env={**os.environ, "FAKE_ENGINE": told},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        wait_for(mark, process)
        process.kill()
        assert ended(process)[0] == -signal.SIGKILL
        assert len(Shelf(home).results("airline-grid").in_state("complete")) == done
    asked = {"source": "airline", "home": home, "seeds": 2, "kind": "grid"}
    vary = {"architecture.units": [8, 16, 32, 64, 128]}
    result = manager.run(ask({**asked, "vary": vary, "space": without(*UNITS)}))
    assert result.added == 3
    complete = result.results.in_state("complete")
    assert [one.params["architecture.units"] for one in complete] == [8, 16, 32, 64, 128]
    assert len(result.results.in_state("failed")) == 2


def test_a_cell_with_which_workers_die_is_left_out(tmp_path):
    table = {**without("training.learning_rate"), "architecture.units": 8}
    settings = [f"--set=space.{name}={json.dumps(one)}" for name, one in table.items()]
    command = [sys.executable, fakes.__file__, "grid", "airline", "--home", str(tmp_path)]
    command += ["--vary", "training.learning_rate=0.003,0.01,0.03", "--seeds", "2", *settings]
    process = subprocess.Popen(
        command,
        env={**os.environ, "FAKE_ENGINE": json.dumps({"deadly": 0.01})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert ended(process) == (0, "")
    trials = Shelf(tmp_path).storage().get_all_trials(1)
    states = [(one.user_attrs["cell"], one.state.name) for one in trials]
    assert sorted(states) == [(0, "COMPLETE"), (1, "FAIL"), (1, "FAIL"), (2, "COMPLETE")]
    assert [one.user_attrs["reason"] for one in trials if one.state.name == "FAIL"][1] == (
        DIED_AGAIN
    )


def test_a_grid_that_is_stopped_before_its_first_score_is_stopped(tmp_path):
    home, mark = tmp_path / "home", tmp_path / "mark"
    settings = [f"--set=space.{name}={json.dumps(one)}" for name, one in without(*UNITS).items()]
    command = [sys.executable, fakes.__file__, "grid", "airline", "--home", str(home)]
    command += ["--vary", "architecture.units=8,16", "--seeds", "2", *settings]
    command += ["--set", "space.training.epochs=400", "--set", "space.training.patience=400"]
    process = subprocess.Popen(
        command,
        env={**os.environ, "FAKE_ENGINE": json.dumps({"seconds": 0.1, "mark": str(mark)})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(mark, process)
    assert Shelf(home).stop("airline-grid", finish=False)
    code, said = ended(process)
    assert (code, said.splitlines()[0][:40]) == (130, "The study 'airline-grid' was stopped. Ev")


def test_an_interrupted_grid_says_how_to_go_on():
    from autolstm.cli.failures import explain

    code, text = explain(KeyboardInterrupt(), ["grid", "airline", "--vary", "a.b=1"])
    assert code == 130
    assert text.endswith("  autolstm grid airline --vary a.b=1")


# The test part ----------------------------------------------------------------------------------


def test_on_the_test_part_all_rows_before_it_are_learnt_from_to_the_last_epoch(run, engine):
    seen = []
    engine.before = lambda epoch, seeds: seen.append(epoch)
    start = engine.start

    def begin(windows, settings, seeds, own=None):
        seen.append((len(windows.train), len(windows.valid)))
        return start(windows, settings, seeds)

    engine.start = begin
    result = run(measure_on="test", vary={"architecture.units": [8]})
    # 60 months, 9 of them test; four rows are inputs of the first window.
    assert seen[0] == (51 - 4, 0)
    assert max(one for one in seen if isinstance(one, int)) == 12  # patience is 3
    trial = result.results.trials[0]
    assert trial.reports == {}
    assert trial.reason == "all 12 epochs used"
    facts = dict(findings.facts(result.results))
    assert "test part" in facts["Score"]
    best = min(result.results.baselines["test"].values())
    assert facts["Baseline"].startswith(numbers.score(best, "pieces"))


def test_a_fit_on_validation_and_one_on_test_are_measured_on_their_own_rows(run):
    valid, test = (
        run(vary={"architecture.units": [8]}, measure_on=part, name=part)
        for part in ("validation", "test")
    )
    assert valid.best.score.mean != pytest.approx(test.best.score.mean, rel=1e-3)


def test_folds_and_the_test_part_do_not_go_together(run):
    with pytest.raises(SettingError, match="measures one part, and this split has several folds"):
        run(measure_on="test", split={"kind": "rolling_origin", "folds": 3, "validation": 12})


# Sensitivity ------------------------------------------------------------------------------------

RANGES = {
    "architecture.units": [8, 16, 32],
    "training.learning_rate": {"low": 1e-3, "high": 1e-1, "log": True},
    "training.momentum": {"low": 0.0, "high": 0.9, "when": {"training.optimizer": "sgd"}},
    "training.optimizer": ["adam", "sgd"],
}


def test_one_knob_at_a_time_over_what_is_alive(run, engine):
    fixed = {**without(*RANGES), "training.batch_size": 8}
    result = run("sensitivity", space={**fixed, **RANGES})
    read = cells.read(result.results)
    base = cells.base_of(result.results)
    assert read[0].settings == base
    assert read[0].trial.is_default
    # 2 other units, 1 other optimiser, 4 or 5 rates; momentum plays no part beside adam.
    assert len(read) == cells.wanted(result.results) == result.added
    moved = [[name for name in base if one.settings[name] != base[name]] for one in read[1:]]
    assert all(len(names) == 1 for names in moved)
    assert {names[0] for names in moved} == set(RANGES) - {"training.momentum"}
    rates = sorted({one.settings["training.learning_rate"] for one in read})
    assert (rates[0], rates[-1]) == (0.001, 0.1)
    assert 5 <= len(rates) <= 6
    logs = np.diff(np.log10([one for one in rates if one != base["training.learning_rate"]]))
    assert logs == pytest.approx(np.full(len(logs), logs[0]), rel=0.01)


def test_the_ranking_and_what_is_beyond_noise(run):
    result = run("sensitivity", space={**without(*RANGES), **RANGES}, seeds=6)
    told = result.document()
    ranges = [one["range"] for one in told["sensitivity"]]
    assert ranges == sorted(ranges, reverse=True)
    by_name = {one["setting"]: one for one in told["sensitivity"]}
    assert by_name["training.optimizer"]["range"] == 0
    assert by_name["training.optimizer"]["beyond_noise"] is False
    assert by_name["architecture.units"]["beyond_noise"] is True
    assert told["base"] == cells.base_of(result.results)
    assert told["comparison"]["tests"] == len(told["cells"]) - 1
    text = judge(result.results).text
    assert "by more than the noise of 6 seeds" in text
    assert "Not told from noise: optimizer" in text


def test_some_knobs_alone_with_values_or_with_their_range(run):
    space = {**without(*RANGES), **RANGES}
    result = run("sensitivity", space=space, vary=["training.optimizer"], name="words")
    assert [one.settings for one in cells.read(result.results)] == [
        {"training.optimizer": "adam"},
        {"training.optimizer": "sgd"},
    ]
    # A fixed value is the base, beside which others are tried.
    result = run("sensitivity", vary={"architecture.units": [16, 64]}, name="numbers")
    assert [one.settings["architecture.units"] for one in cells.read(result.results)] == [
        8,
        16,
        64,
    ]


def test_the_base_may_be_the_winner_of_a_search(run, engine, tmp_path):
    space = {**without("architecture.units"), "architecture.units": [8, 16, 32, 64]}
    usual = {"source": series(), "home": tmp_path, "trials": 4, "seeds": 2, "space": space}
    winner = manager.run(ask(usual)).best.settings["architecture.units"]
    result = run("sensitivity", space=space, base="tiny", vary=["architecture.units"])
    assert cells.base_of(result.results) == {"architecture.units": winner}
    with pytest.raises(SettingError, match="asks something else .*horizon 1 instead of 3"):
        run("sensitivity", space=space, base="tiny", horizon=3, name="far")
    with pytest.raises(StudyNotFound, match="There is no study 'tin' in .* Did you mean 'tiny'"):
        run("sensitivity", space=space, base="tin", name="none")


# Repeats ----------------------------------------------------------------------------------------


def test_one_configuration_with_many_seeds(run):
    result = run("repeats", seeds=12)
    assert result.added == len(result.results.trials) == 1
    told = result.document()["repeats"]
    scores = np.array(result.best.score.values)
    assert len(scores) == 12
    assert told["standard_error"] == pytest.approx(scores.std(ddof=1) / math.sqrt(12))
    assert [one["seeds"] for one in told["by_seeds"]] == list(range(2, 13))
    assert told["precision"] == 0.05
    assert "cells" in result.document()
    assert "comparison" not in result.document()
    assert "standard error" in judge(result.results).text


def test_another_precision_of_the_same_repeats_needs_no_fit(run, engine):
    loose = run("repeats", seeds=12, precision=0.5).document()["repeats"]
    begun = len(engine.starts)
    again = run("repeats", seeds=12, precision=0.0001)
    fine = again.document()["repeats"]
    assert (again.added, len(engine.starts)) == (0, begun)
    assert loose["seeds_needed"] < (fine["seeds_needed"] or math.inf)


def test_repeats_have_thirty_seeds_where_nothing_is_said():
    assert ask({"source": "airline", "kind": "repeats"}).seeds == 30
    assert ask({"source": "airline", "kind": "grid", "vary": UNITS}).seeds == 5


# What is left of a search -----------------------------------------------------------------------


def test_there_is_no_model_and_what_to_do_is_said(run, tmp_path):
    result = run()
    for ask_for in (lambda: result.model, lambda: result.test, lambda: result.confirmed):
        with pytest.raises(StudyNotFound, match="is a grid study: it compares settings and keeps"):
            ask_for()
    with pytest.raises(StudyNotFound, match=r"autolstm study SOURCE --set space\.architecture"):
        Shelf(tmp_path).model_path("tiny-grid")
    assert repr(result).startswith("<Result of study 'tiny-grid': Best of 3 cells")
    assert list(result.cells["count"]) == [4, 4, 4]


def test_the_events_of_a_sensitivity_study_name_what_is_moved(run):
    watcher = Heard()
    run("sensitivity", vary={"architecture.units": [16, 64]}, watcher=watcher)
    told = [one.params for one in watcher.of(TrialEnded)]
    assert told == [{}, {"architecture.units": 16}, {"architecture.units": 64}]


# Report -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["grid", "sensitivity", "repeats"])
@pytest.mark.parametrize("seeds", [2, 4])
def test_every_kind_has_a_page(kind, seeds, run):
    more = {"vary": {"architecture.units": [16, 64]}} if kind == "sensitivity" else {}
    result = run(kind, seeds=seeds, **more)
    page = render(result.results)
    assert "<h2>How it was done</h2>" in page
    assert 'id="cells"' in page
    assert 'id="importance"' not in page
    assert judge(result.results).text.split(",")[0] in page
    assert page.count("data:image/svg+xml") >= 4
    if kind == "grid":
        assert ">25 %</th>" in page
    assert ("cannot be told apart" in page or kind != "grid") or seeds == 2


def test_the_boxes_are_the_quartiles(run):
    seen = views.boxes(run().results)
    scores = np.sort(seen.boxes[0].scores)
    first, third = np.quantile(scores, [0.25, 0.75])
    assert (seen.boxes[0].told.q25, seen.boxes[0].told.q75) == (first, third)
    inside = scores[(scores >= first - 1.5 * (third - first))]
    assert seen.boxes[0].low == min(inside[0], first)
    assert sum(one.best for one in seen.boxes) == 1
    assert seen.label == "rmse, validation part (pieces)"


def test_the_tables_of_a_grid(run):
    results = run(seeds=6).results
    table = tables.described(results)
    assert [one.text for one in table.heads] == [
        *("units (cells)", "Count", "Mean", "Std", "Min", "25 %", "50 %", "75 %", "Max"),
    ]
    assert [row.cells[:2] for row in table.rows] == [("8", "6"), ("16", "6"), ("32", "6")]
    assert sum(row.marked for row in table.rows) == 1
    compared = tables.compared(results)
    assert {row.cells[4] for row in compared.rows} == {"worse", "cannot be told apart"}


# Asked ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"vary": {"architecture.unitz": [1]}},
            "no setting 'architecture.unitz'. Did you mean",
        ),
        (
            {"vary": {"architecture.units": []}},
            r"architecture.units = \[\] is not accepted. Give a",
        ),
        (
            {"vary": {"architecture.units": 5}},
            "units = 5 is not accepted. Give a list of at",
        ),
        ({"vary": {"architecture.units": [0]}}, "vary: architecture.units = 0 is not accepted"),
        ({"vary": {"architecture.units": [5, 5]}}, "has 5 twice. Leave one of them out"),
        ({"vary": {"architecture.units": [5], "architecture": {"units": [6]}}}, "given twice"),
        ({"vary": 3}, "vary = 3 is not accepted. It takes a table such as"),
        ({}, "A grid needs settings with their values, and nothing is varied"),
        ({"vary": ["architecture.units"]}, "vary gives architecture.units no values"),
        ({"vary": UNITS, "space": {"architecture.units": 8}}, "stands in space and in vary"),
        (
            {
                "vary": {
                    "training.epochs": list(range(1, 102)),
                    "architecture.units": [*range(1, 11)],
                }
            },
            "This grid has 1,010 cells, and at most 1,000 are taken",
        ),
        ({"vary": UNITS, "trials": 20}, "trials is for a search, and kind = 'grid' has none"),
        ({"vary": UNITS, "confirm": 2}, "confirm is for a search"),
        ({"vary": UNITS, "pruner": "median"}, "pruner is for a search"),
        ({"vary": UNITS, "sampler": {"name": "tpe"}}, "sampler is for a search"),
        ({"vary": UNITS, "time_weight": 0.5}, "time_weight is for a search"),
        ({"vary": UNITS, "precision": 0.1}, "precision is for kind = 'repeats', not 'grid'"),
        ({"kind": "tune", "vary": UNITS}, "vary is for studies of one knob, and kind = 'tune'"),
        ({"kind": "tune", "measure_on": "test"}, "measure_on is for studies of one knob"),
        (
            {"kind": "repeats", "vary": UNITS},
            "one configuration, but vary names architecture",
        ),
        ({"kind": "repeats", "seeds": 1}, "seeds = 1 is not accepted for a repeats study"),
        ({"kind": "repeats", "precision": 0}, "precision = 0 is not accepted. It takes a share"),
        ({"kind": "gird"}, "kind = 'gird' is not accepted. Did you mean 'grid'"),
        ({"vary": UNITS, "measure_on": "tset"}, "Did you mean 'test'"),
    ],
)
def test_what_cannot_be_varied_is_refused_in_words(fields, message):
    with pytest.raises(SettingError, match=message):
        ask({"source": "airline", "kind": "grid", **fields})


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"vary": {"training.momentum": [0.1, 0.5]}},
            "momentum has no effect here: it counts",
        ),
        (
            {"kind": "sensitivity", "vary": ["training.epochs"]},
            "training.epochs has no range in this space: it is always 12. Give its values",
        ),
        ({"kind": "sensitivity", "space": {**SPACE, **FIXED}}, None),
    ],
)
def test_what_does_nothing_is_refused(fields, message, run):
    fields = {"kind": "grid", "space": without("training.optimizer"), **fields}
    if message is None:
        # The default space still has rates and batch sizes to move.
        assert run(fields.pop("kind"), **fields).added > 3
        return
    with pytest.raises(SettingError, match=message):
        run(fields.pop("kind"), **fields)


def test_momentum_counts_where_the_optimiser_is_varied_too(run):
    vary = {"training.momentum": [0.1, 0.5], "training.optimizer": ["adam", "sgd"]}
    assert run(vary=vary, space=without(*vary)).added == 4


def test_everything_fixed_leaves_nothing_to_move(run):
    fixed = {**autolstm.Settings().flat(), **FIXED}
    with pytest.raises(SettingError, match="Nothing is varied: every setting of the space"):
        run("sensitivity", space=fixed)


def test_a_study_file_says_what_is_varied(tmp_path):
    path = tmp_path / "cells.toml"
    path.write_text(
        'source = "airline"\nkind = "grid"\n[vary]\n"architecture.units" = [1, 5]\n'
        "[vary.training]\nbatch_size = [1, 2]\n"
    )
    asked = autolstm.read(str(path), {}, ["vary.training.epochs=[5]"])
    assert asked.vary == {
        "architecture.units": (1, 5),
        "training.batch_size": (1, 2),
        "training.epochs": (5,),
    }
    assert (asked.kind, asked.name, asked.pruner.name) == ("grid", "cells", "none")


def test_a_shorthand_on_the_file_of_a_search_has_a_name_of_its_own(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('source = "airline"\ntrials = 30\npruner = "median"\nhorizon = 3\n')
    asked = autolstm.read(str(path), {"kind": "sensitivity"})
    assert (asked.name, asked.horizon, asked.kind) == ("mine-sensitivity", 3, "sensitivity")
    assert autolstm.read(str(path)).name == "mine"


def test_python_has_the_same_kinds(engine, tmp_path):
    usual = {"home": tmp_path, "progress": False}
    result = autolstm.grid(series(), vary=UNITS, space=without(*UNITS), seeds=3, **usual)
    assert result.results.kind == "grid"
    result = autolstm.repeats(series(), space=FIXED, seeds=3, **usual)
    assert result.results.kind == "repeats"
    more = {"space": FIXED, "vary": {"architecture.units": [8, 64]}, "seeds": 3}
    assert autolstm.sensitivity(series(), **more, **usual).results.kind == "sensitivity"
    with pytest.raises(SettingError, match="grid runs studies of kind 'grid', not 'repeats'"):
        autolstm.grid("airline", kind="repeats", **usual)
    with pytest.raises(SettingError, match="repeats takes the data as its first argument"):
        autolstm.repeats("airline", source="co2", **usual)


# The command line -------------------------------------------------------------------------------


def call(*words):
    return CliRunner().invoke(app, list(words), prog_name="autolstm")


def options(space, home):
    return ["--home", str(home), *(f"--set=space.{k}={json.dumps(v)}" for k, v in space.items())]


def test_the_command_shows_table_and_verdict(engine, tmp_path):
    given = options(without(*UNITS), tmp_path)
    words = ["grid", "airline", "--vary", "architecture.units=8,16", "--seeds", "4", *given]
    shown = call(*words)
    assert shown.exit_code == 0, shown.stderr
    assert "Fitting: 2 cells, 4 seeds each" in shown.stdout
    assert "Baselines: drift 8.000, persistence 9.000 (validation)" in shown.stdout
    head = next(line for line in shown.stdout.splitlines() if line.startswith("units (cells)"))
    assert head.split()[2:] == [
        *["Count", "Mean", "Std", "Min", "25", "%", "50", "%", "75", "%", "Max"]
    ]
    assert "Best of 2 cells: units 16, rmse" in shown.stdout
    assert "autolstm predict" not in shown.stdout
    again = call(*words)
    assert "No cell added: 2 cells were fitted before." in again.stdout
    listed = call("show", "airline-grid", "--home", str(tmp_path)).stdout
    assert "Seeds needed" in listed
    refused = call("predict", "airline-grid", "--home", str(tmp_path))
    assert refused.exit_code == 2
    assert "is a grid study: it compares settings and keeps no model" in refused.stderr


def test_the_command_of_repeats_prints_one_document(engine, tmp_path):
    given = [*options(FIXED, tmp_path), "--precision", "0.1", "--measure-on", "test", "--json"]
    shown = call("repeats", "airline", "--seeds", "3", *given)
    told = json.loads(shown.stdout)
    assert (told["kind"], told["repeats"]["precision"]) == ("repeats", 0.1)
    assert (told["measured_on"], told["cells"][0]["count"]) == ("test", 3)
    assert "(test)" in shown.stderr


def test_the_command_of_a_sensitivity_study_ranks(engine, tmp_path):
    given = [*options({**FIXED, "training.optimizer": ["adam", "sgd"]}, tmp_path), "--seeds", "3"]
    vary = ["--vary", "training.optimizer", "--vary", "architecture.units=8,64"]
    shown = call("sensitivity", "airline", *vary, *given)
    assert shown.exit_code == 0, shown.stderr
    lines = shown.stdout.splitlines()
    (first,) = [at for at, line in enumerate(lines) if line.startswith("Setting ")]
    assert [line.split()[0] for line in lines[first + 1 : first + 3]] == [
        *("architecture.units", "training.optimizer"),
    ]
    assert any(line.startswith("trial 0: ") and line.endswith("; the base") for line in lines)


@pytest.mark.parametrize(
    ("texts", "table"),
    [
        (["a.b=1,5,10"], {"a.b": [1, 5, 10]}),
        (["a.b=[1, 5]", "c.d=x"], {"a.b": [1, 5], "c.d": ["x"]}),
        (["a.b=adam,sgd"], {"a.b": ["adam", "sgd"]}),
        (['a.b="adam","sgd"'], {"a.b": ["adam", "sgd"]}),
        (["a.b=1e-3, 0.5"], {"a.b": [0.001, 0.5]}),
        (["a.b=5"], {"a.b": [5]}),
        (["a.b"], {"a.b": ()}),
    ],
)
def test_what_is_varied_can_be_written_on_the_command_line(texts, table):
    assert varied_texts(texts) == table


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["a.b="], "--vary 'a.b=' is not understood. Write --vary SETTING=VALUE,VALUE"),
        (["=3"], "--vary '=3' is not understood"),
        (["a.b=1", "a.b=2"], "--vary a.b is given twice. Write all of its values in one"),
    ],
)
def test_what_cannot_be_read_is_said(texts, message):
    with pytest.raises(SettingError, match=message):
        varied_texts(texts)


# Real fits --------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("grid", {"vary": {"architecture.units": [1, 10]}, "measure_on": "test"}),
        ("sensitivity", {"vary": {"training.learning_rate": [0.0001, 0.05]}}),
        ("repeats", {}),
    ],
)
def test_a_real_study_of_each_kind(kind, more, tmp_path):
    space = {"training.epochs": 120, "training.learning_rate": 0.01, "architecture.units": 5}
    space = {name: one for name, one in space.items() if name not in more.get("vary", {})}
    usual = {"home": tmp_path, "seeds": 3, "space": space, "progress": False}
    result = getattr(autolstm, kind)("five_point", **usual, **more)
    assert result.report_path.read_text().count("data:image/svg+xml") >= 4 - 2 * (kind == "grid")
    told = result.cells
    assert (told["count"] == 3).all()
    if kind == "grid":
        # One memory cell is too few, as the guides show.
        assert told["mean"][1] < told["mean"][0]
        assert result.results.trials[0].reason == "all 120 epochs used"
    assert told["std"].gt(0).all()


# What others found ------------------------------------------------------------------------------


def test_what_others_found_stands_beside_our_cells(run):
    result = run(published=[1.5, 0.25, 3])
    found = [one["published"] for one in result.document()["cells"]]
    assert found == [1.5, 0.25, 3.0]
    table = tables.described(result.results)
    assert [head.text for head in table.heads][-1] == "Published"
    assert [row.cells[-1] for row in table.rows] == ["1.500", "0.2500", "3.000"]
    assert "Published is the mean that others found." in table.caption
    shown = views.boxes(result.results)
    assert [one.published for one in shown.boxes] == [1.5, 0.25, 3.0]
    assert "A cross is the mean that others found." in shown.caption
    assert "3.000" in render(result.results)


def test_it_is_no_part_of_the_question(run):
    first = run()
    assert "published" not in first.document()["cells"][0]
    assert [head.text for head in tables.described(first.results).heads][-1] == "Max"
    again = run(published=[1, 2, 3])
    assert again.added == 0
    assert again.document()["cells"][2]["published"] == 3.0


def test_of_two_settings_the_last_one_changes_fastest(run):
    vary = {**UNITS, "training.optimizer": ["adam", "sgd"]}
    result = run(vary=vary, space=without(*vary), published=[1, 2, 3, 4, 5, 6])
    found = {
        (one["settings"]["architecture.units"], one["settings"]["training.optimizer"]): one[
            "published"
        ]
        for one in result.document()["cells"]
    }
    assert (found[8, "adam"], found[8, "sgd"], found[16, "adam"]) == (1.0, 2.0, 3.0)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"kind": "grid", "published": [1.0]}, "published has 1 score, and this study of kind"),
        ({"kind": "sensitivity", "published": [1.0], "vary": {}}, "has cells of its own. It tak"),
        ({"kind": "repeats", "published": [1, 2], "vary": {}}, "has 2 scores, .* has 1 cell"),
        ({"kind": "tune", "published": [1], "vary": {}}, "published is for studies of one knob"),
        ({"kind": "grid", "published": "1, 2, 3"}, "It takes a list of numbers, one for each"),
        ({"kind": "grid", "published": [1, 2, True]}, "It takes a list of numbers, one for each"),
    ],
)
def test_what_others_found_must_fit_the_cells(asked, says):
    with pytest.raises(SettingError, match=says):
        ask({"source": "airline", "vary": UNITS, **asked})
