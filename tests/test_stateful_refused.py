"""Where states cannot be carried on, a study says so before its first trial; windows in lanes."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from panels import panel
from tiny_fits import series, tiny, windows

from autolstm.data.generate import five_point
from autolstm.errors import SettingError
from autolstm.experiment import ask
from autolstm.prepare.lanes import every_origin, in_lanes
from autolstm.prepare.windows import Part
from autolstm.question import Question, pose

CARRIED = {"architecture.stateful": True, "training.shuffle": False}
SHORT = {"preparation.window": 2, "preparation.seasonal_difference": 0, "training.batch_size": 4}


def posed(data: Any, space: dict[str, Any], **asked: Any) -> Question:
    table = {"source": "tiny", "space": {**CARRIED, **space}, **asked}
    return pose(ask(table), data)


@pytest.mark.parametrize(
    ("data", "space", "says"),
    [
        (
            panel(),
            {},
            "architecture.stateful = true carries states on through one series from its first row "
            "to its last, and here are 3 series, which are learnt from side by side. It takes "
            "false here. Leave it out.",
        ),
        (five_point(), {}, "and here are sequences, which do not follow one another."),
        # Of 40 rows, 6 are validated on and 6 tested; one is lost to a difference.
        (
            series(),
            {**SHORT, "training.batch_size": 13},
            "architecture.stateful = true carries states on from batch to batch, and 25 training "
            "windows, with the longest preparation of the space, are fewer than 2 batches of 13. "
            "training.batch_size takes at most 12 here. Write --set "
            "space.training.batch_size=12.",
        ),
        (
            series(),
            {**SHORT, "architecture.stateful": [False, True], "training.batch_size": [4, 20]},
            "25 training windows, with the longest preparation of the space, are fewer than 2 "
            "batches of 20.",
        ),
    ],
)
def test_refused(data: Any, space: dict[str, Any], says: str) -> None:
    if "fewer than 2 batches" in says:
        data = replace(data, season=0)
    with pytest.raises(SettingError, match=re.escape(says)):
        posed(data, space, seeds=2)


def test_the_first_fold_has_the_fewest_windows() -> None:
    split = {"kind": "rolling_origin", "folds": 3, "validation": 6, "test": 6}
    assert posed(series(), {**SHORT, "training.batch_size": 6}, split=split)
    with pytest.raises(SettingError, match="13 training windows, with the longest"):
        posed(series(), {**SHORT, "training.batch_size": 7}, split=split)


def test_what_carries_nothing_on_is_not_looked_at() -> None:
    assert posed(panel(), {"architecture.stateful": False})
    assert posed(series(), {**SHORT, "training.batch_size": 12})


# Lanes ----------------------------------------------------------------------------------------


def test_windows_that_carry_nothing_on_stay_as_they_are() -> None:
    held = windows(tiny())
    assert in_lanes(held, tiny()) is held


def test_the_earliest_windows_are_dropped() -> None:
    settings = tiny(stateful=True, shuffle=False, batch_size=6)
    held = windows(settings)
    assert len(held.train) == 20
    laid = in_lanes(held, settings)
    np.testing.assert_array_equal(laid.train.origins, held.train.origins[2:])
    np.testing.assert_array_equal(laid.train.targets, held.train.targets[2:])
    assert laid.valid is held.valid
    again = in_lanes(laid, settings)
    np.testing.assert_array_equal(again.train.origins, laid.train.origins)


def test_what_lies_between_the_parts_is_passed_through_and_does_not_count() -> None:
    settings = tiny(stateful=True, shuffle=False, batch_size=3)
    held = windows(settings, horizon=3)
    laid = in_lanes(held, settings).valid
    np.testing.assert_array_equal(
        laid.origins, np.arange(held.train.origins[-1] + 1, held.valid.origins[-1] + 1)
    )
    assert laid.weights is not None
    # A mean over all of them is the mean over those that count.
    losses = np.square(laid.targets) * laid.weights
    np.testing.assert_allclose(losses.mean(), np.square(held.valid.targets).mean(), rtol=1e-6)
    assert (laid.weights[:2] == 0).all()
    assert (laid.weights[2:] > 1).all()


def test_too_few_windows() -> None:
    settings = tiny(stateful=True, shuffle=False, batch_size=11)
    with pytest.raises(SettingError, match="20 training windows are fewer than 2 batches of"):
        in_lanes(windows(settings), settings)


def test_states_go_through_consecutive_windows_alone() -> None:
    settings = tiny(stateful=True, shuffle=False, batch_size=2)
    held = windows(settings)
    train = Part(held.train.origins[::2], held.train.targets[::2])
    with pytest.raises(ValueError, match="consecutive windows of one series"):
        in_lanes(replace(held, train=train), settings)
    with pytest.raises(ValueError, match="validation windows lie before"):
        in_lanes(replace(held, train=held.valid, valid=held.train), settings)


def test_a_forecast_needs_every_window_before_it() -> None:
    settings = tiny(stateful=True, shuffle=False, batch_size=6)
    laid = in_lanes(windows(settings), settings)
    first = int(laid.train.origins[0])
    every, places = every_origin(laid, np.array([first + 7, first + 4]))
    np.testing.assert_array_equal(every, np.arange(first, first + 8))
    np.testing.assert_array_equal(every[places], [first + 7, first + 4])
    every, places = every_origin(laid, laid.valid.origins[:0])
    assert (list(every), len(places)) == ([first], 0)
    with pytest.raises(ValueError, match="before the first training window"):
        every_origin(laid, np.array([first - 1]))
