"""How rows or sequences came into their parts, in sentences."""

from autolstm.errors import counted
from autolstm.ledger.results import Results
from autolstm.report.words import words

__all__ = ["split_sentence"]

DRAWN = {
    "random": "drawn at random",
    "stratified": "drawn at random, every part with the same shares of the classes",
    "group": "drawn by group: all sequences of a group are in one part",
    "in_order": "taken in the order in which they came, the test part last",
}
"""How sequences are taken, by the kind of a split without its folds."""


def split_sentence(results: Results) -> str:
    """Say how the parts were taken, and that nothing leaks from one into another."""
    rows = words(results).rows
    parts = ", ".join(f"{count} {rows} for {name}" for name, count in results.data.parts.items())
    if rows == "sequences":
        return _of_sequences(results, parts)
    return (
        f"{_of_series(results, parts)} Scaling and differencing are learnt on training rows alone."
    )


def _of_series(results: Results, parts: str) -> str:
    asked = results.question
    of_each = "of every series " if asked.get("series") else ""
    inputs = (
        "A window belongs to the part in which all its targets lie; its inputs may reach back "
        "across a cut, never forward."
    )
    if results.folds == 1:
        return f"The rows {of_each}are cut in time order: {parts}. {inputs}"
    train = asked.get("split.train")
    window = f"at most {train} rows" if train else "all rows"
    gap = asked.get("split.gap", 0)
    left = f", {counted(gap, 'row')} left out between them" if gap else ""
    return (
        f"The rows {of_each}are cut in time order into {results.folds} folds (rolling origin): "
        f"each validates on the rows that follow its own training rows, {window} before "
        f"them{left}; the test rows come after all. In the last fold: {parts}. {inputs}"
    )


def _of_sequences(results: Results, parts: str) -> str:
    kind = str(results.question.get("split.kind", "random"))
    base = "random" if kind == "k_fold" else kind.removesuffix("_k_fold")
    how = DRAWN.get(base, DRAWN["random"])
    test = " The test part is the one that came with the data." * bool(
        results.question.get("split.official")
    )
    folds = (
        f" All that are not in the test part are dealt into {results.folds} folds; each validates "
        f"on one of them and trains on the others. In the last fold: {parts}."
    )
    sizes = folds if results.folds > 1 else f" There are {parts}."
    return (
        f"The sequences are {how}.{test}{sizes} No sequence is in two parts, and scaling is "
        f"learnt on training sequences alone."
    )
