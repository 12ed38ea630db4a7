"""Class weights: what an example of each class counts for, so that rare ones are not drowned."""

import numpy as np

__all__ = ["balanced_weights"]


def balanced_weights(codes: np.ndarray, classes: int) -> np.ndarray:
    """Weigh every class inversely to how often it occurs.

    ``n / (classes * count)``, as scikit-learn's ``"balanced"`` (after King & Zeng, 2001,
    doi:10.1093/oxfordjournals.pan.a004868): where every class occurs, all together weigh the
    same, and the mean weight of an example is 1.

    Args:
        codes: Codes from 0 to ``classes - 1`` of the training part, of any shape; NaN where there
            is no step.
        classes: How many classes there are.

    Returns:
        Weights of shape (classes,); 0 for a class that does not occur.
    """
    there = np.asarray(codes)[~np.isnan(codes)].astype(int)
    counts = np.bincount(there, minlength=classes)
    weights: np.ndarray = np.zeros(classes)
    np.divide(len(there), classes * counts, out=weights, where=counts > 0)
    return weights
