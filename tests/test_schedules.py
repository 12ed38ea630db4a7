"""Learning rates: schedules against a slow twin and against Keras's own, and shares of rates."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autolstm.settings import KNOBS, Training
from autolstm.train.schedules import NEVER, OwnShare, plateau_patience, shares

SCHEDULES = KNOBS["training.schedule"].choices
TRAININGS = st.builds(
    Training,
    schedule=st.sampled_from(SCHEDULES),
    decay=st.floats(0, 1),
    decay_epochs=st.integers(1, 9),
    warmup=st.integers(0, 4),
)


def by_hand(training: Training, step: int, steps: int) -> float:
    """The share of one step, written down as the schedules are told."""
    rise = training.warmup * steps
    if step < rise:
        return (step + 1) / rise
    step -= rise
    length, share = training.decay_epochs * steps, training.decay
    if training.schedule == "exponential":
        return share ** (step / length)
    if training.schedule == "step":
        value = 1.0
        for _ in range(step // length):
            value *= share
        return value
    if training.schedule == "restarts":
        while step >= length:
            step, length = step - length, 2 * length
    if training.schedule in ("cosine", "restarts"):
        done = min(step, length) / length
        return share + (1 - share) * 0.5 * (1 + math.cos(math.pi * done))
    return 1.0


@given(training=TRAININGS, epochs=st.integers(1, 40), steps=st.integers(1, 5))
def test_schedules_are_those_by_hand(training: Training, epochs: int, steps: int) -> None:
    found = shares(training, first=0, epochs=epochs, steps=steps)
    wanted = [by_hand(training, step, steps) for step in range(epochs * steps)]
    np.testing.assert_allclose(found.ravel(), wanted, rtol=1e-9, atol=1e-12)


@given(training=TRAININGS, first=st.integers(0, 30), steps=st.integers(1, 5))
def test_a_schedule_depends_on_the_epoch_alone(training: Training, first: int, steps: int) -> None:
    whole = shares(training, first=0, epochs=first + 3, steps=steps)
    np.testing.assert_array_equal(shares(training, first=first, epochs=3, steps=steps), whole[-3:])
    assert whole.min() >= 0
    assert whole.max() <= 1


def test_nothing_asked_is_the_rate_itself() -> None:
    assert (shares(Training(), first=7, epochs=3, steps=4) == np.ones((3, 4))).all()
    assert shares(Training(), first=0, epochs=0, steps=4).shape == (0, 4)


@pytest.mark.parametrize(
    ("asked", "epochs"),
    [
        ({"schedule": "step"}, [1, 1, 0.1, 0.1, 0.01]),
        ({"schedule": "step", "warmup": 1}, [1, 1, 1, 0.1, 0.1]),
        ({"schedule": "exponential", "decay": 0.25}, [1, 0.5, 0.25, 0.125, 0.0625]),
        ({"schedule": "cosine", "decay": 0.0}, [1, 0.5, 0, 0, 0]),
        ({"schedule": "restarts", "decay": 0.0}, [1, 0.5, 1, 0.853553, 0.5, 0.146447, 1]),
        ({"schedule": "constant", "warmup": 4}, [0.25, 0.5, 0.75, 1, 1]),
        ({"schedule": "plateau"}, [1, 1, 1, 1, 1]),
    ],
)
def test_known_rates(asked: dict[str, object], epochs: list[float]) -> None:
    training = Training(**{"decay_epochs": 2, **asked})  # type: ignore[arg-type]
    found = shares(training, first=0, epochs=len(epochs), steps=1)
    np.testing.assert_allclose(found[:, 0], epochs, atol=1e-6)


STEPS, EPOCHS = 5, 25


def told(training: Training) -> np.ndarray:
    return (0.3 * shares(training, first=0, epochs=EPOCHS, steps=STEPS)).ravel()


@pytest.mark.slow
@pytest.mark.parametrize("decay", [0.0, 0.2])
@pytest.mark.parametrize("schedule", ["exponential", "step", "cosine", "restarts"])
def test_schedules_are_those_of_keras(schedule: str, decay: float) -> None:
    from autolstm.models.backend import keras

    kinds, length = keras.optimizers.schedules, 4 * STEPS
    stock = {
        "exponential": lambda: kinds.ExponentialDecay(0.3, length, decay),
        "step": lambda: kinds.ExponentialDecay(0.3, length, decay, staircase=True),
        "cosine": lambda: kinds.CosineDecay(0.3, length, alpha=decay),
        "restarts": lambda: kinds.CosineDecayRestarts(0.3, length, alpha=decay),
    }[schedule]()
    found = told(Training(schedule=schedule, decay=decay, decay_epochs=4))
    wanted = np.array([float(stock(step)) for step in range(EPOCHS * STEPS)])
    # Where a cycle of Keras begins is a matter of its rounding in single precision.
    sure = np.ones(len(wanted), bool)
    sure[[length, 3 * length]] = schedule != "restarts"
    np.testing.assert_allclose(found[sure], wanted[sure], rtol=1e-4, atol=1e-6)


@pytest.mark.slow
def test_the_warm_up_is_that_of_keras() -> None:
    """One step ahead of it, because the first update of Keras has the rate zero."""
    from autolstm.models.backend import keras

    rise = 3 * STEPS
    stock = keras.optimizers.schedules.CosineDecay(
        0.0, 4 * STEPS, alpha=0.2, warmup_target=0.3, warmup_steps=rise
    )
    found = told(Training(schedule="cosine", decay=0.2, decay_epochs=4, warmup=3))
    wanted = [float(stock(at + (at < rise))) for at in range(EPOCHS * STEPS)]
    np.testing.assert_allclose(found, wanted, rtol=1e-4)


# Own shares ---------------------------------------------------------------------------------

NOBODY = np.array([False])


def followed(better: list[bool], **asked: float) -> list[float]:
    """Feed who is at its best; return the share after every epoch."""
    share = OwnShare(1, **asked)  # type: ignore[arg-type]
    found = []
    for one in better:
        share.see(np.array([one]), NOBODY)
        found.append(float(share.value[0]))
    return found


@pytest.mark.parametrize(
    ("better", "asked", "wanted"),
    [
        ("10000", {}, [1, 1, 1, 1, 1]),
        ("10000", {"plateau": 2, "decay": 0.5}, [1, 1, 0.5, 0.5, 0.25]),
        ("10100", {"plateau": 2, "decay": 0.5}, [1, 1, 1, 1, 0.5]),
        ("1000", {"plateau": 1, "decay": 0.5}, [1, 0.5, 0.25, 0.125]),
        ("1000", {"plateau": 1, "decay": 0.0}, [1, 0, 0, 0]),
    ],
)
def test_a_rate_falls_on_a_plateau(
    better: str, asked: dict[str, float], wanted: list[float]
) -> None:
    assert followed([one == "1" for one in better], **asked) == wanted


def keras_plateau(losses: list[float], patience: int, min_delta: float) -> list[float]:
    """`keras.callbacks.ReduceLROnPlateau` of Keras 3 with factor 0.5, written down once more."""
    best, wait, rate, found = math.inf, 0, 1.0, []
    for loss in losses:
        if loss < best - min_delta:
            best, wait = loss, 0
        else:
            wait += 1
            if wait >= patience:
                rate, wait = rate * 0.5, 0
        found.append(rate)
    return found


EIGHTHS = st.integers(0, 80).map(lambda one: one / 8)


@given(
    losses=st.lists(EIGHTHS, min_size=1, max_size=30),
    patience=st.integers(1, 6),
    min_delta=st.integers(0, 8).map(lambda one: one / 8),
)
def test_the_plateau_is_that_of_keras(
    losses: list[float], patience: int, min_delta: float
) -> None:
    from autolstm.train.stopping import EarlyStopping

    stopping = EarlyStopping(1, patience=99, min_delta=min_delta)
    share, found = OwnShare(1, plateau=patience, decay=0.5), []
    for epoch, loss in enumerate(losses, start=1):
        share.see(stopping.see(epoch, np.array([loss])), stopping.returned)
        found.append(float(share.value[0]))
    assert found == keras_plateau(losses, patience, min_delta)


def test_replicates_have_shares_of_their_own() -> None:
    share = OwnShare(3, plateau=2, decay=0.5, factor=0.125)
    first = share.value
    share.see(np.array([True, False, False]), np.array([False, False, True]))
    assert share.value.tolist() == [1, 1, 0.125]
    share.see(np.array([False, False, False]), np.array([False, False, False]))
    # Going back to the best weights begins a new wait.
    assert share.value.tolist() == [1, 0.5, 0.125]
    assert (first.tolist(), share.value.dtype) == ([1, 1, 1], np.float32)


def test_only_plateau_waits() -> None:
    for schedule in SCHEDULES:
        patience = plateau_patience(Training(schedule=schedule, decay_epochs=6))
        assert patience == (6 if schedule == "plateau" else NEVER)
