"""Tiny labelled sequences of every form, and models of them: real ones, and some that add up."""

import numpy as np
from tiny_fits import shared_engine, tiny

from autolstm.experiment import ask
from autolstm.prepare.labelled import SequenceRecipe
from autolstm.question import Question, pose
from autolstm.sequences import Sequences
from autolstm.settings import Settings
from autolstm.tuned.labelled import TunedLabeller
from autolstm.tuned.refit import Refitted, refit

LONGEST, STEPS = 6, 3
"""Steps of the longest sequence, and of the longest answer of a decoder."""

FORMS = ("vector", "steps", "decoder")
KINDS = ("classes", "numbers")


def sequences(
    form: str = "vector",
    kind: str = "classes",
    *,
    ragged: bool = False,
    symbols: bool = False,
    count: int = 30,
    seed: int = 0,
) -> Sequences:
    """Make sequences of two features, or of the letters a to d, with answers of noise.

    Ragged ones are 2 to 6 steps long, and so are answers at every step; those of a decoder have 1
    to 3 steps then. Numbers come in two columns of very different size.
    """
    rng = np.random.default_rng(seed)
    lengths = rng.integers(2, LONGEST + 1, count) if ragged else np.full(count, LONGEST)
    lengths[:2] = LONGEST
    answers = {"vector": np.ones(count, int), "steps": lengths}.get(form)
    if answers is None:
        answers = rng.integers(1, STEPS + 1, count) if ragged else np.full(count, STEPS)
        answers[:2] = STEPS
    rows, told = int(lengths.sum()), int(answers.sum())
    classes = ("n", "o", "p") if kind == "classes" else ()
    return Sequences(
        name="tiny",
        values=rng.integers(4, size=(rows, 1)) if symbols else 3 + 2 * rng.normal(size=(rows, 2)),
        starts=np.concatenate([[0], np.cumsum(lengths)]),
        features=("letter",) if symbols else ("warm", "wet"),
        symbols=(("a", "b", "c", "d"),) if symbols else ((), ()),
        answers=np.resize(np.arange(3), (told, 1))
        if classes
        else rng.normal(size=(told, 2)) * [1, 1000] + [5, -50],
        answer_starts=np.concatenate([[0], np.cumsum(answers)]),
        targets=("letter",) if classes else ("small", "large"),
        classes=classes,
        apart=form == "decoder",
        unit="" if classes else "g",
    )


def pieces(data: Sequences) -> list[np.ndarray]:
    """Slow and obvious: the steps of every sequence."""
    return [data.values[data.starts[at] : data.starts[at + 1]] for at in range(len(data))]


def texts(data: Sequences) -> list[str]:
    """Slow and obvious: every sequence of symbols as a text."""
    return ["".join(data.symbols[0][int(one)] for one in steps[:, 0]) for steps in pieces(data)]


def question(data: Sequences, metric: str | None = None) -> Question:
    """Ask for the answers of tiny sequences."""
    asked = {"source": "tiny", "seeds": 2, "split": {"validation": 6, "test": 8}}
    return pose(ask({**asked, **({"metric": metric} if metric else {})}), data)


def learnt(data: Sequences, **knobs: object) -> tuple[TunedLabeller, Refitted, Question]:
    """Refit a tiny network; return the model, what the refit found, and the question."""
    asked = question(data)
    found = refit(asked, settings(data, **{"epochs": 2, **knobs}), shared_engine())
    return labeller(data, found.settings, found.recipe, found.seeds, found.weights), found, asked


def settings(data: Sequences, **knobs: object) -> Settings:
    """Return settings of a network that sees whole sequences."""
    encode = {"encode": "one-hot"} if any(data.symbols) else {}
    return tiny(**{"window": LONGEST, "scale": "standard", **encode, **knobs})


def adding(data: Sequences, **knobs: object) -> TunedLabeller:
    """Return a model of all sequences whose networks are `Adding`, which takes no time."""
    asked = settings(data, **knobs)
    recipe = SequenceRecipe.learn(data, np.arange(len(data)), asked)
    model = labeller(data, asked, recipe, (1, 2, 3), ())
    model.__dict__["networks"] = Adding(recipe)
    return model


def labeller(data: Sequences, *learnt: object) -> TunedLabeller:
    """Put a model together."""
    names = ("settings", "recipe", "seeds", "weights")
    return TunedLabeller.of(data, name="study", **dict(zip(names, learnt, strict=True)))


class Adding:
    """Stands in for networks: an output is a sum of the steps that are there so far.

    Args:
        recipe: What they are for.
        first: Which of them has the number 0.
    """

    def __init__(self, recipe: SequenceRecipe, first: int = 0) -> None:
        self.shapes, self.first = recipe.shapes, first
        self.seen: list[np.ndarray] = []

    def respond(self, replicate: int, inputs: np.ndarray) -> np.ndarray:
        """Return outputs of shape (n, *shapes.output); every seed adds up to something else."""
        self.seen.append(inputs)
        padding = self.shapes.padding
        there = np.ones(inputs.shape) if padding is None else inputs != padding
        weights = np.sin(np.arange(1, inputs.shape[2] + 1))
        sums = np.cumsum(np.where(there, inputs, 0) @ weights, axis=1)
        outputs = np.cos(np.arange(self.shapes.outputs) + replicate + self.first)
        if self.shapes.form == "steps":
            return sums[..., None] * outputs
        if self.shapes.form == "vector":
            return sums[:, -1:] * outputs
        return sums[:, -1, None, None] * np.arange(1, self.shapes.steps + 1)[:, None] * outputs
