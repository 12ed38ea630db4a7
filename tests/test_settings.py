"""The knobs: each declared once, checked, and laid flat."""

import re
from dataclasses import FrozenInstanceError, fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autolstm.errors import SettingError
from autolstm.settings import (
    KNOBS,
    Architecture,
    Knob,
    Preparation,
    Settings,
    Training,
    check_architecture,
)

EVERY = pytest.mark.parametrize("knob", KNOBS.values(), ids=list(KNOBS))


TEXTS = {"architecture.kernel_sizes": ("3", "1,64", "2,3,5,7")}
"""What knobs accept that take a text of no choice."""


def values(knob: Knob) -> st.SearchStrategy[Any]:
    """What a knob accepts."""
    if knob.kind is bool:
        return st.booleans()
    if knob.written is not None:
        return st.sampled_from(TEXTS[knob.name])
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
    assert knob.numeric is (knob.kind in (int, float))
    if not knob.numeric:
        assert bool(knob.choices) is (knob.kind is str and knob.written is None)
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
        ("architecture.bidirectional", True, True),
        ("architecture.bidirectional", np.bool_(False), False),
        ("architecture.kernel_sizes", "3", "3"),
        ("architecture.kernel_sizes", 3, "3"),
        ("architecture.kernel_sizes", "3, 5,64", "3, 5,64"),
    ],
)
def test_accepted(name: str, given_value: object, taken: object) -> None:
    checked = KNOBS[name].check(given_value)
    assert checked == taken
    assert type(checked) is KNOBS[name].kind


UNITS = "It takes a whole number from 1 to 4096."
RATE = "It takes a number from 1e-08 to 10."
TRUTH = "It takes true or false."
SIZES = (
    "It takes ascending whole numbers from 1 to 64, at most 4, with commas between them, such as "
    "3 or 3,5,7."
)
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
        (
            "architecture.bidirectional",
            "True",
            f"'True' is not accepted. {TRUTH}",
        ),
        ("architecture.bidirectional", "maybe", f"'maybe' is not accepted. {TRUTH}"),
        ("architecture.bidirectional", 1, f"= 1 is not accepted. {TRUTH}"),
        ("architecture.bidirectional", None, f"= None is not accepted. {TRUTH}"),
        *(
            ("architecture.kernel_sizes", text, f"{text!r} is not accepted. {SIZES}")
            for text in (
                "",
                "0",
                "65",
                "5,3",
                "3,3",
                "1,2,3,4,5",
                "3;5",
                "3,",
                "3.5",
                "-3",
                "\u0663",
            )
        ),
        ("architecture.kernel_sizes", 0, f"= '0' is not accepted. {SIZES}"),
        ("architecture.kernel_sizes", True, f"= True is not accepted. {SIZES}"),
        ("architecture.kernel_sizes", 3.0, f"= 3.0 is not accepted. {SIZES}"),
    ],
)
def test_refused(name: str, given_value: object, says: str) -> None:
    with pytest.raises(SettingError, match=re.escape(says)):
        KNOBS[name].check(given_value)


def test_a_number_that_python_does_not_write_is_refused_in_words() -> None:
    with pytest.raises(SettingError, match="= a number of thousands of digits is not accepted"):
        KNOBS["training.momentum"].check(16**5000)


CARRIED = {
    "preparation.strategy": "direct",
    "preparation.stride": 1,
    "architecture.bidirectional": False,
    "training.batch_size": 4,
    "training.shuffle": False,
}
"""What `architecture.stateful` takes beside it."""


@given(st.fixed_dictionaries({}, optional={name: values(one) for name, one in KNOBS.items()}))
def test_flat_and_back(chosen: dict[str, Any]) -> None:
    if chosen.get("training.clip_norm") and chosen.get("training.clip_value"):
        del chosen["training.clip_value"]
    if chosen.get("architecture.stateful"):
        chosen = {**chosen, **CARRIED}
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


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        (
            "training.shuffle",
            True,
            "architecture.stateful = true carries states on from batch to batch in order of time: "
            "windows come in that order alone. training.shuffle is true, and takes false beside "
            "it. Write --set space.training.shuffle=false, or leave architecture.stateful out.",
        ),
        (
            "training.batch_size",
            "full",
            "with one batch an epoch nothing is. training.batch_size is full, and takes a number "
            "of windows beside it. Write --set space.training.batch_size=4,",
        ),
        ("preparation.stride", 2, "row by row, and so must training. preparation.stride is 2,"),
        ("preparation.strategy", "recursive", "a forecast must not be its own past."),
        ("preparation.strategy", "decoder", "a decoder begins anew with every answer."),
        ("architecture.bidirectional", True, "what reads backwards has no state from before."),
    ],
)
def test_states_are_carried_on_where_that_means_something(
    name: str, value: object, says: str
) -> None:
    carried = {**CARRIED, "architecture.stateful": True}
    assert Settings.from_flat(carried).lanes == 4
    assert Settings.from_flat({**carried, "architecture.stateful": False}).lanes is None
    with pytest.raises(SettingError, match=re.escape(says)):
        Settings.from_flat({**carried, name: value})
    assert Settings.from_flat({**carried, name: value, "architecture.stateful": False})


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


@pytest.mark.parametrize(
    ("asked", "sizes", "said"),
    [
        ({}, (32,), "1 x 32 LSTM units"),
        ({"layers": 3, "units": 5, "cell": "gru"}, (5, 5, 5), "3 x 5 GRU units"),
        (
            {"layers": 4, "units": 5, "widths": "shrinking"},
            (5, 3, 2, 1),
            "5 + 3 + 2 + 1 LSTM units",
        ),
        ({"layers": 3, "units": 1, "widths": "shrinking"}, (1, 1, 1), "3 x 1 LSTM units"),
        ({"layers": 1, "units": 7, "widths": "free", "units_2": 8}, (7,), "1 x 7 LSTM units"),
        (
            {"layers": 6, "units": 1, "widths": "free", "units_2": 2, "units_3": 3, "units_4": 4},
            (1, 2, 3, 4, 4, 4),
            "1 + 2 + 3 + 4 + 4 + 4 LSTM units",
        ),
        (
            {"units_2": 9, "layers": 2, "bidirectional": True},
            (32, 32),
            "2 x 32 bidirectional LSTM units",
        ),
    ],
)
def test_widths_of_layers(asked: dict[str, Any], sizes: tuple[int, ...], said: str) -> None:
    architecture = Architecture(**asked)
    assert architecture.sizes == sizes
    assert architecture.said == said


def test_kernels_count_with_filters() -> None:
    assert Architecture(kernel_sizes="3, 5").kernels == ()
    assert Architecture(kernel_sizes="3, 5", filters=2).kernels == (3, 5)


REFUSED_TOGETHER: list[tuple[str, dict[str, Any], str]] = [
    (
        "steps",
        {"filters": 2, "pooling": 3},
        "architecture.pooling = 3 leaves fewer steps than there are answers: here every step has "
        "one. It takes 1 here. Write --set space.architecture.pooling=1, or leave the convolution "
        "out (--set space.architecture.filters=0).",
    ),
    (
        "decoder",
        {"attention": True},
        "architecture.attention = true needs a decoder with a state to ask from, and "
        "architecture.decoder is repeat. It takes false there. Write --set "
        "space.architecture.decoder=state, or search attention only then: {choices = [false, "
        'true], when = {"architecture.decoder" = "state"}}.',
    ),
    (
        "decoder",
        {"teacher_forcing": True},
        "architecture.teacher_forcing = true needs a decoder that hears its answers, and "
        "architecture.decoder is repeat. It takes false there. Write --set "
        "space.architecture.decoder=state, or search teacher_forcing only then: {choices = "
        '[false, true], when = {"architecture.decoder" = "state"}}.',
    ),
]


@pytest.mark.parametrize(("form", "asked", "says"), REFUSED_TOGETHER)
def test_what_means_nothing_together_is_refused(
    form: str, asked: dict[str, Any], says: str
) -> None:
    with pytest.raises(SettingError, match=re.escape(says)):
        check_architecture(Architecture(**asked), form)
    for other in {"vector", "steps", "decoder"} - {form}:
        check_architecture(Architecture(**asked), other)


@pytest.mark.parametrize(
    ("form", "asked"),
    [
        ("steps", {"pooling": 3}),
        ("steps", {"filters": 2}),
        ("decoder", {"attention": True, "decoder": "state"}),
        ("decoder", {"filters": 2, "pooling": 3}),
    ],
)
def test_what_is_idle_is_not_refused(form: str, asked: dict[str, Any]) -> None:
    check_architecture(Architecture(**asked), form)


def test_settings_are_values() -> None:
    assert Settings() == Settings()
    assert len({Settings(), Settings(training=Training(epochs=3)), Settings()}) == 2
    with pytest.raises(FrozenInstanceError, match="epochs"):
        Training().epochs = 3  # type: ignore[misc]
