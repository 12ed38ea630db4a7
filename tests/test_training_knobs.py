"""No knob of training is dead: each changes what training does, where it says that it counts."""

import numpy as np
import pytest
from tiny_fits import shared_engine, tiny, windows
from tiny_sequences import sequences
from tiny_sequences import settings as labelled

from autolstm.prepare.labelled import SequenceRecipe
from autolstm.settings import KNOBS

pytestmark = pytest.mark.slow

SGD, SOON = {"optimizer": "sgd"}, {"epochs": 8, "patience": 1, "learning_rate": 0.1}
CHANGES = {
    "optimizer": ("adamw", {}),
    "learning_rate": (0.02, {}),
    "momentum": (0.5, SGD),
    "nesterov": (True, SGD),
    "weight_decay": (0.5, {"optimizer": "adamw"}),
    "schedule": ("cosine", {"decay_epochs": 2}),
    "decay": (0.5, {"schedule": "step", "decay_epochs": 2}),
    "decay_epochs": (3, {"schedule": "exponential"}),
    "warmup": (2, {}),
    "clip_norm": (0.1, SGD),
    "clip_value": (0.01, SGD),
    "class_weight": ("balanced", {}),
    "batch_size": ("full", {}),
    "shuffle": (False, {}),
    "epochs": (3, {}),
    "patience": (2, SOON),
    "min_delta": (0.5, {**SOON, "patience": 2}),
    "finetune": (1, SOON),
    "finetune_factor": (0.5, {**SOON, "finetune": 1}),
    "loss": ("mae", {}),
}
"""Another value of each knob than its own, and the other settings under which it counts."""

FALLS = {"decay": 0.5, "decay_epochs": 1}
OPTIONS = {
    "optimizer": {one: {} for one in ("adam", "adamw", "rmsprop", "adagrad", "sgd")},
    "schedule": {
        "constant": {},
        **dict.fromkeys(("exponential", "step", "cosine", "restarts"), FALLS),
        # On a plateau of the validation loss, which needs a rate that does not always help.
        "plateau": {**FALLS, "learning_rate": 0.3, "epochs": 8},
    },
    "loss": {one: {} for one in ("auto", "mae", "huber")},
}
"""Every word of a knob that makes a difference of its own; mse is what auto is here."""


def trained(**knobs):
    """Train; return what is seen: all losses, and the weights."""
    if "class_weight" in knobs:
        data = sequences("vector", "classes")
        asked = labelled(data, epochs=3, **knobs)
        recipe = SequenceRecipe.learn(data, np.arange(20), asked)
        held = recipe.windows(data, np.arange(20), np.arange(20, 26), "cross_entropy")
    else:
        asked = tiny(**knobs)
        held = windows(asked)
    run = shared_engine("reference").start(held, asked, (11, 12))
    losses = [np.concatenate([one.train_loss, one.valid_loss]) for one in run]
    return np.array(losses), [one for own in run.weights() for one in own]


def differ(one, other):
    """Whether two fits have gone other ways."""
    (losses, weights), (others, theirs) = one, other
    if losses.shape != others.shape or not np.array_equal(losses, others, equal_nan=True):
        return True
    return any((a != b).any() for a, b in zip(weights, theirs, strict=True))


def test_every_knob_of_training_is_looked_at():
    assert [f"training.{short}" for short in CHANGES] == [
        name for name in KNOBS if name.startswith("training.")
    ]


@pytest.mark.parametrize("short", CHANGES)
def test_a_knob_changes_what_training_does(short):
    value, others = CHANGES[short]
    knob = KNOBS[f"training.{short}"]
    own = tiny().flat()[knob.name]
    assert value not in (own, knob.default)
    plain = trained(**others, **({"class_weight": "none"} if short == "class_weight" else {}))
    assert not differ(plain, plain)
    assert differ(plain, trained(**{**others, short: value}))


@pytest.mark.parametrize("short", OPTIONS)
def test_every_option_is_another_way_to_train(short):
    options = OPTIONS[short]
    found = {name: trained(**{**others, short: name}) for name, others in options.items()}
    names = list(found)
    for place, name in enumerate(names):
        for other in names[:place]:
            assert differ(found[name], found[other]), (name, other)
    known = set(KNOBS[f"training.{short}"].choices)
    assert known - set(options) == ({"mse"} if short == "loss" else set())


def test_a_plateau_is_not_a_constant():
    others = OPTIONS["schedule"]["plateau"]
    assert differ(trained(**others, schedule="plateau"), trained(**others))
