"""What is kept of the test part, beside a slow and obvious twin."""

import numpy as np
import pandas as pd
import pytest

from autolstm.baselines import learns
from autolstm.dataset import Dataset
from autolstm.experiment import ask
from autolstm.framing.shown import MOST_POINTS, of_sequences, score_table
from autolstm.metrics import METRICS, ranking
from autolstm.question import pose
from autolstm.sequences import Sequences


def shop(series=3, wide=2, rows=60):
    """Make several series of several targets, each at a level of its own."""
    random = np.random.default_rng(series * 10 + wide)
    days = [pd.date_range("2024-01-01", periods=rows, freq="D")] * series
    return Dataset(
        name="shop",
        times=days[0].append(days[1:]) if series > 1 else days[0],
        values=random.normal(np.arange(wide) + 5, 1.0, (series * rows, wide)),
        columns=tuple(f"y{k}" for k in range(wide)),
        wide=wide,
        ids=tuple(f"store {n}" for n in range(series)) if series > 1 else ("",),
        starts=np.arange(series + 1) * rows,
        rhythm="D",
    )


def posed(data, **fields):
    return pose(ask({"source": "shop", "split": {"validation": 10, "test": 12}, **fields}), data)


def made(asked, replicates=2):
    """Return random forecasts of the test part, the baselines, and the origins."""
    framing, parts = asked.framing, asked.parts
    origins = framing.examples(parts.test)
    shape = (replicates, *framing.actual(origins).shape)
    forecasts = np.random.default_rng(4).normal(5, 1, shape)
    return forecasts, framing.baselines(parts.seen, parts.test), origins


@pytest.mark.parametrize(("series", "wide"), [(1, 1), (1, 2), (3, 1), (3, 2)])
@pytest.mark.parametrize("metric", ["rmse", "mae", "r2", "mase"])
def test_scores_are_those_of_each_series_and_target_alone(series, wide, metric):
    asked = posed(shop(series, wide), horizon=3, metric=metric)
    forecasts, _, origins = made(asked)
    framing, data = asked.framing, asked.framing.data
    found = score_table(data, framing.metrics, forecasts[0], origins)
    assert found.shape == (series, wide)
    for place in range(series):
        inside = [n for n, row in enumerate(origins) if data.of_rows(np.array([row]))[0] == place]
        for k in range(wide):
            actual = [[data.values[origins[n] + step, k] for step in (1, 2, 3)] for n in inside]
            told = [[forecasts[0, n, step, k] for step in range(3)] for n in inside]
            measured = framing.metrics[place][k].measure(np.array(actual), np.array(told))
            assert found[place, k] == pytest.approx(measured, rel=1e-12)
    assert framing.measure(forecasts[0], origins) == pytest.approx(found.mean(), rel=1e-12)


@pytest.mark.parametrize(("series", "wide"), [(1, 1), (3, 2)])
def test_the_score_at_every_step_is_that_of_the_step_alone(series, wide):
    asked = posed(shop(series, wide), horizon=4)
    forecasts, others, origins = made(asked)
    points = asked.framing.picture(forecasts, others, origins)
    data, together = asked.framing.data, forecasts.mean(axis=0)
    assert len(points.by_step) == 4
    best = ranking(
        asked.metric, {name: asked.framing.measure(one, origins) for name, one in others.items()}
    )[0]
    assert list(points.baseline_by_step) == [best]
    for step in range(4):
        for told, score in (
            (together, points.by_step[step]),
            (others[best], points.baseline_by_step[best][step]),
        ):
            scores = []
            for place in range(series):
                inside = data.of_rows(origins) == place
                for k in range(wide):
                    actual = data.values[origins[inside] + step + 1, k]
                    gap = actual - told[inside, step, k]
                    scores.append(float(np.sqrt(np.mean(gap**2))))
            assert score == pytest.approx(np.mean(scores), rel=1e-12)


def test_one_step_of_one_series_needs_no_more_scores():
    asked = posed(shop(1, 1))
    points = asked.framing.picture(*made(asked))
    assert (points.by_step, points.baseline_by_step, points.by_series) == ((), {}, ())
    assert (points.series, points.target) == ("", "")


def test_several_series_and_targets_say_which_is_drawn():
    asked = posed(shop(3, 2))
    forecasts, others, origins = made(asked)
    points = asked.framing.picture(forecasts, others, origins)
    assert (points.series, points.target) == ("store 0", "y0")
    assert points.actual == tuple(asked.framing.data.values[48:60, 0])


@pytest.mark.parametrize("metric", ["rmse", "r2"])
def test_the_series_come_in_the_order_of_their_skill(metric):
    asked = posed(shop(5, 1), metric=metric)
    forecasts, others, origins = made(asked)
    points = asked.framing.picture(forecasts, others, origins)
    best = ranking(
        asked.metric, {name: asked.framing.measure(one, origins) for name, one in others.items()}
    )[0]
    assert len(points.by_series) == 5
    leads = []
    for name, own, other in points.by_series:
        place = int(name.removeprefix("store "))
        inside = asked.framing.data.of_rows(origins) == place
        actual = asked.framing.actual(origins[inside])[..., 0]
        measure = METRICS[metric].measure
        assert own == pytest.approx(measure(actual, forecasts.mean(axis=0)[inside, :, 0]))
        assert other == pytest.approx(measure(actual, others[best][inside, :, 0]))
        leads.append(own - other if metric == "r2" else 1 - own / other)
    assert leads == sorted(leads)


def test_of_many_series_both_ends_are_kept():
    asked = posed(shop(25, 1, rows=40))
    forecasts, others, origins = made(asked)
    held = {name: one for name, one in others.items() if not learns(name)}
    points = asked.framing.picture(forecasts, held, origins)
    assert len(points.by_series) == 20
    leads = [1 - own / other for _, own, other in points.by_series]
    assert leads == sorted(leads)
    assert len({name for name, _, _ in points.by_series}) == 20


def labelled(classes=(), steps=1, count=30, columns=1):
    random = np.random.default_rng(count + steps)
    starts = np.arange(count + 1) * 5
    answers = (
        random.integers(len(classes), size=(count * steps, 1))
        if classes
        else random.normal(size=(count * steps, columns))
    )
    return Sequences(
        name="made",
        values=random.normal(size=(count * 5, 1)),
        starts=starts,
        features=("x",),
        symbols=((),),
        answers=answers,
        answer_starts=np.arange(count + 1) * steps,
        targets=tuple(f"t{k}" for k in range(columns)),
        classes=classes,
    )


def test_a_confusion_counts_pairs_of_the_mean_of_all_seeds():
    data = labelled(("a", "b", "c"))
    random = np.random.default_rng(0)
    told = random.dirichlet(np.ones(3), (2, 30))
    actual = data.answers[:, 0].astype(float)
    points = of_sequences(data, actual, told, {}, np.arange(30))
    expected = [[0] * 3 for _ in range(3)]
    for n in range(30):
        expected[int(actual[n])][int(np.argmax((told[0, n] + told[1, n]) / 2))] += 1
    assert points.confusion == tuple(map(tuple, expected))
    assert points.classes == ("a", "b", "c")
    assert points.actual == ()


def test_steps_that_are_not_there_are_not_counted():
    data = labelled(("a", "b"), steps=2)
    actual = np.array([[0.0, 1.0], [1.0, np.nan]])
    told = np.array([[[[1, 0], [1, 0]], [[0, 1], [np.nan, np.nan]]]], dtype=float)
    points = of_sequences(data, actual, told, {}, np.arange(2))
    assert points.confusion == ((1, 0), (1, 1))
    numbers = of_sequences(
        labelled(steps=2), actual[..., None], told[..., :1], {"m": told[0, ..., :1]}, np.arange(2)
    )
    assert (numbers.times, numbers.actual) == (("0", "0", "1"), (0.0, 1.0, 1.0))
    assert numbers.seeds == ((1.0, 1.0, 0.0),)
    assert numbers.baselines == {"m": (1.0, 1.0, 0.0)}


def test_the_first_answers_of_the_first_column_are_kept():
    data = labelled(columns=2, count=MOST_POINTS + 10)
    told = np.stack([data.answers, data.answers + 1])
    numbers = np.arange(5, len(data) + 5)
    points = of_sequences(data, data.answers, told, {}, numbers)
    assert len(points.actual) == MOST_POINTS
    assert points.actual == tuple(data.answers[:MOST_POINTS, 0])
    assert points.seeds[1] == tuple(data.answers[:MOST_POINTS, 0] + 1)
    assert points.times[:2] == ("5", "6")
    assert points.target == "t0"


@pytest.mark.parametrize("classes", [("a", "b"), ()], ids=["classes", "numbers"])
def test_answers_of_several_steps_are_measured_at_each(classes):
    asked = posed(labelled(classes, steps=5, count=60), seeds=2)
    framing = asked.framing
    examples = asked.parts.test
    others = framing.baselines(asked.parts.seen, examples)
    told = np.stack([next(iter(others.values()))] * 2)
    points = framing.picture(told, others, examples)
    assert len(points.by_step) == 5
    (scores,) = points.baseline_by_step.values()
    assert len(scores) == 5
    actual = framing.actual(examples)
    first = asked.metric.measure(actual[:, [0]], told[0][:, [0]])
    assert points.by_step[0] == pytest.approx(first)
    assert framing.facts().classes == classes
    assert framing.facts().symbols == (0,)


def test_a_question_of_sequences_says_how_they_were_drawn():
    data = labelled(("a", "b"), count=60)
    assert posed(data).flat()["split.kind"] == "stratified"
    assert posed(labelled(count=60)).flat()["split.kind"] == "random"
    assert "split.official" not in posed(data).flat()
    folds = {"kind": "k_fold", "folds": 3, "test": 12}
    flat = posed(data, split=folds).flat()
    assert (flat["split.kind"], flat["split.folds"]) == ("k_fold", 3)
