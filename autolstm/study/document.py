"""`Results` -> one JSON document, for programs that start from a study."""

from pathlib import Path
from typing import Any

from autolstm.ledger.results import Results
from autolstm.study.shelf import REPORT

__all__ = ["document"]


def document(results: Results) -> dict[str, Any]:
    """Return the findings of a study as plain values; what is not known yet is None.

    Scores are in ``unit``; ``skill`` is ``1 - score / baseline`` for errors and
    ``score - baseline`` for what is maximised, positive where the model is better.
    """
    best = results.best
    confirmed = results.confirmed.get(best.number) if best else None
    report = Path(results.folder) / REPORT
    return {
        "study": results.name,
        "task": "forecasting",
        "data": results.data.name,
        "target": results.data.target,
        "horizon": results.horizon,
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
        "report": str(report) if report.is_file() else None,
        "model": results.refit.path if results.refit else None,
    }


def _test(results: Results) -> dict[str, Any] | None:
    if results.refit is None:
        return None
    return {
        **results.refit.test.to_json(),
        "ensemble": results.refit.model,
        "baselines": dict(results.baselines["test"]),
        "best_baseline": results.best_baseline,
        "skill": results.skill,
        "p_value": results.refit.p_values.get(results.best_baseline or ""),
        "windows": results.refit.windows,
    }
