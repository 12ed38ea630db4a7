"""Conditions on several settings, what cannot hold, and going through a whole space."""

import re
from typing import Any

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.trial import FixedTrial

from autolstm.errors import SettingError
from autolstm.ledger.storage import quiet
from autolstm.settings import Settings
from autolstm.space import (
    Choice,
    Float,
    Int,
    SeriesSize,
    Space,
    When,
    check_space,
    overlay,
    preset_space,
)

AIRLINE = preset_space("default", SeriesSize(train_rows=108, season=12, horizon=1))
BOTH = (When("training.optimizer", ("sgd",)), When("architecture.layers", (2, 3)))
DEEP_SGD = {"training.optimizer": "sgd", "architecture.layers": [2, 3]}


@pytest.fixture(autouse=True)
def silent():
    with quiet():
        yield


def momentum(**when: Any) -> dict[str, Any]:
    return {"low": 0.1, "high": 0.9, "when": when}


# Several conditions -----------------------------------------------------------------------------


def test_all_conditions_have_to_hold() -> None:
    space = overlay(
        AIRLINE,
        {
            "architecture.layers": {"low": 1, "high": 3},
            "training.momentum": {"low": 0.1, "high": 0.9, "when": DEEP_SGD},
        },
    )
    assert space.dimensions["training.momentum"].when == BOTH
    assert space.table()["training.momentum"]["when"] == DEEP_SGD
    params = {**space.base.flat(), "training.momentum": 0.3}
    for optimizer, layers, lives in (
        ("sgd", 1, False),
        ("sgd", 2, True),
        ("sgd", 3, True),
        ("adam", 3, False),
    ):
        trial = FixedTrial(
            {**params, "training.optimizer": optimizer, "architecture.layers": layers}
        )
        chosen = space.suggest(trial)
        assert ("training.momentum" in trial.params) == lives
        assert (chosen.training.momentum == 0.3) == lives


def test_a_condition_on_what_is_itself_not_searched_does_not_hold() -> None:
    """Units follow layers, and momentum follows units: with one layer neither is asked."""
    space = Space(
        Settings(),
        {
            "architecture.layers": Int(1, 2),
            "architecture.units": Choice((32, 64), (When("architecture.layers", (2,)),)),
            "training.momentum": Float(0.0, 0.9, when=(When("architecture.units", (32,)),)),
        },
    )
    one = FixedTrial({"architecture.layers": 1, "training.momentum": 0.5})
    assert space.suggest(one).architecture.units == 32
    assert list(one.params) == ["architecture.layers"]
    assert space.default_params() == {"architecture.layers": 1}
    two = FixedTrial(
        {"architecture.layers": 2, "architecture.units": 32, "training.momentum": 0.5}
    )
    assert space.suggest(two).training.momentum == 0.5


@pytest.mark.parametrize(
    ("said", "alive"),
    [
        ({"training.optimizer": "sgd", "architecture.layers": 2}, True),
        ({"training.optimizer": "sgd", "architecture.layers": 1}, False),
        ({"training.optimizer": ["adam", "rmsprop"]}, False),
        # Each can hold, but not both at once: layers 2 exist only without sgd.
        (
            {
                "preparation.difference": {"low": 0, "high": 1},
                "architecture.layers": {"choices": [2], "when": {"preparation.difference": 0}},
                "training.momentum": momentum(
                    **{"architecture.layers": 2, "preparation.difference": 1}
                ),
            },
            False,
        ),
        # A range without steps never gives just that number.
        (
            {
                "architecture.dropout": {"low": 0.0, "high": 0.5},
                "training.momentum": momentum(**{"architecture.dropout": 0.25}),
            },
            False,
        ),
        (
            {
                "architecture.dropout": {"low": 0.0, "high": 0.5, "step": 0.25},
                "training.momentum": momentum(**{"architecture.dropout": 0.25}),
            },
            True,
        ),
    ],
)
def test_conditions_that_cannot_hold_at_once(said: dict[str, Any], alive: bool) -> None:
    table = {"training.momentum": momentum(**DEEP_SGD), **said}
    if alive:
        assert "training.momentum" in overlay(AIRLINE, table).dimensions
        check_space(table)
        return
    with pytest.raises(SettingError, match="space: training.momentum is searched only when "):
        overlay(AIRLINE, table)
    # What the table says by itself is refused before any data are read.
    with pytest.raises(SettingError) as caught:
        check_space(table)
    assert caught.value.field == "space.training.momentum"


def test_the_message_names_all_conditions() -> None:
    says = (
        "space: training.momentum is searched only when training.optimizer is sgd and "
        "architecture.layers is 2 or 3, but training.optimizer takes sgd, architecture.layers "
        "takes 1. Leave training.momentum out, or let training.optimizer and "
        "architecture.layers take those values."
    )
    table = {
        "training.optimizer": "sgd",
        "architecture.layers": 1,
        "training.momentum": momentum(**DEEP_SGD),
    }
    with pytest.raises(SettingError, match=re.escape(says)):
        overlay(AIRLINE, table)


def test_what_depends_on_settings_that_are_not_named_waits_for_the_data() -> None:
    table = {"training.momentum": momentum(**{"architecture.layers": 4})}
    check_space(table)
    with pytest.raises(SettingError, match="searched only when architecture.layers is 4"):
        overlay(AIRLINE, table)


# What a preset's condition means for a file -----------------------------------------------------


@pytest.mark.parametrize("said", [[0.2, 0.4], {"choices": [0.2, 0.4]}, {"low": 0.2, "high": 0.4}])
def test_a_narrowed_dimension_keeps_its_condition(said: Any) -> None:
    one = overlay(AIRLINE, {"training.momentum": said}).dimensions["training.momentum"]
    assert one.when == (When("training.optimizer", ("sgd",)),)
    assert one.extremes() == (0.2, 0.4)


def test_a_condition_can_be_lifted_or_replaced() -> None:
    lifted = overlay(AIRLINE, {"training.momentum": {"low": 0.2, "high": 0.4, "when": {}}})
    assert lifted.dimensions["training.momentum"].when == ()
    other = overlay(AIRLINE, {"training.momentum": momentum(**{"architecture.layers": 2})})
    assert other.dimensions["training.momentum"].when == (When("architecture.layers", (2,)),)


# Removing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["architecture.dropout", ["architecture.dropout"]])
def test_a_removed_dimension_has_its_base_value(said: Any) -> None:
    space = overlay(AIRLINE, {"remove": said})
    check_space({"remove": said})
    assert "architecture.dropout" not in space.dimensions
    assert space.table()["architecture.dropout"] == 0.0
    assert space.dimensions.keys() == AIRLINE.dimensions.keys() - {"architecture.dropout"}


def test_what_depends_on_a_removed_dimension_goes_with_it() -> None:
    space = overlay(AIRLINE, {"remove": ["training.optimizer"]})
    assert space.base.training.optimizer == "adam"
    assert "training.momentum" not in space.dimensions


def test_removing_what_is_not_searched_changes_nothing() -> None:
    assert overlay(AIRLINE, {"remove": ["training.patience"]}).table() == AIRLINE.table()


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"remove": 5}, "space: remove takes a list of settings, such as"),
        ({"remove": {"training.momentum": True}}, "space: remove takes a list of settings"),
        ({"remove": [5]}, "space: there is no setting 5. `autolstm space` lists all settings."),
        (
            {"remove": ["dropout"]},
            "space: there is no setting 'dropout'. Did you mean 'architecture.dropout'?",
        ),
        (
            {"remove": ["training.epochs"], "training.epochs": 5},
            "space: training.epochs is given, and removed as well. Leave one of the two out.",
        ),
        ({"remov": []}, "space: there is no setting 'remov'. Did you mean 'remove'?"),
        ({"preset": "quick"}, "space: preset stands above [space], at the top of the file"),
    ],
)
def test_what_cannot_be_removed(table: dict[str, Any], says: str) -> None:
    for read in (check_space, lambda said: overlay(AIRLINE, said)):
        with pytest.raises(SettingError, match=re.escape(says)):
            read(table)


# Going through a space --------------------------------------------------------------------------


def test_a_range_on_a_log_scale_takes_no_step() -> None:
    rates = {"low": 0.001, "high": 0.1, "log": True}
    space = overlay(AIRLINE, {"training.learning_rate": rates})
    says = "to go through. Give a list of values, as in [0.001, 0.01, 0.1]; samplers such as tpe"
    with pytest.raises(SettingError, match=re.escape(says)) as caught:
        next(space.points())
    assert caught.value.field == "space.training.learning_rate"


def test_points_in_order_without_what_does_not_live() -> None:
    space = Space(
        Settings(),
        {
            "architecture.layers": Int(1, 2),
            "training.optimizer": Choice(("adam", "sgd")),
            "training.momentum": Float(0.0, 0.3, step=0.1, when=BOTH),
        },
    )
    assert [tuple(one.values()) for one in space.points()] == [
        (1, "adam"),
        (1, "sgd"),
        (2, "adam"),
        *((2, "sgd", momentum) for momentum in (0.0, 0.1, 0.2, 0.3)),
    ]


def test_a_range_without_steps_has_no_end() -> None:
    space = overlay(AIRLINE, {"training.learning_rate": {"low": 0.1, "high": 0.5}})
    says = (
        "space: training.learning_rate goes from 0.1 to 0.5 without a step, so that there is no "
        "end of values to go through. Give a step, as in {low = 0.1, high = 0.5, step = 0.2}, or "
        "a list of values, as in [0.1, 0.3, 0.5]; samplers such as tpe"
    )
    with pytest.raises(SettingError, match=re.escape(says)):
        next(space.points())


@settings(max_examples=50)
@given(
    layers=st.integers(1, 3),
    optimizers=st.lists(st.sampled_from(["adam", "rmsprop", "sgd"]), min_size=1, unique=True),
    step=st.sampled_from([0.1, 0.15, 0.3]),
)
def test_points_are_all_that_a_trial_can_be(
    layers: int, optimizers: list[str], step: float
) -> None:
    """The slow twin: draw at random until nothing new comes."""
    space = Space(
        Settings(),
        {
            "architecture.layers": Int(1, layers),
            "training.optimizer": Choice(tuple(optimizers)),
            "training.momentum": Float(0.0, 0.3, step=step, when=BOTH),
        },
    )
    every = {str(sorted(one.items())) for one in space.points()}
    assert len(every) == len(list(space.points()))
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(0))
    drawn = set()
    for _ in range(30 * len(every)):
        trial = study.ask()
        space.suggest(trial)
        drawn.add(
            str(
                sorted(
                    (name, round(value, 9) if isinstance(value, float) else value)
                    for name, value in trial.params.items()
                )
            )
        )
    assert drawn == every


# Words beside numbers ---------------------------------------------------------------------------


def test_a_word_among_numbers() -> None:
    mixed = Choice((8, "full", 32))
    assert mixed.extremes() == (8, "full")
    assert mixed.nearest(20) == 8
    assert mixed.nearest("full") == "full"
    assert mixed.nearest("none") == 8
