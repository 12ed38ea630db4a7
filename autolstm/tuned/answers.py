"""Answers as tables: a row for each sequence, or for each of its steps."""

from typing import Any

import numpy as np
import pandas as pd

from autolstm.data.ends import END

__all__ = ["by_sequence", "classes_by_step", "numbers_by_step"]


def classes_by_step(
    shares: np.ndarray, names: np.ndarray, classes: tuple[str, ...], form: str
) -> pd.DataFrame:
    """Return the likeliest class, and the probability of each; no step after an `END`.

    Args:
        shares: Probabilities, shape (n, classes) or (n, steps, classes), NaN behind the last step
            of a sequence.
        names: Number or id of every sequence, shape (n,).
        classes: The classes.
        form: See `autolstm.shapes.Shapes.form`; answers of one step are not numbered.
    """
    shares = shares if shares.ndim == 3 else shares[:, None]
    after = np.arange(shares.shape[1]) > _ends(shares, classes)[:, None]
    shares = np.where(after[..., None], np.nan, shares)
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

    A text goes up to the first `END`, which is one of its steps.

    Args:
        shares: Probabilities, shape (n, steps, classes), NaN behind the last step of a sequence.
        names: Number or id of every sequence, shape (n,).
        classes: The classes.
        between: What is written between two steps.
    """
    ends, step = _ends(shares, classes), np.arange(shares.shape[1])
    spelled = np.array(classes, dtype=object)[_known(shares).argmax(axis=-1)]
    told = ~np.isnan(shares[..., 0]) & (step <= ends[:, None])
    sure = np.where(told, _known(shares).max(axis=-1), np.inf)
    counts = np.minimum(told.sum(axis=1), ends)
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


def _known(shares: np.ndarray) -> np.ndarray:
    """Return probabilities with -1 where there is no step."""
    return np.where(np.isnan(shares), -1.0, shares)


def _ends(shares: np.ndarray, classes: tuple[str, ...]) -> np.ndarray:
    """Return the first step that is the end of each answer, the number of steps for none."""
    steps = shares.shape[1]
    if END not in classes:
        return np.full(len(shares), steps)
    ended = _known(shares).argmax(axis=-1) == classes.index(END)
    found: np.ndarray = np.where(ended.any(axis=1), ended.argmax(axis=1), steps)
    return found


def _places(names: np.ndarray, step: np.ndarray, form: str) -> dict[str, Any]:
    """Say which sequence a row belongs to and, of answers of several steps, which step."""
    return {"sequence": names} if form == "vector" else {"sequence": names, "step": step}
