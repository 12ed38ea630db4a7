"""What the page shows of classes, of numbers told of sequences, of steps, series and folds."""

import math
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from report_samples import begun, study
from sklearn.metrics import precision_recall_fscore_support
from test_report_page import HOSTILE, Seen
from told_samples import SEQUENCES, classified, folded, labelled, panel, regressed, two_targets

from autolstm.facts import Forecasts
from autolstm.ledger.record import data_from_json, data_to_json, refit_from_json, refit_to_json
from autolstm.metrics import METRICS
from autolstm.report import figures, findings, views
from autolstm.report.drawing import NARROW, WIDE
from autolstm.report.page import render
from autolstm.report.tables import (
    NOTHING,
    baselines,
    best_trials,
    by_class,
    by_series,
    data,
)
from autolstm.report.words import brief, fits, listed, over
from autolstm.study.document import document

MADE = {
    "two classes": classified(2, official=True),
    "seven classes": classified(7, by_step=True),
    "forty classes": classified(40),
    "numbers": regressed(),
    "many series": panel(),
    "two targets": two_targets(),
    "folds": folded(),
}


def confused(counts, names=None):
    """Make a study with this confusion."""
    names = names or tuple("abcdefghij"[: len(counts)])
    made = classified(len(counts), names=names)
    points = Forecasts((), (), (), {}, names, tuple(map(tuple, counts)))
    return replace(made, refit=replace(made.refit, forecasts=points))


def words_of(text):
    svg = "{http://www.w3.org/2000/svg}"
    return [one.text for one in ET.fromstring(text).iter(f"{svg}text")]


# Pages ------------------------------------------------------------------------------------------


@pytest.fixture
def no_pictures(monkeypatch):
    monkeypatch.setattr("autolstm.report.page.data_uri", lambda view, shape: "data:,")


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.parametrize("name", MADE)
def test_every_kind_has_a_whole_page(name):
    seen = Seen(render(MADE[name]))
    assert seen.tags.count("section") == 9
    ids = seen.all("id")
    assert len(ids) == len(set(ids))
    assert {value for value in seen.all("aria-labelledby")} <= set(ids)
    links = {one[1:] for one in seen.all("href") if one.startswith("#")}
    assert links <= set(ids)
    assert "None" not in seen.text
    assert "nan" not in seen.text.split()


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.parametrize("name", ["two classes", "seven classes", "forty classes", "numbers"])
def test_the_page_of_sequences_speaks_of_sequences(name):
    text = Seen(render(MADE[name])).text
    # The settings are explained in one table, whatever the problem.
    before, _, rest = text.partition("Every setting of a fit")
    around = before + rest.rpartition("How it was done")[2]
    for word in ("step ahead", "steps ahead", "season", "covariate", "From, to", "time order"):
        assert not re.search(rf"\b{word}\b", around), word
    for word in ("untouched rows", "test rows", "training rows", "same rows"):
        assert word not in around, word
    assert "untouched sequences" in around
    assert "training sequences alone" in around


@pytest.mark.usefixtures("no_pictures")
def test_names_from_data_stay_text_everywhere():
    long = "x" * 5000
    names = (HOSTILE, long, "c")
    made = confused([[5, 2, 0], [1, 6, 0], [3, 0, 4]], names)
    made = replace(
        made,
        data=replace(
            made.data, name=HOSTILE, target=HOSTILE, classes=names, covariates=(HOSTILE, long)
        ),
        baselines={"test": {HOSTILE: 0.1, long: 0.2}, "validation": {}},
    )
    seen = Seen(render(made))
    assert "script" not in seen.tags
    assert seen.text.count(HOSTILE) > 6
    assert long not in seen.text
    shown = panel()
    points = replace(
        shown.refit.forecasts, series=HOSTILE, by_series=((HOSTILE, 1.0, 2.0), (long, 1.0, 1.0))
    )
    seen = Seen(render(replace(shown, refit=replace(shown.refit, forecasts=points))))
    assert "script" not in seen.tags
    assert seen.text.count(HOSTILE) == 2
    assert long not in seen.text


def test_a_study_that_has_just_begun():
    for task in ("classification", "regression"):
        held = replace(begun(), question={"task": task}, data=SEQUENCES)
        assert "when the winner is chosen" in views.told(held).reason
        assert (by_class(held), by_series(held), views.steps(held)) == (None, None, None)


# Confusion --------------------------------------------------------------------------------------


def test_the_confusion():
    seen = views.told(confused([[8, 2, 0], [0, 9, 1], [5, 0, 5]]))
    assert isinstance(seen, views.Confusion)
    assert (seen.names, seen.counts) == (("a", "b", "c"), ((8, 2, 0), (0, 9, 1), (5, 0, 5)))
    assert "Most often c is taken for a: 5 of 10 (50 %)." in seen.caption
    assert seen.alt == "Confusion of 3 classes: 22 of 30 answers are right, 73 %."
    assert "others" not in seen.caption


def test_nothing_is_confused():
    seen = views.told(confused([[8, 0], [0, 9]]))
    assert "where a class is taken for another. Here none is." in seen.caption


def test_many_classes_are_put_together():
    seen = views.told(MADE["forty classes"])
    counts = np.array(MADE["forty classes"].refit.forecasts.confusion)
    drawn = np.array(seen.counts)
    assert (len(seen.names), drawn.shape) == (30, (30, 30))
    assert seen.names[-1] == "others"
    assert drawn.sum() == counts.sum()
    frequent = np.sort(counts.sum(axis=1))[::-1]
    assert sorted(drawn[:-1].sum(axis=1), reverse=True) == frequent[:29].tolist()
    # Twin: look up a few pairs by name.
    names = MADE["forty classes"].data.classes
    for row, name in enumerate(seen.names[:-1]):
        for column, other in enumerate(seen.names[:-1]):
            assert drawn[row, column] == counts[names.index(name), names.index(other)]
    assert "The 29 most frequent of 40 classes are shown" in seen.caption


@pytest.mark.parametrize("shape", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("count", [2, 7, 30, 40])
def test_the_picture_of_a_confusion(count, shape):
    made = classified(count, names=tuple(f"{HOSTILE}{n}" for n in range(count)))
    text = figures.svg(views.told(made), shape)
    assert len(text) < 350_000
    links = [
        value
        for one in ET.fromstring(text).iter()
        for key, value in one.items()
        if key.endswith("href")
    ]
    assert all(link.startswith("#") for link in links)
    assert not [one for one in ET.fromstring(text).iter() if one.tag.endswith(("script", "image"))]


def test_counts_are_written_where_they_can_be_read():
    seen = views.told(confused([[8, 2], [0, 9]]))
    wide = words_of(figures.svg(seen, WIDE))
    assert {"8 (80 %)", "2 (20 %)", "9 (100 %)"} <= set(wide)
    assert not [one for one in wide if one.startswith("0 ")]
    crowd = figures.figure(views.told(classified(30)), NARROW).axes[0]
    assert not crowd.texts
    assert crowd.get_xlabel().endswith("in the same order")
    assert figures.figure(views.told(classified(30)), WIDE).axes[0].texts


def test_a_part_without_some_class_is_drawn():
    seen = views.told(confused([[0, 0], [3, 4]]))
    assert "b is taken for a: 3 of 7" in seen.caption
    figures.svg(seen)
    empty = confused([[0, 0], [0, 0]])
    assert views.told(empty).alt == "Confusion of 2 classes: 0 of 0 answers are right."
    figures.svg(views.told(empty))


# Class by class ---------------------------------------------------------------------------------


@given(
    st.integers(2, 6).flatmap(
        lambda n: st.lists(
            st.lists(st.integers(0, 9), min_size=n, max_size=n), min_size=n, max_size=n
        )
    )
)
def test_the_scores_of_classes_are_those_of_scikit_learn(counts):
    counts = np.array(counts)
    assume(counts.sum())
    pairs = [(row, column) for (row, column), n in np.ndenumerate(counts) for _ in range(n)]
    actual, told = np.array(pairs).T
    scores = precision_recall_fscore_support(
        actual, told, labels=np.arange(len(counts)), zero_division=np.nan
    )
    table = by_class(confused(counts.tolist()))
    names = "abcdefghij"
    for row in table.rows:
        at = names.index(row.cells[0])
        assert row.cells[1] == str(int(scores[3][at]))
        for cell, score in zip(row.cells[2:5], (one[at] for one in scores[:3]), strict=True):
            if math.isnan(score):
                assert cell == NOTHING
            else:
                assert float(cell.removesuffix(" %")) == pytest.approx(100 * score, abs=0.51)


def test_the_hardest_class_comes_first():
    table = by_class(confused([[8, 2, 0, 0], [0, 9, 1, 0], [5, 0, 5, 0], [0, 0, 0, 0]]))
    assert [row.cells[0] for row in table.rows] == ["c", "a", "b", "d"]
    assert table.rows[0].cells == ("c", "10", "83 %", "50 %", "62 %", "a (5)")
    assert table.rows[-1].cells == ("d", "0", *[NOTHING] * 4)
    assert table.caption.startswith("All classes, the lowest F1 first.")
    many = by_class(classified(60))
    assert len(many.rows) == 50
    assert many.caption.startswith("The 50 classes with the lowest F1 of 60.")


# Numbers ----------------------------------------------------------------------------------------


def test_what_is_told_against_what_is():
    made = regressed(count=3)
    points = replace(
        made.refit.forecasts,
        actual=(1.0, 2.0, 3.0),
        seeds=((1.0, 2.0, 5.0), (3.0, 2.0, 1.0)),
        baselines={"training mean": (2.0,) * 3, "ridge on the whole series": (1.0, 2.0, 4.0)},
    )
    made = replace(made, refit=replace(made.refit, forecasts=points))
    seen = views.told(made)
    assert isinstance(seen, views.Scatter)
    assert seen.label == "heart rate (bpm)"
    assert (seen.mean, seen.low, seen.high) == ((2.0, 2.0, 3.0), (1.0, 2.0, 1.0), (3.0, 2.0, 5.0))
    assert seen.baseline == ("ridge on the whole series", (1.0, 2.0, 4.0))
    assert "lowest to the highest of 2 seeds" in seen.caption
    assert seen.alt == "heart rate told against actual heart rate, 3 answers of the test part."
    axes = figures.figure(seen).axes[0]
    assert axes.get_xlabel() == "actual heart rate (bpm)"
    assert axes.get_title(loc="left") == "told heart rate (bpm)"
    diagonal = axes.lines[0]
    assert list(diagonal.get_xdata()) == list(diagonal.get_ydata()) == [1.0, 5.0]


def test_one_of_several_columns_is_named():
    made = regressed()
    points = replace(made.refit.forecasts, target="heart rate")
    made = replace(
        made,
        data=replace(made.data, target="heart rate, breath"),
        refit=replace(made.refit, forecasts=points),
    )
    assert views.told(made).caption.endswith("Of heart rate, breath, heart rate is shown.")


def test_answers_that_were_not_kept():
    for made in (classified(3), regressed()):
        held = replace(made, refit=replace(made.refit, forecasts=Forecasts((), (), (), {})))
        assert views.told(held).reason == "What was told of the test part was not kept."


@pytest.mark.parametrize("shape", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_scatter_of_one_point_and_one_with_gaps(shape):
    seen = views.told(regressed())
    one = {name: (1.0,) for name in ("actual", "mean", "low", "high")}
    figures.svg(replace(seen, baseline=None, **one), shape)
    gap = {name: (math.nan, 2.0) for name in ("mean", "low", "high")}
    figures.svg(replace(seen, baseline=None, actual=(1.0, 2.0), **gap), shape)


# Steps and series -------------------------------------------------------------------------------


def test_the_score_at_every_step():
    seen = views.steps(panel(horizon=4))
    assert seen.label == "rmse (thousand passengers)"
    assert seen.model == (12.0, 15.0, 18.0, 21.0)
    assert seen.baseline[0] == "seasonal naive"
    assert "how the error changes" in seen.caption
    assert "each step of a forecast" in seen.caption
    assert seen.alt == (
        "rmse at each of 4 steps: 12.00 thousand passengers at the first, 21.00 thousand "
        "passengers at the last."
    )
    axes = figures.figure(seen).axes[0]
    assert [list(line.get_xdata()) for line in axes.lines] == [[1, 2, 3, 4]] * 2
    said = views.steps(MADE["seven classes"])
    assert "how the score changes" in said.caption
    assert "each step of an answer" in said.caption
    assert views.steps(study()) is None


def test_a_step_that_no_answer_has_is_a_gap():
    made = panel(horizon=4)
    points = replace(made.refit.forecasts, by_step=(1.0, math.nan, 2.0), baseline_by_step={})
    seen = views.steps(replace(made, refit=replace(made.refit, forecasts=points)))
    assert math.isnan(seen.model[1])
    assert seen.baseline is None
    assert "best baseline" not in seen.caption
    figures.svg(seen, NARROW)


def test_the_table_of_series():
    table = by_series(panel())
    assert len(table.rows) == 20
    assert [head.text for head in table.heads] == [
        "Series",
        "Test rmse (thousand passengers)",
        "Best baseline (thousand passengers)",
        "Model against it",
    ]
    assert "larger" in table.rows[0].cells[3]
    assert "smaller" in table.rows[-1].cells[3]
    assert table.caption.startswith("All 20 series; the one on which it loses most comes first.")
    assert by_series(panel(series=300)).caption.startswith(
        "The 10 series on which the model does worst against the best baseline, and the 10 on "
        "which it does best, of 300; "
    )
    assert by_series(study()) is None


def test_the_series_and_the_target_that_are_drawn_are_named():
    seen = views.told(panel())
    assert "this is the series store 0, the first of several, at its last 12 test" in seen.caption
    seen = views.told(two_targets())
    assert seen.label == "passengers (thousand passengers)"
    assert "this is passengers of the test part, the first of several" in seen.caption


# Losses -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metric", "task", "label", "said"),
    [
        ("rmse", "forecasting", "loss (1 = variance of the training rows)", "variance of the"),
        ("mae", "forecasting", "loss (1 = deviation of the training rows)", "absolute"),
        ("rmse", "regression", "loss (1 = variance of the training answers)", "answers: 1 is"),
        ("accuracy", "classification", "cross-entropy (nats)", "ln(3) = 1.099"),
    ],
)
def test_the_unit_of_losses(metric, task, label, said):
    made = study() if task == "forecasting" else labelled()
    classes = ("a", "b", "c") if task == "classification" else ()
    made = replace(
        made,
        metric=METRICS[metric],
        question={**made.question, "task": task},
        data=replace(made.data, classes=classes),
    )
    seen = views.curves(made)
    assert seen.label == label
    assert seen.guess == (pytest.approx(math.log(3)) if classes else None)
    assert said in dict(views.method(made))["Loss"]
    axes = figures.figure(seen).axes[0]
    assert axes.get_title(loc="left") == label
    assert ("all classes alike: 1.099" in axes.get_legend_handles_labels()[1]) is bool(classes)


def test_a_quantile_has_its_own_loss():
    made = replace(study(), metric=METRICS["pinball"])
    assert made.metric.loss.startswith("pinball")
    assert "deviation of the training rows" in views.curves(made).label
    assert "quantile (pinball)" in dict(views.method(made))["Loss"]


# Folds and time ---------------------------------------------------------------------------------


def test_folds_and_seeds():
    made = folded()
    assert (made.folds, fits(made), over(made, 5)) == (3, "3 folds x 5 seeds", "5 seeds")
    rows = dict(findings.facts(made))
    assert "mean ± deviation over 3 folds x 5 seeds, validation part" in rows["Search"]
    assert "3 folds x 5 seeds that no trial has used" in rows["Confirmed"]
    assert "refitted with 5 seeds" in rows["Test"]
    told = dict(views.method(made))
    assert (
        "over 3 folds x 5 seeds (n - 1), so the differences between folds are in it"
        in (told["Score"])
    )
    assert "into 3 folds (rolling origin)" in told["Split"]
    assert "2 rows left out" in told["Split"]
    assert "3 folds x 5 seeds on the validation part" in views.history(made).caption
    assert (document(made)["folds"], document(study())["folds"]) == (3, 1)


@pytest.mark.parametrize(
    ("asked", "parts"),
    [
        ({"split.kind": "stratified"}, ["same shares of the classes. There are 120 sequences"]),
        ({"split.kind": "random", "split.official": True}, ["drawn at random", "came with the"]),
        ({"split.kind": "group_k_fold", "split.folds": 4}, ["by group", "into 4 folds"]),
        ({"split.kind": "k_fold"}, ["drawn at random", "into 5 folds", "In the last fold: 120"]),
        ({"split.kind": "in_order"}, ["in which they came"]),
    ],
)
def test_how_sequences_were_split(asked, parts):
    told = dict(views.method(labelled(question={"task": "classification", **asked})))["Split"]
    assert all(part in told for part in parts), told
    assert "No sequence is in two parts" in told
    assert ("came with" in told) is ("split.official" in asked)


def test_time_that_counts_is_said_everywhere():
    made = folded()
    by = "rmse + 0.5 log(seconds)"
    assert dict(findings.facts(made))["Chosen by"] == f"{by}, training seconds of all its fits"
    told = dict(views.method(made))
    assert f"ranked by {by}" in told["Search"]
    assert "these confirmed values wins" in told["Choice"]
    assert f"went by {by}" in views.history(made).caption
    table = best_trials(made)
    heads = [head.text for head in table.heads]
    places = heads.index("Search value"), heads.index("Confirmed value")
    assert f"A value is {by}" in table.caption
    first = next(row for row in table.rows if row.marked)
    winner = made.best
    value = winner.score.mean + 0.5 * math.log(winner.seconds["train"])
    assert float(first.cells[places[0]]) == pytest.approx(value, rel=1e-3)
    value = made.confirmed[winner.number].mean + 0.5 * math.log(12.5)
    assert float(first.cells[places[1]]) == pytest.approx(value, rel=1e-3)
    assert document(made)["time_weight"] == 0.5
    assert "time_weight" not in document(study())
    assert "value" not in best_trials(study()).caption.split("decide")[0]


def test_the_table_is_ordered_by_what_was_searched_for():
    made = folded()
    values = [made.value(one) for one in made.ranked]
    assert values == sorted(values)
    heavy = replace(made, question={**made.question, "time_weight": 1e6})
    assert [one.number for one in heavy.ranked] == sorted(one.number for one in heavy.ranked)
    assert math.isnan(made.value(made.in_state("pruned")[0]))


# Words ------------------------------------------------------------------------------------------


def test_the_heading_of_every_kind():
    said = findings.heading(classified(2))
    assert said == "Study gunpoint: class of 45 test sequences, accuracy on gunpoint"
    assert findings.heading(panel()) == (
        "Study airline: passengers of 20 series 4 steps ahead, rmse on airline"
    )


def test_the_saved_model_of_every_kind():
    told = [dict(findings.facts(one))[""] for one in (study(), classified(2), regressed())]
    assert [one.partition("model: ")[2] for one in told] == [
        "their mean forecast",
        "their mean probability",
        "their mean answer",
    ]


def test_the_only_naive_baseline():
    assert dict(findings.facts(classified(2)))["Naive"] == (
        "0.5000, majority class, the only naive one"
    )


def test_the_facts_of_sequences():
    facts = replace(
        SEQUENCES,
        covariates=tuple(f"x{n}" for n in range(64)),
        symbols=(26, *[0] * 63),
        classes=("no", "yes"),
    )
    told = dict(data(replace(classified(2), data=facts)))
    assert told["Features"] == "64: x0, x1, x2, x3, x4, x5, x6, x7, x8, x9 and 54 more"
    assert told["Symbols"] == "x0 (26 symbols)"
    assert told["Classes"] == "2: no, yes"
    assert told["Sequences"] == "200"
    assert told["Parts"].startswith("train 120 sequences (60 %)")
    assert not {"Season", "From, to", "Rows", "Covariates"} & told.keys()
    assert dict(data(regressed()))["Answer"] == "heart rate (bpm)"


def test_the_baselines_of_sequences():
    table = baselines(classified(3))
    assert "All tell the answers of the same sequences." in table.caption
    assert "learnt from the sequences of the other parts" in table.caption
    assert table.heads[0].text == "Answer"
    assert table.rows[1].cells[0] == "tuned LSTM, mean probability of its seeds"


def test_long_lists_and_names_are_cut():
    assert listed(["a", "b"]) == "a, b"
    assert listed([]) == ""
    assert listed([str(n) for n in range(12)]) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more"
    assert brief("x" * 80) == "x" * 80
    assert brief("x" * 81) == f"{'x' * 79}…"


# There and back ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MADE)
def test_what_the_ledger_keeps_comes_back(name):
    made = MADE[name]
    assert refit_from_json(refit_to_json(made.refit)) == made.refit
    assert data_from_json(data_to_json(made.data)) == made.data


def test_what_an_older_version_kept_is_read():
    kept = data_to_json(study().data)
    older = {key: one for key, one in kept.items() if key not in ("classes", "symbols")}
    assert data_from_json(older) == study().data
    refit = refit_to_json(study().refit)
    new = ("classes", "confusion", "by_step", "baseline_by_step", "series", "target", "by_series")
    for key in new:
        del refit["forecasts"][key]
    assert refit_from_json(refit) == study().refit


def test_the_document_of_classes():
    told = document(MADE["seven classes"])
    assert (told["task"], told["horizon"]) == ("classification", None)
    assert told["classes"] == [f"class {n}" for n in range(7)]
    assert told["confusion"] == [
        list(row) for row in MADE["seven classes"].refit.forecasts.confusion
    ]
    assert len(told["by_step"]) == 12
    assert document(regressed())["task"] == "regression"
    assert not {"classes", "confusion", "by_step"} & document(study()).keys()


def test_how_the_winner_of_sequences_was_refitted():
    made = labelled()
    told = dict(views.method(replace(made, refit=replace(made.refit, held_out=12))))["Test"]
    assert "each stopped early by about 12 sequences that it held out, others for each" in told
    assert f"(after {made.refit.epochs} epochs, the median), and measured on the test seq" in told
