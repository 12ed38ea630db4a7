"""The presets: alive in every dimension, sized by the data, and as wide as they say."""

from collections.abc import Callable
from itertools import islice
from typing import get_args

import numpy as np
import optuna
import pytest
from fakes import series
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.trial import FixedTrial
from plain_series import plain

from autolstm.errors import QuestionChanged
from autolstm.experiment import Preset, ask
from autolstm.framing.architectures import check_forecasters, check_networks
from autolstm.ledger.storage import quiet
from autolstm.prepare import Recipe
from autolstm.question import pose
from autolstm.settings import KNOBS, Preparation
from autolstm.space import PRESETS, Choice, LabelSize, SeriesSize, Size, Space, When, preset_space

SERIES = st.builds(
    lambda rows, horizon, **more: SeriesSize(
        train_rows=max(rows, horizon + 2), horizon=horizon, **more
    ),
    rows=st.integers(3, 100_000),
    horizon=st.integers(1, 400),
    season=st.sampled_from([0, 2, 3, 4, 7, 12, 24, 52, 61, 365, 5000]),
    bend=st.booleans(),
    windows=st.none() | st.integers(1, 2_000_000),
    several=st.booleans(),
)
LABELS = st.builds(
    LabelSize,
    sequences=st.integers(1, 2_000_000),
    longest=st.integers(1, 1000),
    numbers=st.booleans(),
    symbols=st.booleans(),
    embedding=st.booleans(),
    classes=st.booleans(),
    form=st.sampled_from(["vector", "steps", "decoder"]),
)
NAMES = st.sampled_from(list(PRESETS))
MONTHLY = SeriesSize(train_rows=108, season=12, horizon=1, bend=True)


@pytest.fixture(autouse=True)
def silent():
    with quiet():
        yield


def needed(space: Space, name: str) -> dict[str, object]:
    """Return values under which a dimension is alive, and those on which it depends as well."""
    found: dict[str, object] = {}
    for two in space.dimensions[name].when:
        found |= needed(space, two.knob) | {two.knob: two.values[-1]}
    return found


def networks_of(size: LabelSize) -> Callable[[Space], None]:
    return lambda space: check_networks(space, size.form)


def structures(space: Space) -> int:
    """How many programs can have to be compiled."""
    shaping = {name: one for name, one in space.dimensions.items() if KNOBS[name].shapes}
    return sum(1 for _ in islice(Space(space.base, shaping).points(), 1000))


def test_a_study_file_takes_every_preset() -> None:
    assert get_args(Preset) == tuple(PRESETS)


@settings(max_examples=300)
@given(preset=NAMES, size=SERIES | LABELS)
def test_no_dimension_is_dead_or_constant(preset: str, size: Size) -> None:
    space = preset_space(preset, size)
    assert space.dimensions
    framing = check_forecasters if isinstance(size, SeriesSize) else networks_of(size)
    framing(space)
    for name, one in space.dimensions.items():
        low, high = one.extremes()
        assert low != high, name
        if isinstance(one, Choice):
            assert len(set(one.options)) == len(one.options) >= 2
        # What a file may say, a preset may.
        assert {KNOBS[name].check(end) for end in (low, high)} == {low, high}
        # Its conditions hold in some trial.
        lives = needed(space, name)
        for knob, value in lives.items():
            assert knob in space.dimensions, (name, knob)
            assert value in (space.dimensions[knob].values() or ())
        asked = FixedTrial({**space.base.flat(), **lives, name: high})
        assert space.suggest(asked).flat()[name] == high
        assert name in asked.params


@settings(max_examples=200)
@given(preset=NAMES, size=SERIES, seed=st.integers(0, 2**31))
def test_the_default_is_inside_and_its_longest_preparation_fits(
    preset: str, size: SeriesSize, seed: int
) -> None:
    space = preset_space(preset, size)
    assert space.suggest(FixedTrial(space.default_params())) == space.base
    longest = {
        short: space.extremes(f"preparation.{short}")[1]
        for short in ("window", "difference", "seasonal_difference")
    }
    rows = size.train_rows
    if rows <= 3000:
        values = np.arange(float(rows))[:, None]
        Recipe.learn(plain(values), np.arange(rows), Preparation(**longest), size.horizon)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed))
    space.suggest(study.ask())


@pytest.mark.parametrize("size", [MONTHLY, SeriesSize(train_rows=20_000, season=24, horizon=24)])
def test_presets_differ_in_how_much_they_compile(size: SeriesSize) -> None:
    counts = {preset: structures(preset_space(preset, size)) for preset in PRESETS}
    assert counts["quick"] == 2
    assert counts["accelerator"] <= 16 < counts["default"] <= 48
    assert counts["thorough"] == counts["guide"] == 1000  # and more


def test_the_guides_ranges() -> None:
    space = preset_space("guide", MONTHLY)
    table = space.table()
    assert {1, 5, 10, 100, 1000} <= set(table["architecture.units"])
    assert table["training.batch_size"] == [1, 2, 4, 8, 16, 32, 64, "full"]
    assert table["training.clip_norm"] == [0.0, 5.0, 15.0]
    assert space.extremes("training.learning_rate") == (1e-4, 1e-1)
    assert space.extremes("architecture.dropout") == (0.0, 0.9)
    assert space.base.training.batch_size == 32


@pytest.mark.parametrize(
    ("rows", "batches"),
    [
        (5, [1, 2, "full"]),
        (303, [1, 2, 4, 8, 16, 32, 64, 128, 256, "full"]),
        # No batch that makes more than 1000 updates in an epoch.
        (10_000, [16, 32, 64, 128, 256]),
        (10_000_000, [128, 256]),
    ],
)
def test_the_guides_batches_suit_the_data(rows: int, batches: list[object]) -> None:
    size = SeriesSize(train_rows=rows, season=0, horizon=1)
    assert preset_space("guide", size).table()["training.batch_size"] == batches


@pytest.mark.parametrize(
    ("sequences", "batches"), [(5, [2, 8]), (300, [64, 256]), (1_000_000, [1024, 4096])]
)
def test_an_accelerator_gets_large_batches(sequences: int, batches: list[int]) -> None:
    size = LabelSize(sequences=sequences, longest=20, numbers=True, symbols=False, embedding=False)
    space = preset_space("accelerator", size)
    assert space.table()["training.batch_size"] == batches
    assert space.base.training.batch_size == batches[0]
    assert space.values("architecture.units") == (128, 512)


def test_a_decoder_is_searched_where_there_are_several_steps() -> None:
    one, six = (SeriesSize(train_rows=200, season=0, horizon=steps) for steps in (1, 6))
    assert preset_space("thorough", one).table()["preparation.strategy"] == "direct"
    assert preset_space("thorough", six).values("preparation.strategy") == ("direct", "decoder")


@pytest.mark.parametrize("preset", ["thorough", "guide"])
def test_what_needs_validation_is_for_sequences(preset: str) -> None:
    """The last fit of a series has none, so it would not do what was found to be good."""
    of_series = preset_space(preset, MONTHLY)
    of_labels = preset_space(preset, LabelSize(100, 20, True, False, False))
    assert "plateau" not in of_series.values("training.schedule")
    assert "plateau" in of_labels.values("training.schedule")
    assert of_series.extremes("training.finetune") == (0, 0)
    assert of_labels.extremes("training.finetune") == (0, 2)


def test_a_decoder_may_look_back() -> None:
    six = SeriesSize(train_rows=200, season=0, horizon=6)
    space = preset_space("thorough", six)
    strategy = When("preparation.strategy", ("decoder",))
    state = When("architecture.decoder", ("state",))
    assert space.dimensions["architecture.attention"].when == (strategy, state)
    size = LabelSize(100, 20, numbers=True, symbols=False, embedding=False, form="decoder")
    assert preset_space("guide", size).dimensions["architecture.attention"].when == (state,)


def test_widths_of_upper_layers_are_searched_where_there_are_such() -> None:
    when = preset_space("guide", MONTHLY).dimensions["architecture.units_3"].when
    free = When("architecture.widths", ("free",))
    assert when == (free, When("architecture.layers", (3, 4)))


def test_class_weights_are_searched_where_there_are_classes() -> None:
    def weights(classes: bool) -> tuple[object, ...]:
        size = LabelSize(100, 20, numbers=True, symbols=False, embedding=False, classes=classes)
        return preset_space("thorough", size).values("training.class_weight")

    assert weights(True) == ("none", "balanced")
    assert weights(False) == ("none",)


def test_an_experiment_begins_with_its_preset() -> None:
    def posed(**fields: object) -> Space:
        return pose(ask({"source": "tiny", **fields}), series()).space

    assert posed().table() == posed(preset="default").table()
    assert posed(preset="quick").table()["architecture.units"] == [16, 64]
    said = posed(preset="quick", space={"architecture.units": [4, 8], "training.epochs": 5})
    assert said.table()["architecture.units"] == [4, 8]
    assert said.base.training.epochs == 5
    assert (
        said.table()["training.learning_rate"]
        == posed(preset="quick").table()["training.learning_rate"]
    )


def test_another_preset_is_another_question() -> None:
    from fakes import opened

    def asked(preset: str):
        split = {"validation": 8, "test": 8}
        return pose(ask({"source": "tiny", "preset": preset, "split": split}), series())

    storage = optuna.storages.InMemoryStorage()
    opened(asked("default"), storage)
    opened(asked("default"), storage)
    with pytest.raises(QuestionChanged, match=r"space\.architecture\.layers: \{.*\} -> 1\n"):
        opened(asked("quick"), storage)
