"""What of the data a space depends on, and the ladders that follow from it."""

from dataclasses import dataclass

from autolstm.settings import KNOBS

__all__ = ["LabelSize", "SeriesSize", "Size"]

LONGEST_SEASON_WINDOW = 60
"""A cycle longer than this makes a window of one cycle slower than it is worth."""

FEW_SEQUENCES = 500
"""Training sequences below which a fit takes more epochs, and more of them without a gain."""


@dataclass(frozen=True, slots=True)
class SeriesSize:
    """What of one or several series a space depends on.

    Attributes:
        train_rows: Rows that serve training, of the shortest series, at least ``horizon + 2``.
        season: Rows in one cycle, 0 for none.
        horizon: Steps to forecast.
        bend: Whether the target is positive and its level varies enough for a log to matter.
        windows: Training rows of all series together; None where there is one.
        several: Whether there are several series, which can be scaled together.
    """

    train_rows: int
    season: int
    horizon: int
    bend: bool = False
    windows: int | None = None
    several: bool = False

    @property
    def lags(self) -> tuple[int, ...]:
        """Zero, and the season where its difference leaves two thirds of the rows."""
        highest = KNOBS["preparation.seasonal_difference"].high or 0
        longest = min((self.train_rows - self.horizon) // 3, highest)
        return (0, self.season) if 1 < self.season <= longest else (0,)

    def room(self, differences: int) -> int:
        """Return the rows that are left for windows after the most that differences take."""
        return self.train_rows - max(self.lags) - differences - self.horizon

    def ladder(
        self, differences: int, cycles: tuple[float, ...], rows: tuple[int, ...]
    ) -> tuple[int, ...]:
        """Return lengths of windows.

        Args:
            differences: The most that is differenced.
            cycles: Lengths in cycles, ascending, where there is a season that is short enough.
            rows: Lengths in rows, where there is none.
        """
        room = self.room(differences)
        wanted = set(rows)
        if 1 < self.season <= LONGEST_SEASON_WINDOW:
            # Short cycles still give windows of different lengths.
            least = (3, 4, 6, 8, 10)
            wanted = {max(a, int(b * self.season)) for a, b in zip(least, cycles, strict=False)}
        # Half of the rows at most go into one window, else too few windows are left.
        fits = tuple(sorted(one for one in wanted if one <= room // 2))
        if len(fits) > 1:
            return fits
        return (1, max(2, room // 4)) if room > 1 else (1,)

    def window(self, ladder: tuple[int, ...]) -> int:
        """Return the window to begin with: one cycle, else the second shortest."""
        return self.season if self.season in ladder else ladder[:2][-1]

    @property
    def examples(self) -> int:
        """About how many windows serve training."""
        return self.windows or self.room(1)

    @property
    def batch(self) -> int:
        """A batch size that gives about 16 updates in an epoch, from 8 to 128."""
        small = 8
        while small * 2 * 16 <= self.examples and small < 128:
            small *= 2
        return small


@dataclass(frozen=True, slots=True)
class LabelSize:
    """What of labelled sequences a space depends on.

    Attributes:
        sequences: Sequences that serve training.
        longest: Steps of the longest one; the network sees all of them.
        numbers: Whether some features are numbers.
        symbols: Whether some features are symbols.
        embedding: Whether they can be embedded: there is no other feature.
        classes: Whether the answers are classes.
        form: How answers stand to the steps: one each (``vector``), one at every step
            (``steps``), or a sequence of their own (``decoder``).
    """

    sequences: int
    longest: int
    numbers: bool
    symbols: bool
    embedding: bool
    classes: bool = False
    form: str = "vector"

    @property
    def encodings(self) -> tuple[str, ...]:
        """Ways to turn symbols into numbers that the features allow."""
        return ("one-hot", "embedding") if self.embedding and self.symbols else ("one-hot",)

    @property
    def batch(self) -> int:
        """A batch size that makes a few dozen updates an epoch, where there is enough."""
        return 16 if self.sequences < 1000 else 32 if self.sequences < 4000 else 64

    @property
    def few(self) -> bool:
        """Whether epochs make few updates, and the validation loss wavers."""
        return self.sequences < FEW_SEQUENCES


Size = SeriesSize | LabelSize
"""What of any data a space depends on."""
