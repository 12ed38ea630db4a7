"""What a study has found: every sentence of the summary."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from autolstm.cli.summary import facts, next_steps, nothing_added, summary
from autolstm.cli.tables import trials as trial_table
from autolstm.ledger.results import DataFacts, Forecasts, Importance, Refit, Results, Trial
from autolstm.metrics import METRICS
from autolstm.outcome import Score
from autolstm.report.verdict import judge

DATA = DataFacts(
    name="airline",
    source="",
    target="[bold]sold[/bold]",
    unit="thousand",
    covariates=(),
    frequency="MS",
    season=12,
    rows=144,
    first="",
    last="",
    parts={"train": 100, "validation": 22, "test": 22},
    notes=(),
)


def trial(number, state="complete", scores=None, reason=""):
    params = {"architecture.units": 48, "training.learning_rate": 0.01, "training.momentum": 0.9}
    return Trial(
        number=number,
        state=state,
        settings={},
        params=params,
        score=Score(scores) if scores else None,
        curve=None,
        reports={},
        best_epochs=(),
        parameters=10,
        seconds={"total": 4.0},
        reason=reason,
        is_default=number == 0,
        started=None,
    )


def refit(test=(20.0, 21.0, 22.0), model=19.5, p=0.0004):
    chances = dict.fromkeys(("drift", "seasonal"), p)
    return Refit(
        3, 50, Score(test), model, chances, 22, Forecasts((), (), (), {}), "runs/airline/model"
    )


def results(**changes):
    held = {
        "name": "airline",
        "question": {},
        "seeds": 3,
        "importance": Importance({}, trials=2, needed=4),
        "data": DATA,
        "metric": METRICS["rmse"],
        "horizon": 1,
        "trials": (
            trial(0, scores=(17.0, 18.0, 19.0)),
            trial(1, "pruned", reason="pruned at epoch 3"),
            trial(2, "failed", reason="no [memory]"),
            trial(3, scores=(15.0, 16.0, 17.0)),
        ),
        "baselines": {"validation": {"drift": 30.0}, "test": {"drift": 40.0, "seasonal": 28.0}},
        "confirmed": {3: Score((16.0, 17.0, 18.0, 19.0))},
        "winner": 3,
        "refit": refit(),
        "seconds": 90.0,
        "folder": "runs/airline",
    }
    return Results(**(held | changes))


def text(renderable, width=100):
    console = Console(width=width, file=io.StringIO(), record=True)
    console.print(renderable)
    return console.export_text()


def test_the_findings_in_order():
    rows = facts(results())
    assert [label for label, _ in rows] == [
        "Best trial",
        "Search",
        "Confirmed",
        "Test",
        "",
        "Baseline",
        "Trials",
        "Time",
    ]
    told = dict(rows)
    assert told["Best trial"].startswith("3: units 48, learning_rate 0.01")
    assert told["Search"].startswith("16")
    assert "± " in told["Search"]
    assert "thousand, mean ± deviation over 3 seeds, validation part" in told["Search"]
    assert "thousand, 4 seeds that no trial has used" in told["Confirmed"]
    assert told["Test"].endswith("thousand, refitted with 3 seeds, untouched rows")
    assert told[""].endswith("thousand, the saved model: their mean forecast")
    assert told["Baseline"].startswith("28")
    assert told["Baseline"].endswith("thousand, seasonal, the best of 2 on the same rows")
    assert told["Trials"] == "2 done, 1 pruned, 1 failed"


def test_programs_are_counted_where_they_are_known():
    names = (("a", "b"), (), ("b",), ("c",))
    made = tuple(
        replace(one, programs=own, seconds={"trace": 1.5, "total": 4.0})
        for one, own in zip(results().trials, names, strict=True)
    )
    assert facts(results(trials=made))[-1] == ("Programs", "3, traced and compiled in 6.0 s")


def test_one_seed_has_no_deviation():
    """``± 0`` would look exact, where nothing is known."""
    lonely = results(trials=(trial(0, scores=(10.0,)),), winner=None, refit=None, confirmed={})
    assert dict(facts(lonely))["Search"] == "10.00 thousand, of 1 seed, validation part"


def test_a_study_without_a_complete_trial():
    empty = results(trials=(trial(1, "pruned"), trial(2, "running")), winner=None, refit=None)
    assert [label for label, _ in facts(empty)] == ["Trials", "Time"]
    assert dict(facts(empty))["Trials"].endswith("0 failed, 1 running or cut off")
    assert judge(empty).text == "No trial is complete yet, so there is no score."


def test_a_study_without_a_winner():
    begun = results(winner=None, refit=None, confirmed={})
    assert dict(facts(begun))["Confirmed"] == "not yet"
    assert judge(begun).text == (
        "The winner is not chosen yet: run the same study command again to finish it."
    )


def test_the_best_naive_baseline_is_shown_beside_one_that_learns():
    scores = {"drift": 40.0, "theta": 20.0, "persistence": 35.0, "ets": 50.0}
    told = facts(results(baselines={"test": scores}))
    labels = [label for label, _ in told]
    assert labels[labels.index("Baseline") + 1] == "Naive"
    assert dict(told)["Baseline"] == "20.00 thousand, theta, the best of 4 on the same rows"
    assert dict(told)["Naive"] == "35.00 thousand, persistence, the best of the 2 naive ones"


def test_a_baseline_without_a_p_value_is_not_beaten_for_sure():
    """It was measured when the study was begun, and could not be computed at the refit."""
    held = results(baselines={"test": {"ets": 28.0}})
    assert "ets" not in held.refit.p_values
    assert "cannot be told apart" in judge(held).text
    assert "cannot tell from chance (p = 1)" in judge(held).text


def test_no_baseline():
    alone = results(baselines={})
    assert "Baseline" not in dict(facts(alone))
    assert judge(alone).text == "There is no baseline to compare with."


def test_a_lead_that_may_be_chance_is_a_tie():
    held = results(refit=refit(p=0.27), baselines={"test": {"drift": 28.0}})
    assert judge(held).text == (
        "The model and the best baseline (drift) cannot be told apart on the test part: its "
        "rmse is 25 % smaller, which 22 forecasts cannot tell from chance (p = 0.27). The "
        "baseline costs next to nothing. The model shows no skill over naive (drift): 21.00 "
        "thousand against 28.00 thousand, p = 0.27."
    )


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_summary_is_whole_at_every_width(width):
    page = text(
        summary(results(), report=Path("runs/airline/report.html"), model=Path("runs/x")), width
    )
    assert all(len(line) <= width for line in page.splitlines())
    flat = " ".join(page.split())
    assert "Study airline: [bold]sold[/bold] 1 step ahead, rmse on airline" in flat
    assert "Report runs/airline/report.html" in flat
    assert "Model runs/x" in flat
    assert "…" not in page


def test_a_summary_without_files_names_none():
    page = text(summary(results(horizon=3), report=None, model=None))
    assert "3 steps ahead" in page
    assert "Report" not in page
    assert "Model " not in page


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_trials_best_first(width):
    page = text(trial_table(results()), width)
    assert all(len(line) <= width for line in page.splitlines())
    assert "…" not in page
    order = [page.index(word) for word in ("* 3", "(the", "pruned", "failed")]
    assert order == sorted(order)
    assert "no [memory]" in " ".join(page.split())


def test_the_next_steps():
    report = Path("runs/my airline/report.html")
    assert next_steps(results(), report, " --home x").splitlines() == [
        "Next:",
        "  autolstm show airline --home x",
        "  autolstm predict airline --steps 12 --home x",
        "  python -m webbrowser 'runs/my airline/report.html'",
    ]


def test_a_model_with_covariates_is_not_asked_beyond_its_horizon():
    held = results(horizon=3, data=replace(DATA, covariates=("rain",)))
    assert "--steps 3" in next_steps(held, None, "")


def test_a_model_of_sequences_is_asked_about_a_file():
    lines = next_steps(results(question={"task": "classification"}), None, "").splitlines()
    assert lines[2] == "  autolstm predict airline FILE"


def test_without_a_model_nothing_is_predicted():
    assert "predict" not in next_steps(results(refit=None, winner=None), None, "")


def test_nothing_was_added():
    assert nothing_added(results(), 3) == (
        "No trial added: the study has the 3 trials asked for already. Ask for more with "
        "--trials 13."
    )
    assert nothing_added(results(), 9) == (
        "No trial added: the study has 3 of the 9 trials asked for."
    )
