"""`Results` -> one JSON document, for programs that start from a study."""

from pathlib import Path
from typing import Any

from autolstm.ledger.results import Results
from autolstm.report.verdict import best_naive, judge
from autolstm.study.shelf import REPORT

__all__ = ["document"]


def document(results: Results) -> dict[str, Any]:
    """Return the findings of a study as plain values; what is not known yet is None.

    Scores are in ``unit``; ``skill`` is ``1 - score / baseline`` for errors and
    ``score - baseline`` for what is maximised, positive where the model is better. ``programs``
    counts those that trained the trials, ``trace_seconds`` is what building, tracing and compiling
    them took. ``horizon`` is None where sequences are labelled; ``classes``, ``confusion`` (a row
    each actual class), ``by_step`` and ``time_weight`` are there where the problem has them.
    """
    best = results.best
    confirmed = results.confirmed.get(best.number) if best else None
    report = Path(results.folder) / REPORT
    return {
        "study": results.name,
        "task": results.task,
        "data": results.data.name,
        "target": results.data.target,
        "horizon": results.horizon if results.task == "forecasting" else None,
        "folds": results.folds,
        "seeds": results.seeds,
        "metric": results.metric.name,
        "direction": results.metric.direction,
        "unit": results.unit,
        "best": best
        and {
            "number": best.number,
            "settings": best.settings,
            **(best.score.to_json() if best.score else {}),
        },
        "confirmed": confirmed and confirmed.to_json(),
        "test": _test(results),
        "trials": {
            state: len(results.in_state(state)) for state in ("complete", "pruned", "failed")
        },
        "seconds": results.seconds,
        "programs": results.programs or None,
        "trace_seconds": round(results.trace_seconds, 3) if results.programs else None,
        "report": str(report) if report.is_file() else None,
        "model": results.refit.path if results.refit else None,
        **_of_its_kind(results),
    }


def _of_its_kind(results: Results) -> dict[str, Any]:
    """Return what only some problems have."""
    points = results.refit.forecasts if results.refit else None
    found = {
        "classes": list(results.data.classes),
        "confusion": [list(row) for row in points.confusion] if points else [],
        "by_step": list(points.by_step) if points else [],
        "time_weight": results.time_weight,
    }
    return {name: value for name, value in found.items() if value}


def _test(results: Results) -> dict[str, Any] | None:
    if results.refit is None:
        return None
    naive = best_naive(results)
    return {
        **results.refit.test.to_json(),
        "ensemble": results.refit.model,
        "baselines": dict(results.baselines["test"]),
        "best_baseline": results.best_baseline,
        "skill": results.skill,
        "verdict": judge(results).standing,
        "naive_baseline": naive,
        "skill_over_naive": results.skill_over(naive),
        "p_value": results.refit.p_values.get(results.best_baseline or ""),
        "p_value_naive": results.refit.p_values.get(naive or ""),
        "windows": results.refit.windows,
    }
