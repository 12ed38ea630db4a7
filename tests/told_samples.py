"""Finished studies of other problems than one series one step ahead, made by hand."""

from dataclasses import replace

import numpy as np
from report_samples import DATA, study

from autolstm.facts import DataFacts, Forecasts
from autolstm.metrics import METRICS
from autolstm.outcome import Score

SEQUENCES = DataFacts(
    name="gunpoint",
    source="UCR archive",
    target="class",
    unit="",
    covariates=("x",),
    frequency="",
    season=0,
    rows=200,
    first="",
    last="",
    parts={"train": 120, "validation": 30, "test": 50},
    notes=(),
    task="many-to-one classification, 2 classes, 1 feature, 150 steps",
    word="sequences",
)


def scored(made, middle, spread):
    """Give trials and confirmed scores another level; in the search, better trials stay better."""
    random = np.random.default_rng(8)

    def score(place):
        return Score(tuple(middle - 0.02 * place + random.normal(0, spread, 5)))

    places = {one.number: place for place, one in enumerate(made.ranked)}
    trials = tuple(
        replace(one, score=score(places[one.number])) if one.score else one for one in made.trials
    )
    return replace(
        made,
        trials=trials,
        confirmed={number: score(places[number]) for number in made.confirmed},
    )


def labelled(**changes):
    """Return the study of labelled sequences that the others are made from."""
    made = study()
    question = {**made.question, "task": "classification", "split.kind": "stratified"}
    held = {"name": "gunpoint", "question": question, "data": SEQUENCES, "horizon": 1}
    return replace(made, **{**held, **changes})


def classified(count=7, *, names=None, by_step=False, official=False, right=0.8, of=30):
    """Make a study of so many classes, whose neighbours are mixed up."""
    names = names or tuple(f"class {n}" for n in range(count))
    random = np.random.default_rng(count)
    sizes = random.integers(of // 2, of, count)
    chances = np.eye(count) * right + (1 - right) * np.roll(np.eye(count), 1, axis=1) * 0.7
    chances += (1 - chances.sum(axis=1, keepdims=True)) / count
    confusion = np.stack(
        [random.multinomial(n, row) for n, row in zip(sizes, chances, strict=True)]
    )
    total = int(confusion.sum())
    curve = tuple(np.linspace(0.95, 0.6, 12))
    points = Forecasts(
        *((), (), (), {}, names),
        confusion=tuple(tuple(row) for row in confusion.tolist()),
        by_step=curve if by_step else (),
        baseline_by_step={"majority class": (1 / count,) * 12} if by_step else {},
    )
    made = replace(scored(labelled(), 0.86, 0.01), metric=METRICS["accuracy"])
    rates = (0.78, 0.8, 0.79, 0.82, 0.81)
    facts = replace(
        SEQUENCES,
        classes=names,
        symbols=(0,),
        rows=5 * total,
        parts={"train": 3 * total, "validation": total, "test": total},
        task=f"many-to-one classification, {count} classes, 1 feature, 150 steps",
    )
    names = ("majority class", "1-nearest neighbour", "logistic regression on summaries")
    baselines = dict(zip(names, (1 / count, 0.71, 0.65), strict=True))
    refit = replace(
        made.refit,
        test=Score(rates),
        model=0.82,
        p_values=dict.fromkeys(names, 0.0004),
        windows=total,
        forecasts=points,
    )
    question = {**made.question, **({"split.official": True} if official else {})}
    return replace(
        made,
        data=facts,
        refit=refit,
        question=question,
        baselines={"validation": baselines, "test": baselines},
    )


def regressed(count=80, seeds=5):
    """Make a study of numbers told of sequences."""
    random = np.random.default_rng(2)
    actual = random.normal(70, 12, count)
    told = 0.8 * (actual - 70) + 70 + random.normal(0, 3, (seeds, count))
    named = {"training mean": (float(actual.mean()),) * count}
    named["ridge on the whole series"] = tuple(
        (0.5 * actual + 35 + random.normal(0, 4, count)).tolist()
    )
    points = Forecasts(
        times=tuple(str(n) for n in range(count)),
        actual=tuple(actual.tolist()),
        seeds=tuple(tuple(one.tolist()) for one in told),
        baselines=named,
    )
    scores = {"training mean": 12.1, "ridge on the whole series": 7.4}
    made = labelled()
    return replace(
        made,
        question={**made.question, "task": "regression", "split.kind": "group"},
        data=replace(
            SEQUENCES, name="pulse", target="heart rate", unit="bpm", covariates=("red", "green")
        ),
        refit=replace(
            made.refit,
            test=Score((4.1, 4.3, 4.4, 4.0, 4.2)),
            model=3.9,
            p_values=dict.fromkeys(scores, 0.002),
            windows=count,
            forecasts=points,
        ),
        baselines={"validation": scores, "test": scores},
    )


def panel(series=20, horizon=4):
    """Make a study of several series and steps."""
    made = study(horizon=horizon)
    random = np.random.default_rng(6)
    rows = [
        (f"store {n}", float(own), float(other))
        for n, (own, other) in enumerate(random.uniform(10, 60, (min(series, 20), 2)))
    ]
    rows.sort(key=lambda row: 1 - row[1] / row[2])
    points = replace(
        made.refit.forecasts,
        series="store 0",
        by_step=tuple(np.linspace(12, 21, horizon).tolist()),
        baseline_by_step={"seasonal naive": tuple(np.linspace(40, 60, horizon).tolist())},
        by_series=tuple(rows),
    )
    return replace(
        made,
        question={**made.question, "series": series},
        refit=replace(made.refit, forecasts=points),
        data=replace(DATA, task=f"many-to-many forecasting, {series} series, {horizon} steps"),
    )


def two_targets():
    """Make a study of two targets."""
    made = study()
    points = replace(made.refit.forecasts, target="passengers")
    return replace(
        made,
        data=replace(DATA, target="passengers, freight"),
        refit=replace(made.refit, forecasts=points),
    )


def folded(folds=3):
    """Make a study over several folds, where time counts."""
    made = study()
    trials = tuple(
        replace(one, score=Score(one.score.values * folds)) if one.score else one
        for one in made.trials
    )
    confirmed = {number: Score(one.values * folds) for number, one in made.confirmed.items()}
    split = {"split.kind": "rolling_origin", "split.folds": folds, "split.gap": 2}
    return replace(
        made,
        trials=trials,
        confirmed=confirmed,
        confirmed_seconds=dict.fromkeys(confirmed, 12.5),
        question={**made.question, **split, "time_weight": 0.5},
    )
