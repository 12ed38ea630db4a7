"""What chance could have made: two forecasts, cells of a study, the mean over seeds."""

from autolstm.comparison.cells import Comparison, Description, Pair, compare, describe
from autolstm.comparison.forecasts import diebold_mariano
from autolstm.comparison.seeds import Precision, precision, seeds_to_tell

__all__ = [
    "Comparison",
    "Description",
    "Pair",
    "Precision",
    "compare",
    "describe",
    "diebold_mariano",
    "precision",
    "seeds_to_tell",
]
