"""What is kept of the test part for pictures and tables."""

from collections.abc import Mapping, Sequence

import numpy as np

from autolstm.dataset import Dataset
from autolstm.facts import Forecasts
from autolstm.framing.times import time_text
from autolstm.metrics import Metric, ranking, skill
from autolstm.sequences import Sequences

__all__ = ["Measured", "of_sequences", "of_series", "score_table"]

MOST_POINTS = 400
"""Points of the test part that are kept for the picture: the latest ones of a series, the first
ones of sequences."""

MOST_SERIES = 20
"""Series whose scores are kept one by one, half of them the worst and half the best."""

Measured = Sequence[Sequence[Metric]]
"""The metric for each target of each series."""


def score_table(
    data: Dataset,
    metrics: Measured,
    predicted: np.ndarray,
    examples: np.ndarray,
    steps: slice = slice(None),
) -> np.ndarray:
    """Measure every target of every series by itself.

    Args:
        data: The series.
        metrics: By series and target.
        predicted: Forecasts, shape (n, horizon, targets).
        examples: Row numbers of the last known values, shape (n,).
        steps: Which steps count.

    Returns:
        Scores of shape (series that have examples, targets), in the order of the series.
    """
    of = data.of_rows(examples)
    ahead = np.arange(1, predicted.shape[1] + 1)[steps]
    actual = data.values[examples[:, None] + ahead[None, :], : data.wide]
    return np.array(
        [
            [
                metric.measure(actual[of == place, :, k], predicted[of == place, steps, k])
                for k, metric in enumerate(metrics[place])
            ]
            for place in np.unique(of)
        ]
    )


def of_series(
    data: Dataset,
    metrics: Measured,
    predicted: np.ndarray,
    others: Mapping[str, np.ndarray],
    examples: np.ndarray,
) -> Forecasts:
    """Keep the latest forecasts that follow one another without overlap, and scores apart.

    The points are of the first series that has any, and of the first target. Scores are those of
    the mean forecast of all seeds, and of the baseline that is best on the whole part.

    Args:
        data: The series.
        metrics: By series and target.
        predicted: Forecasts of every replicate, shape (R, n, horizon, targets).
        others: Those of every baseline, shape (n, horizon, targets) each.
        examples: Row numbers of the last known values, shape (n,).
    """
    horizon, together = predicted.shape[2], predicted.mean(axis=0)
    of = data.of_rows(examples)
    most = max(1, MOST_POINTS // horizon)
    chosen = np.flatnonzero(of == of[0])[::-horizon][:most][::-1]
    rows = (examples[chosen][:, None] + np.arange(1, horizon + 1)[None, :]).ravel()
    metric = metrics[0][0]
    tables = {name: score_table(data, metrics, one, examples) for name, one in others.items()}
    best = ranking(metric, {name: float(one.mean()) for name, one in tables.items()})[:1]

    def by_step(forecasts: np.ndarray) -> tuple[float, ...]:
        each = (slice(step, step + 1) for step in range(horizon))
        return tuple(
            float(score_table(data, metrics, forecasts, examples, one).mean()) for one in each
        )

    by_series: tuple[tuple[str, float, float], ...] = ()
    if data.several and best:
        own = score_table(data, metrics, together, examples).mean(axis=1)
        names = [data.ids[place] for place in np.unique(of)]
        by_series = _extremes(metric, names, own, tables[best[0]].mean(axis=1))
    return Forecasts(
        times=tuple(time_text(data.times[rows])),
        actual=tuple(data.values[rows, 0].tolist()),
        seeds=tuple(tuple(each[chosen, :, 0].ravel().tolist()) for each in predicted),
        baselines={
            name: tuple(each[chosen, :, 0].ravel().tolist()) for name, each in others.items()
        },
        by_step=by_step(together) if horizon > 1 else (),
        baseline_by_step={name: by_step(others[name]) for name in best if horizon > 1},
        series=data.ids[of[0]] if data.several else "",
        target=data.targets[0] if data.wide > 1 else "",
        by_series=by_series,
    )


def _extremes(
    metric: Metric, names: Sequence[str], own: np.ndarray, other: np.ndarray
) -> tuple[tuple[str, float, float], ...]:
    """Return name and scores of the series, worst skill first; of many, both ends."""
    rows = list(zip(names, own.tolist(), other.tolist(), strict=True))
    leads = [skill(metric, one, baseline) for _, one, baseline in rows]
    order = sorted(range(len(rows)), key=lambda at: (np.nan_to_num(leads[at], nan=-np.inf), at))
    half = MOST_SERIES // 2
    kept = order if len(order) <= MOST_SERIES else order[:half] + order[-half:]
    return tuple(rows[at] for at in kept)


def of_sequences(
    data: Sequences,
    actual: np.ndarray,
    predicted: np.ndarray,
    others: Mapping[str, np.ndarray],
    examples: np.ndarray,
) -> Forecasts:
    """Keep which classes were taken for which; of numbers, the answers of the first column.

    Args:
        data: The sequences.
        actual: Codes of classes, shape (n,) or (n, T), or numbers, shape (n, K) or (n, T, K); NaN
            where there is no answer.
        predicted: Of every replicate, shape (R, n, ...): probabilities of the classes, or numbers.
        others: Of every baseline, shape (n, ...) each.
        examples: Numbers of the sequences, shape (n,).
    """
    if data.classes:
        there, count = ~np.isnan(actual), len(data.classes)
        told = predicted.mean(axis=0)[there].argmax(axis=-1)
        pairs = actual[there].astype(int) * count + told
        confusion = np.bincount(pairs, minlength=count * count).reshape(count, count)
        rows = tuple(tuple(one) for one in confusion.tolist())
        return Forecasts((), (), (), {}, data.classes, rows)
    there = ~np.isnan(actual[..., 0])
    numbers = np.broadcast_to(examples.reshape(-1, *[1] * (there.ndim - 1)), there.shape)

    def kept(answers: np.ndarray) -> tuple[float, ...]:
        return tuple(answers[..., 0][there][:MOST_POINTS].tolist())

    return Forecasts(
        times=tuple(str(one) for one in numbers[there][:MOST_POINTS].tolist()),
        actual=kept(actual),
        seeds=tuple(kept(one) for one in predicted),
        baselines={name: kept(one) for name, one in others.items()},
        target=data.targets[0] if len(data.targets) > 1 else "",
    )
