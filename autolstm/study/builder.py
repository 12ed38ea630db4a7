"""A user's own builder of networks, ``build(trial, shapes) -> keras.Model``, and its engine.

The function asks the trial for what it searches, as any objective of Optuna does, and returns a
plain Keras model. It is called once for every seed, after the global seeds of Python, numpy and
Keras were set, so that initial weights differ between seeds and come back with them. Asked again
under a name, a trial gives the same value; so do the stored trials of confirmation and refit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from optuna.trial import BaseTrial

from autolstm.errors import SettingError
from autolstm.experiment import Experiment
from autolstm.prepare.windows import Windows
from autolstm.question import Question
from autolstm.settings import Settings
from autolstm.shapes import Shapes
from autolstm.space import Space
from autolstm.train.engine import Engine, Run

__all__ = ["Builder", "asked_with", "engine_for", "made_by", "name_of"]

Builder = Callable[[BaseTrial, Shapes], Any]
"""Of a trial to ask, and what a network must fit, to a `keras.Model` that is not compiled."""

GROUP = "architecture."
"""Settings that mean nothing where a user builds the network."""


def name_of(builder: Builder) -> str:
    """Return the name of a builder, by which a study knows it again."""
    module, name = getattr(builder, "__module__", ""), getattr(builder, "__qualname__", "")
    return f"{module}.{name}".strip(".") or type(builder).__name__


def asked_with(question: Question, builder: Builder | None, experiment: Experiment) -> Question:
    """Return a question whose networks a user builds; the question itself for no builder.

    Args:
        question: As it was posed.
        builder: The user's function.
        experiment: What was asked for; it may fix, search and vary no setting of the network.

    Raises:
        SettingError: The builder is no function, or a setting is named that it takes the place
            of.
    """
    if builder is None:
        return question
    if not callable(builder):
        raise SettingError(
            f"build = {builder!r} is not accepted. It takes a function of a trial and of shapes "
            f"that returns a Keras model."
        )
    named = (*experiment.space, *experiment.vary)
    idle = [name for name in named if name.startswith(GROUP)]
    if idle:
        raise SettingError(
            f"{idle[0]} means nothing where build makes the network. Leave it out, and let "
            f"build ask the trial, as in trial.suggest_int('units', 8, 64)."
        )
    space = question.space
    kept = {name: one for name, one in space.dimensions.items() if not name.startswith(GROUP)}
    return replace(question, space=Space(space.base, kept), builder=name_of(builder))


def engine_for(engine: Engine, builder: Builder | None, trial: BaseTrial) -> Engine:
    """Return an engine that trains what a builder makes of a trial; the engine itself for none."""
    return engine if builder is None else _Own(engine.name, engine, builder, trial)


def made_by(builder: Builder | None, trial: BaseTrial) -> Callable[[Shapes], Any] | None:
    """Return what makes the network of a trial again; None for no builder."""
    return None if builder is None else partial(builder, trial)


@dataclass(eq=False, slots=True)
class _Own:
    """See `autolstm.train.engine.Engine`."""

    name: str
    engine: Engine
    builder: Builder
    trial: BaseTrial

    def start(
        self, windows: Windows, settings: Settings, seeds: Sequence[int], own: Any = None
    ) -> Run:
        """See `autolstm.train.engine.Engine.start`."""
        return self.engine.start(windows, settings, seeds, partial(self.builder, self.trial))
