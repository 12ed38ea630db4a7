"""The knobs: each declared once, checked, and laid flat."""

import re
from dataclasses import FrozenInstanceError, fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autolstm.errors import SettingError
from autolstm.settings import KNOBS, Architecture, Knob, Preparation, Settings, Training

EVERY = pytest.mark.parametrize("knob", KNOBS.values(), ids=list(KNOBS))


def values(knob: Knob) -> st.SearchStrategy[Any]:
    """What a knob accepts."""
    if knob.kind is bool:
        return st.booleans()
    if knob.choices:
        return st.sampled_from(knob.choices)
    if knob.words:
        return st.sampled_from(knob.words) | values(replace(knob, words=()))
    assert knob.low is not None
    assert knob.high is not None
    if knob.kind is int:
        return st.integers(int(knob.low), int(knob.high))
    return st.floats(knob.low, knob.high)


@EVERY
def test_a_knob_is_fully_declared(knob: Knob) -> None:
    assert re.fullmatch(r"\w.*[.]", knob.help)
    assert len(knob.help) < 100
    assert type(knob.default) is knob.kind
    assert knob.check(knob.default) == knob.default
    if knob.kind is bool:
        assert knob.low is knob.high is knob.choices is None
    elif knob.kind is str:
        assert knob.choices
        assert knob.low is knob.high is None
    else:
        assert knob.choices is None
        assert knob.low is not None
        assert knob.high is not None
        assert knob.low < knob.high


def test_every_field_is_a_knob() -> None:
    groups = {"preparation": Preparation, "architecture": Architecture, "training": Training}
    assert list(groups) == [one.name for one in fields(Settings)]
    assert list(KNOBS) == [
        f"{name}.{one.name}" for name, kind in groups.items() for one in fields(kind)
    ]


@EVERY
def test_ends_of_a_range_are_accepted_and_what_lies_past_them_is_not(knob: Knob) -> None:
    if knob.low is None or knob.high is None:
        return
    low, high = knob.kind(knob.low), knob.kind(knob.high)
    assert (knob.check(low), knob.check(high)) == (low, high)
    past = (low - 1, high + 1) if knob.kind is int else np.nextafter([low, high], [-1e9, 1e9])
    for outside in past:
        with pytest.raises(SettingError, match=f"{knob.name} = .* is not accepted. It takes a"):
            knob.check(outside)


@pytest.mark.parametrize(
    ("name", "given_value", "taken"),
    [
        ("architecture.units", 64, 64),
        ("architecture.units", 64.0, 64),
        ("architecture.units", np.int64(64), 64),
        ("training.learning_rate", 1, 1.0),
        ("training.learning_rate", np.float64(0.5), 0.5),
        ("training.learning_rate", np.float32(0.5), 0.5),
        ("preparation.scale", "none", "none"),
        ("training.batch_size", 16.0, 16),
        ("training.shuffle", False, False),
    ],
)
def test_accepted(name: str, given_value: object, taken: object) -> None:
    checked = KNOBS[name].check(given_value)
    assert checked == taken
    assert type(checked) is KNOBS[name].kind


UNITS = "It takes a whole number from 1 to 4096."
RATE = "It takes a number from 1e-08 to 10."
SCALE = "It takes one of none, minmax01, minmax11, standard, robust."


@pytest.mark.parametrize(
    ("name", "given_value", "says"),
    [
        ("architecture.units", 0, f"architecture.units = 0 is not accepted. {UNITS}"),
        ("architecture.units", 64.5, f"architecture.units = 64.5 is not accepted. {UNITS}"),
        ("architecture.units", "64", f"architecture.units = '64' is not accepted. {UNITS}"),
        ("architecture.units", True, f"architecture.units = True is not accepted. {UNITS}"),
        ("architecture.units", None, f"architecture.units = None is not accepted. {UNITS}"),
        ("architecture.units", [64], f"architecture.units = [64] is not accepted. {UNITS}"),
        ("architecture.units", float("nan"), f"= nan is not accepted. {UNITS}"),
        ("architecture.units", float("inf"), f"= inf is not accepted. {UNITS}"),
        ("architecture.units", 1j, f"= 1j is not accepted. {UNITS}"),
        ("architecture.units", 10**400, f"... is not accepted. {UNITS}"),
        ("training.learning_rate", 0, f"training.learning_rate = 0 is not accepted. {RATE}"),
        ("training.learning_rate", False, f"= False is not accepted. {RATE}"),
        ("training.learning_rate", "0.1", f"= '0.1' is not accepted. {RATE}"),
        ("training.learning_rate", float("nan"), f"= nan is not accepted. {RATE}"),
        ("training.learning_rate", -(10**400), f"... is not accepted. {RATE}"),
        ("training.batch_size", 0, "It takes a whole number from 1 to 1000000, or full."),
        ("training.batch_size", "ful", "= 'ful' is not accepted. Did you mean 'full'? It takes a"),
        ("training.batch_size", ["full"], "= ['full'] is not accepted. It takes a whole number"),
        ("training.shuffle", 1, "training.shuffle = 1 is not accepted. It takes true or false."),
        ("training.shuffle", "true", "= 'true' is not accepted. It takes true or false."),
        ("preparation.scale", "standart", f"not accepted. Did you mean 'standard'? {SCALE}"),
        ("preparation.scale", "zzz", f"preparation.scale = 'zzz' is not accepted. {SCALE}"),
        ("preparation.scale", 1, f"preparation.scale = 1 is not accepted. {SCALE}"),
        ("preparation.scale", ["none"], f"= ['none'] is not accepted. {SCALE}"),
    ],
)
def test_refused(name: str, given_value: object, says: str) -> None:
    with pytest.raises(SettingError, match=re.escape(says)):
        KNOBS[name].check(given_value)


def test_a_number_that_python_does_not_write_is_refused_in_words() -> None:
    with pytest.raises(SettingError, match="= a number of thousands of digits is not accepted"):
        KNOBS["training.momentum"].check(16**5000)


@given(st.fixed_dictionaries({}, optional={name: values(one) for name, one in KNOBS.items()}))
def test_flat_and_back(chosen: dict[str, Any]) -> None:
    if chosen.get("training.clip_norm") and chosen.get("training.clip_value"):
        del chosen["training.clip_value"]
    settings = Settings.from_flat(chosen)
    flat = settings.flat()
    assert list(flat) == list(KNOBS)
    assert flat == {name: chosen.get(name, one.default) for name, one in KNOBS.items()}
    assert Settings.from_flat(flat) == settings
    assert all(
        type(value) is KNOBS[name].kind or value in KNOBS[name].words
        for name, value in flat.items()
    )


def test_a_word_is_kept_as_it_is() -> None:
    assert KNOBS["training.batch_size"].check("full") == "full"
    assert [Training(batch_size="full").batch(n) for n in (1, 7, 3_000_000)] == [1, 7, 3_000_000]
    assert [Training(batch_size=8).batch(n) for n in (1, 8, 9)] == [1, 8, 8]


def test_gradients_are_clipped_in_one_way() -> None:
    says = (
        "training.clip_norm = 5 and training.clip_value = 0.5 exclude each other: gradients are "
        "clipped in one way, by their norm or by their values. Set one of the two to 0."
    )
    with pytest.raises(SettingError, match=re.escape(says)):
        Settings.from_flat({"training.clip_norm": 5, "training.clip_value": 0.5})
    for one in ({"training.clip_norm": 5}, {"training.clip_value": 0.5}):
        assert Settings.from_flat(one).flat().items() >= one.items()


def test_nothing_said_is_the_default() -> None:
    assert Settings.from_flat({}) == Settings()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "architecture.unit",
            "no setting 'architecture.unit'. Did you mean 'architecture.units'?",
        ),
        ("units", "no setting 'units'"),
        ("architecture", "Known are: preparation.scale, "),
    ],
)
def test_unknown_name(name: str, says: str) -> None:
    with pytest.raises(SettingError, match=re.escape(says)):
        Settings.from_flat({name: 1})


def test_settings_are_values() -> None:
    assert Settings() == Settings()
    assert len({Settings(), Settings(training=Training(epochs=3)), Settings()}) == 2
    with pytest.raises(FrozenInstanceError, match="epochs"):
        Training().epochs = 3  # type: ignore[misc]
