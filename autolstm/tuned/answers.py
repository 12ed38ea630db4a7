"""Answers as tables: a row for each sequence, or for each of its steps."""

from typing import Any

import numpy as np
import pandas as pd

__all__ = ["by_sequence", "classes_by_step", "numbers_by_step"]


def classes_by_step(
    shares: np.ndarray, names: np.ndarray, classes: tuple[str, ...], form: str
) -> pd.DataFrame:
    """Return the likeliest class, and the probability of each.

    Args:
        shares: Probabilities, shape (n, classes) or (n, steps, classes), NaN behind the last step
            of a sequence.
        names: Number or id of every sequence, shape (n,).
        classes: The classes.
        form: See `autolstm.shapes.Shapes.form`; answers of one step are not numbered.
    """
    shares = shares if shares.ndim == 3 else shares[:, None]
    sequence, step = np.nonzero(~np.isnan(shares[..., 0]))
    held = shares[sequence, step]
    return pd.DataFrame(
        {
            **_places(names[sequence], step, form),
            "answer": np.array(classes, dtype=object)[held.argmax(axis=1)],
            **{f"p({one})": held[:, at] for at, one in enumerate(classes)},
        }
    )


def by_sequence(
    shares: np.ndarray, names: np.ndarray, classes: tuple[str, ...], between: str
) -> pd.DataFrame:
    """Return the likeliest classes of all steps as one text, and its least certain step.

    Args:
        shares: Probabilities, shape (n, steps, classes), NaN behind the last step of a sequence.
        names: Number or id of every sequence, shape (n,).
        classes: The classes.
        between: What is written between two steps.
    """
    counts = (~np.isnan(shares[..., 0])).sum(axis=1)
    known = np.where(np.isnan(shares), -1.0, shares)
    spelled = np.array(classes, dtype=object)[known.argmax(axis=-1)]
    sure = np.where(np.isnan(shares[..., 0]), np.inf, known.max(axis=-1))
    answers = [between.join(one[:count]) for one, count in zip(spelled, counts, strict=True)]
    return pd.DataFrame({"sequence": names, "answer": answers, "probability": sure.min(axis=1)})


def numbers_by_step(
    given: np.ndarray, names: np.ndarray, targets: tuple[str, ...], form: str
) -> pd.DataFrame:
    """Return numbers: their mean over all seeds, and the lowest and highest seed.

    Args:
        given: Shape (R, n, targets) or (R, n, steps, targets), NaN behind the last step of a
            sequence.
        names: Number or id of every sequence, shape (n,).
        targets: Name of every number, told where there are several.
        form: See `classes_by_step`.
    """
    given = given if given.ndim == 4 else given[:, :, None]
    # Sequence by sequence, then target by target, as forecasts are.
    given = given.transpose(0, 1, 3, 2)
    sequence, target, step = np.nonzero(~np.isnan(given[0]))
    held = given[:, sequence, target, step]
    about = _places(names[sequence], step, form)
    if len(targets) > 1:
        about["target"] = np.array(targets, dtype=object)[target]
    return pd.DataFrame(
        {
            **about,
            "forecast": held.mean(axis=0),
            "low": held.min(axis=0),
            "high": held.max(axis=0),
        }
    )


def _places(names: np.ndarray, step: np.ndarray, form: str) -> dict[str, Any]:
    """Say which sequence a row belongs to and, of answers of several steps, which step."""
    return {"sequence": names} if form == "vector" else {"sequence": names, "step": step}
