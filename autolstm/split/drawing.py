"""One part of many sequences: which numbers it takes, and what stays.

Every function takes ``numbers`` (sorted, shape (n,)) to draw from and how many to take, and
returns the numbers taken, sorted. ``part`` is the name of what is drawn: of the same seed, the
test part and the validation part are drawn apart from each other.
"""

from collections.abc import Sequence

import numpy as np

from autolstm.errors import DataError, SettingError, guess
from autolstm.seeding import child, generator

__all__ = ["named_groups", "take_groups", "take_last", "take_random", "take_stratified"]

ORDERS = 200
"""Orders of the groups that are tried."""

MOST_SHOWN = 10
"""Groups that a message lists."""


def take_last(numbers: np.ndarray, count: int) -> np.ndarray:
    """Take the last ones."""
    return numbers[len(numbers) - count :]


def take_random(numbers: np.ndarray, count: int, part: str, seed: int) -> np.ndarray:
    """Take any, each with the same probability."""
    taken = generator(seed, "split", part).choice(numbers, count, replace=False)
    return np.sort(taken)


def take_stratified(
    numbers: np.ndarray,
    count: int,
    part: str,
    seed: int,
    *,
    codes: np.ndarray,
    classes: Sequence[str] = (),
) -> np.ndarray:
    """Take of every class in proportion to its size.

    Args:
        numbers: What to draw from.
        count: How many to take.
        part: Name of the part.
        seed: Root seed.
        codes: Class of every sequence by its number, whole numbers from 0, shape (all,).
        classes: Names of the classes, for messages.

    Raises:
        DataError: A class has one sequence only, or one of the two sides has fewer sequences
            than there are classes.
    """
    # Slow to load, and only a study of classes needs it.
    from sklearn.model_selection import train_test_split

    kinds, members = np.unique(codes[numbers], return_counts=True)
    if members.min() < 2:
        lonely = int(kinds[members.argmin()])
        raise DataError(
            f"The class {classes[lonely] if classes else lonely!r} has one sequence to draw the "
            f"{part} part from, but a stratified part needs two of every class, one for each "
            f"side. Leave that class out, or take another kind, as in --set split.kind=random."
        )
    smaller = min(count, len(numbers) - count)
    if smaller < len(kinds):
        raise DataError(
            f"With a {part} part of {count} of {len(numbers)} sequences, {smaller} of "
            f"{len(kinds)} classes find room on the smaller side, but a stratified part needs "
            f"room for all. Give split.{part} another size, or take another kind, as in --set "
            f"split.kind=random."
        )
    state = child(seed, "split", part)
    _, taken = train_test_split(
        numbers, test_size=count, random_state=state, stratify=codes[numbers]
    )
    return np.sort(taken)


def take_groups(
    numbers: np.ndarray,
    count: int,
    part: str,
    seed: int,
    *,
    groups: np.ndarray,
    spare: int = 1,
) -> np.ndarray:
    """Take whole groups, so that they hold as nearly as possible what is asked for.

    Groups come in a random order, and each is taken where that brings the part nearer to its
    size. The nearest of `ORDERS` orders counts: of a handful of groups it is the best there is.

    Args:
        numbers: What to draw from.
        count: How many to take, about.
        part: Name of the part.
        seed: Root seed.
        groups: Group of every sequence by its number, shape (all,).
        spare: Groups that have to stay.

    Raises:
        DataError: There are not more groups than have to stay.
    """
    kinds, which, members = np.unique(groups[numbers], return_inverse=True, return_counts=True)
    if len(kinds) <= spare:
        raise DataError(
            f"The {part} part takes whole groups, and {spare} must stay for the other parts: "
            f"that needs at least {spare + 1} groups, but {len(kinds)} are left to draw from. "
            f"Give data of more groups, or take another kind, as in --set split.kind=random."
        )
    rng, sizes = generator(seed, "split", part), members.tolist()
    nearest, off = [], len(numbers) + count
    for _ in range(ORDERS):
        order = rng.permutation(len(kinds)).tolist()
        taken = _nearing(order, sizes, count, len(kinds) - spare)
        error = abs(sum(sizes[one] for one in taken) - count)
        if error < off:
            nearest, off = taken, error
        if not off:
            break
    return numbers[np.isin(which, nearest)]


def named_groups(groups: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Return the numbers of all sequences of some groups.

    Args:
        groups: Group of every sequence, as text, shape (n,).
        names: The groups to take.

    Raises:
        SettingError: There is no group of that name.
    """
    known = np.unique(groups).tolist()
    for name in names:
        if name not in known:
            listed = ", ".join(known[:MOST_SHOWN])
            more = f" and {len(known) - MOST_SHOWN} more" if len(known) > MOST_SHOWN else ""
            raise SettingError(
                f"split.test_groups: there is no group {name!r}.{guess(name, known)} Known are: "
                f"{listed}{more}."
            )
    return np.flatnonzero(np.isin(groups, list(names)))


def _nearing(order: Sequence[int], sizes: Sequence[int], count: int, most: int) -> list[int]:
    """Take groups in an order, at least one and at most ``most``."""
    taken = [order[0]]
    held = sizes[order[0]]
    for one in order[1:]:
        if len(taken) < most and abs(held + sizes[one] - count) < abs(held - count):
            taken.append(one)
            held += sizes[one]
    return taken
