"""How a study of one knob was done, in sentences a reader can check."""

from autolstm.comparison.seeds import LEVEL
from autolstm.ledger.results import Results
from autolstm.report import cells
from autolstm.report.words import fits, words

__all__ = ["procedure"]


def procedure(results: Results) -> tuple[tuple[str, str], ...]:
    """Return what is special about a study of one knob, as labels and texts."""
    return (
        ("Cells", _cells(results)),
        ("Measured", _measured(results)),
        *((("Comparison", _comparison(results)),) if results.kind != "repeats" else ()),
        *((("Precision", _precision(results)),) if results.kind == "repeats" else ()),
    )


def _cells(results: Results) -> str:
    each = f"fitted with {fits(results)} that advance together"
    if results.kind == "repeats":
        return f"One configuration was {each}."
    how = {
        "grid": "every combination of the values that are varied, all else fixed",
        "sensitivity": "the base, and one setting at a time moved over its values",
    }[results.kind]
    return (
        f"{cells.wanted(results)} cells: {how}. Each is a trial, {each}, the same seeds for all "
        f"cells; nothing is pruned, and no winner is fitted again."
    )


def _measured(results: Results) -> str:
    rows = words(results).rows
    if results.measured_on == "test":
        return (
            f"On the test {rows}: each configuration learnt from all {rows} before them for the "
            f"whole of its epochs, nothing was stopped early, and the weights of the last epoch "
            f"count. What is chosen by these scores has no {rows} left to be tested on."
        )
    return (
        f"On the validation {rows}, which also stop a fit early and choose the epoch whose "
        f"weights count, so scores are a little better than on unseen {rows}."
    )


def _comparison(results: Results) -> str:
    family = (
        "each cell with the base"
        if results.kind == "sensitivity"
        else "every cell with every other, so that the best one may be looked at although the "
        "scores themselves chose it"
    )
    return (
        f"Cells share their seeds, so two of them are compared by the differences seed by seed: "
        f"paired t tests of {family}, corrected by Holm (1979) at {100 * LEVEL:g} %; "
        f"Friedman's rank test over all cells beside them (Demsar, 2006). They take differences "
        f"to be about normal, and seeds to be the only chance: other rows may rank cells "
        f"otherwise."
    )


def _precision(results: Results) -> str:
    return (
        "The standard error of n seeds is s / √n with the deviation s of all scores; its interval "
        "is from the chi-square distribution, that of a mean from Student's t. Both take scores "
        "to be about normal, and seeds to be the only chance."
    )
