"""Encoding: symbols -> numbers, by a vocabulary learnt on training sequences.

A symbol that no training sequence holds is unknown: it has one code, whatever it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autolstm.errors import SettingError
from autolstm.sequences import Sequences

__all__ = ["Encoder", "learn_encoder"]

PADDING, UNKNOWN, FIRST = 0, 1, 2
"""Codes of an embedding: steps that are not there, unknown symbols, the first known one."""

ABSENT = -1
"""Place of a symbol that the data do not hold."""


@dataclass(frozen=True, slots=True)
class Encoder:
    """What is known of the symbols of each feature; features of numbers pass through unchanged.

    Attributes:
        kind: ``"integer"``: one column a feature, from 0 (unknown) to 1 in equal steps.
            ``"one-hot"``: a column for each known symbol, and one for unknown ones.
            ``"embedding"``: one column of whole numbers: 0 for padding, 1 for unknown, known
            symbols from 2 on.
        features: Name of every feature.
        known: By feature, the symbols of the training sequences, in order; empty for numbers.
        places: By feature, the number by which the data at hand write each known symbol, -1
            where they do not hold it.
    """

    kind: str
    features: tuple[str, ...]
    known: tuple[tuple[str, ...], ...]
    places: tuple[tuple[int, ...], ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Name of every column that `apply` gives."""
        names: list[str] = []
        for feature, known in zip(self.features, self.known, strict=True):
            if known and self.kind == "one-hot":
                names += [f"{feature}={one}" for one in known] + [f"{feature} unknown"]
            else:
                names.append(feature)
        return tuple(names)

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Of every column that `apply` gives, whether it holds numbers, not symbols."""
        found: list[bool] = []
        for known in self.known:
            found += [not known] * (len(known) + 1 if known and self.kind == "one-hot" else 1)
        return tuple(found)

    @property
    def codes(self) -> int:
        """How many codes an embedding has to hold, 0 for the other kinds."""
        return FIRST + len(self.known[0]) if self.kind == "embedding" else 0

    def for_symbols(self, symbols: tuple[tuple[str, ...], ...]) -> "Encoder":
        """Return the encoder for other data, which write their symbols by other numbers.

        Args:
            symbols: By feature, the symbols of those data: `Sequences.symbols`.

        Raises:
            SettingError: A feature is one of symbols here and one of numbers there.
        """
        for feature, known, held in zip(self.features, self.known, symbols, strict=True):
            if bool(known) != bool(held):
                kinds = ("symbols", "numbers") if known else ("numbers", "symbols")
                raise SettingError(
                    f"The feature {feature!r} was learnt as one of {kinds[0]}, but holds "
                    f"{kinds[1]} here. It takes {kinds[0]}. Give data like those of the training."
                )
        places = tuple(map(_places, self.known, symbols))
        return replace(self, places=places)

    def apply(self, values: np.ndarray) -> np.ndarray:
        """Encode values of shape (rows, features).

        Returns:
            Float64 array of shape (rows, columns).
        """
        parts = []
        for at, (known, places) in enumerate(zip(self.known, self.places, strict=True)):
            column = values[:, at]
            parts.append(self._coded(_ranks(column, places), len(known)) if known else column)
        return np.column_stack(parts).astype(np.float64)

    def decode(self, encoded: np.ndarray) -> np.ndarray:
        """Turn what `apply` gave back into values of shape (rows, features).

        Padding, an unknown symbol, and one that the data at hand do not hold become NaN.
        """
        values, first = [], 0
        for known, places in zip(self.known, self.places, strict=True):
            width = len(known) + 1 if known and self.kind == "one-hot" else 1
            part = encoded[:, first : first + width]
            values.append(_back(self._ranked(part, len(known)), places) if known else part[:, 0])
            first += width
        return np.column_stack(values)

    def to_json(self) -> dict[str, Any]:
        """Return what a saved model needs, as plain values."""
        return {
            "kind": self.kind,
            "features": list(self.features),
            "known": [list(one) for one in self.known],
            "places": [list(one) for one in self.places],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Encoder":
        """Read back what `to_json` wrote."""
        return cls(
            kind=str(stored["kind"]),
            features=tuple(stored["features"]),
            known=tuple(tuple(one) for one in stored["known"]),
            places=tuple(tuple(int(place) for place in one) for one in stored["places"]),
        )

    def _coded(self, ranks: np.ndarray, count: int) -> np.ndarray:
        """Encode ranks of known symbols, -1 for unknown ones; shape (rows,) or (rows, columns)."""
        if self.kind == "integer":
            return (ranks + 1) / count
        if self.kind == "embedding":
            return np.where(ranks < 0, UNKNOWN, ranks + FIRST)
        coded: np.ndarray = np.eye(count + 1)[np.where(ranks < 0, count, ranks)]
        return coded

    def _ranked(self, part: np.ndarray, count: int) -> np.ndarray:
        """Invert `_coded`; shape (rows,)."""
        if self.kind == "integer":
            ranks: np.ndarray = np.rint(part[:, 0] * count).astype(np.int64) - 1
        elif self.kind == "embedding":
            ranks = part[:, 0].astype(np.int64) - FIRST
        else:
            ranks = np.argmax(part, axis=1)
            ranks[ranks == count] = -1
        return ranks


def learn_encoder(kind: str, data: Sequences, train: np.ndarray) -> Encoder:
    """Learn which symbols there are.

    Args:
        kind: ``"integer"``, ``"one-hot"`` or ``"embedding"``, for features of symbols.
        data: All sequences.
        train: Numbers of the training sequences; only their symbols are known afterwards.

    Raises:
        SettingError: There is to be an embedding, but not one feature of symbols alone.
    """
    if kind == "embedding" and (len(data.symbols) != 1 or not data.symbols[0]):
        numbers = sum(not one for one in data.symbols)
        raise SettingError(
            f"preparation.encode = embedding takes sequences of one feature of symbols; "
            f"{data.name} has {len(data.features)} features, {numbers} of them of numbers. Take "
            f"one-hot or integer, as in --set space.preparation.encode=one-hot."
        )
    rows = np.isin(np.repeat(np.arange(len(data)), data.lengths), train)
    known = []
    for at, symbols in enumerate(data.symbols):
        held = np.unique(data.values[rows, at]).astype(np.int64) if symbols else ()
        known.append(tuple(symbols[int(one)] for one in held))
    places = tuple(map(_places, known, data.symbols))
    return Encoder(kind, data.features, tuple(known), places)


def _places(known: tuple[str, ...], symbols: tuple[str, ...]) -> tuple[int, ...]:
    held = {one: at for at, one in enumerate(symbols)}
    return tuple(held.get(one, ABSENT) for one in known)


def _ranks(column: np.ndarray, places: tuple[int, ...]) -> np.ndarray:
    """Return by row the rank of its symbol among the known ones, -1 for an unknown one."""
    table = np.full(max([*places, int(column.max(initial=0))]) + 1, -1)
    for rank, place in enumerate(places):
        if place >= 0:
            table[place] = rank
    ranks: np.ndarray = table[column.astype(np.int64)]
    return ranks


def _back(ranks: np.ndarray, places: tuple[int, ...]) -> np.ndarray:
    held = [np.nan if one == ABSENT else float(one) for one in places]
    values: np.ndarray = np.array([*held, np.nan])[np.maximum(ranks, -1)]
    return values
