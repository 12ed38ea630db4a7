"""What is to be thought of a study: honest in both directions, the same wherever it is read."""

from dataclasses import replace

import pytest
from report_samples import begun, study
from told_samples import classified, regressed

from autolstm.baselines import LEARNT, learns
from autolstm.baselines.labels import SINGLE, STEPS
from autolstm.metrics import METRICS
from autolstm.outcome import Score
from autolstm.report.verdict import advantage, best_naive, judge
from autolstm.study.document import document


def against(baselines, *, test=(20.0, 21.0, 22.0), model=None, p=0.001, metric="rmse"):
    """Put a model with three seeds against some baselines."""
    held = study(metric=METRICS[metric], baselines={"test": baselines, "validation": baselines})
    middle = sum(test) / len(test) if model is None else model
    chances = p if isinstance(p, dict) else dict.fromkeys(baselines, p)
    return replace(
        held, refit=replace(held.refit, test=Score(test), model=middle, p_values=chances)
    )


@pytest.mark.parametrize(
    ("metric", "test", "baseline", "p", "standing", "said"),
    [
        ("rmse", (20.0, 21.0, 22.0), 28.0, 0.001, "good", "The model beats the best baseline"),
        ("rmse", (20.0, 21.0, 22.0), 28.0, 0.049, "good", "its rmse is 25 % smaller (p = 0.049"),
        ("rmse", (20.0, 21.0, 22.0), 28.0, 0.05, "open", "cannot be told apart"),
        ("rmse", (20.0, 21.0, 22.0), 14.0, 0.001, "bad", "The model is worse than the best"),
        ("rmse", (20.0, 21.0, 22.0), 14.0, 0.7, "open", "larger, which 22 forecasts cannot tell"),
        ("rmse", (18.0, 21.0, 24.0), 22.0, 0.001, "open", "less than the deviation between seeds"),
        ("rmse", (18.0, 21.0, 24.0), 20.0, 0.001, "open", "less than the deviation between seeds"),
        ("rmse", (21.0, 21.0), 21.0, 1.0, "open", "its rmse is the same. The baseline costs"),
        ("rmse", (float("nan"),), 21.0, 0.001, "open", "not a number, so nothing can be compared"),
        ("r2", (0.8, 0.81), 0.5, 0.001, "good", "r2 is 0.3050 higher (p = 0.001"),
        ("r2", (0.3, 0.3), 0.5, 0.001, "bad", "r2 is 0.2000 lower (p = 0.001"),
        ("r2", (0.3, 0.3), 0.5, 0.4, "open", "cannot tell from chance (p = 0.4)"),
    ],
)
def test_the_verdict(metric, test, baseline, p, standing, said):
    held = against({"theta": baseline}, test=test, p=p, metric=metric)
    found = judge(held)
    assert (found.standing, said in found.text) == (standing, True), found.text
    assert ("Prefer theta." in found.text) is (standing == "bad")
    assert "no skill over naive" not in found.text, "theta learns"


def test_worse_is_said_with_the_same_care_as_better():
    better, worse = (judge(against({"theta": one})).text for one in (28.0, 15.0))
    assert better == (
        "The model beats the best baseline (theta) on the test part: its rmse is 25 % smaller "
        "(p = 0.001 over 22 forecasts)."
    )
    assert worse == (
        "The model is worse than the best baseline (theta) on the test part: its rmse is 40 % "
        "larger (p = 0.001 over 22 forecasts). Prefer theta."
    )


@pytest.mark.parametrize("model", [29.0, 27.9])
def test_a_p_value_of_the_other_side_proves_nothing(model):
    """The seeds are better on average; the p-value is of their mean forecast."""
    found = judge(against({"theta": 28.0}, model=model))
    assert found.standing == ("open" if model > 28 else "good")
    if model > 28:
        assert "but not that of the saved model" in found.text


def test_no_skill_over_naive_where_the_best_baseline_is_naive():
    found = judge(against({"drift": 21.5, "theta": 30.0}, p=0.7))
    assert found.text.endswith(
        "The model shows no skill over naive (drift): 21.00 thousand passengers against 21.50 "
        "thousand passengers, p = 0.7."
    )
    assert found.standing == "open"


def test_no_skill_over_naive_where_one_that_learns_is_better():
    chances = {"theta": 0.001, "drift": 0.3}
    found = judge(against({"theta": 15.0, "drift": 23.0}, p=chances))
    assert "is worse than the best baseline (theta)" in found.text
    assert "no skill over naive (drift): 21.00 thousand" in found.text
    assert found.text.endswith("23.00 thousand passengers, p = 0.3.")
    assert found.standing == "bad"


def test_skill_over_naive_is_not_denied():
    found = judge(against({"theta": 15.0, "drift": 40.0}))
    assert found.standing == "bad"
    assert "no skill" not in found.text


def test_a_lead_over_all_is_no_lead_where_the_naive_one_is_not_beaten_for_sure():
    """The best baseline is beaten for sure, a worse one is not: odd, and no good standing."""
    found = judge(against({"theta": 25.0, "drift": 26.0}, p={"theta": 0.01, "drift": 0.2}))
    assert "The model beats" in found.text
    assert "no skill over naive (drift)" in found.text
    assert found.standing == "open"


def test_sequences_are_counted_as_such():
    assert "over 45 sequences)" in judge(classified(2)).text
    assert "80 sequences" in judge(regressed()).text
    held = classified(2)
    held = replace(held, baselines={"test": {"majority class": 0.79}})
    said = judge(held).text
    assert "no skill over naive (majority class): 0.8000 against 0.7900, p < 0.001." in said


def test_nothing_to_compare():
    assert judge(begun()).text == "No trial is complete yet, so there is no score."
    waiting = replace(study(), winner=None, refit=None)
    assert judge(waiting).text.startswith("The winner is not chosen yet")
    alone = replace(study(), baselines={})
    assert judge(alone).text == "There is no baseline to compare with."
    assert {judge(one).standing for one in (begun(), waiting, alone)} == {"open"}


def test_a_baseline_of_infinite_error_is_no_victory():
    found = judge(against({"theta": float("inf")}))
    assert found.standing == "open"
    assert "nothing can be compared" in found.text


def test_the_document_says_the_same():
    held = against({"theta": 15.0, "drift": 23.0}, p={"theta": 0.001, "drift": 0.3})
    told = document(held)["test"]
    assert (told["verdict"], told["best_baseline"], told["p_value"]) == ("bad", "theta", 0.001)
    assert (told["naive_baseline"], told["p_value_naive"]) == ("drift", 0.3)
    assert told["skill_over_naive"] == pytest.approx(1 - 21 / 23)


def test_an_advantage_in_words():
    held = study()
    assert advantage(held, 0.64) == "rmse is 64 % smaller"
    assert advantage(held, 0.0) == "rmse is the same"
    assert advantage(held, -999.0) == "rmse is 99900 % larger"
    assert advantage(held, -4.4e29) == "rmse is more than 1,000 times as large"


# Which learn ------------------------------------------------------------------------------------


def test_which_baselines_learn():
    naive = {
        *("persistence", "drift", "seasonal naive", "seasonal naive plus change"),
        *("mean of the last 12", "majority class", "training mean", "majority at each step"),
        *("mean at each step", "copy the input"),
    }
    assert not {one for one in naive if learns(one)}
    assert all(map(learns, (*LEARNT, "linear regression on all columns", "1-nearest neighbour")))
    labelled = {one for ways in (SINGLE, STEPS) for kind in ways.values() for one in kind}
    assert {one for one in labelled if not learns(one)} <= naive
    assert sum(map(learns, labelled)) == 6


def test_the_best_naive_baseline():
    assert best_naive(against({"theta": 1.0, "drift": 3.0, "persistence": 2.0})) == "persistence"
    assert best_naive(against({"theta": 1.0})) is None
