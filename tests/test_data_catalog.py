"""The bundled data sets: every listed fact is true, and listing them costs nothing."""

import hashlib
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from autolstm.data.catalog import CATALOG, SERIES, Entry
from autolstm.data.load import load
from autolstm.split.series import holdout_parts

ENTRIES = pytest.mark.parametrize("entry", SERIES.values(), ids=list(SERIES))


@ENTRIES
def test_listed_facts_are_those_of_the_data(entry: Entry) -> None:
    data = entry.load()
    listed = (entry.name, entry.rows, entry.target, entry.covariates)
    assert (data.name, len(data), data.target, data.covariates) == listed
    assert (data.frequency, data.season, data.unit) == (entry.frequency, entry.season, entry.unit)
    assert (data.source, data.notes) == (entry.source, entry.notes)
    assert str(data.times[0]).startswith(entry.first)
    assert str(data.times[-1]).startswith(entry.last)
    assert CATALOG[entry.name] is entry


@ENTRIES
def test_data_are_complete_and_regular(entry: Entry) -> None:
    data = load(entry.name)
    assert isinstance(data.times, pd.DatetimeIndex)
    assert data.times.freq is not None
    assert np.isfinite(data.values).all()
    assert data.fingerprint == entry.load().fingerprint
    assert len(data.future_times(3)) == 3


@ENTRIES
def test_recommended_split_leaves_two_seasons_to_train_on(entry: Entry) -> None:
    starts = np.array([0, entry.rows])
    parts = holdout_parts(starts, entry.split.validation, entry.split.test, 1)
    (fold,) = parts.folds
    assert len(fold.train) >= 2 * entry.season
    assert len(fold.valid) > 1
    assert len(parts.test) > 1


@ENTRIES
def test_source_and_terms_are_stated(entry: Entry) -> None:
    assert entry.title
    assert entry.source
    assert entry.terms


def test_airline_is_the_classic_series() -> None:
    values = load("airline").actual
    assert values[:12].tolist() == [112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118]
    assert values[-12:].tolist() == [417, 391, 419, 461, 472, 535, 622, 606, 508, 461, 390, 432]
    assert values.sum() == 40_363
    digest = hashlib.sha256(",".join(f"{one:.0f}" for one in values).encode()).hexdigest()
    assert digest.startswith("fe529825b8393b68")


def test_airline_split_is_that_of_the_textbooks() -> None:
    split = SERIES["airline"].split
    assert (split.validation, split.test) == (24, 12)


def test_co2_gaps_are_filled_between_their_neighbours() -> None:
    from statsmodels.datasets import co2

    raw = co2.load_pandas().data["co2"].to_numpy()
    filled, gaps = load("co2").actual, np.isnan(raw)
    assert gaps.sum() == 59
    assert (filled[~gaps] == raw[~gaps]).all()
    at = int(np.flatnonzero(gaps)[0])
    assert min(filled[at - 1], filled[at + 1]) <= filled[at] <= max(filled[at - 1], filled[at + 1])


def test_listing_imports_neither_the_data_packages_nor_tensorflow() -> None:
    code = (
        "import sys; from autolstm.data.catalog import CATALOG; "
        "[(one.rows, one.task, one.terms, one.source) for one in CATALOG.values()]; "
        "slow = ('statsmodels', 'vega_datasets', 'sklearn', 'tensorflow', 'keras', 'optuna'); "
        "print([one for one in slow if one in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_loading_does_not_import_tensorflow() -> None:
    code = (
        "import sys; from autolstm.data.load import load; load('weather'); load('sunspots'); "
        "print('tensorflow' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"


def test_a_loaded_data_set_carries_its_split() -> None:
    """So that a study on the name and one on the loaded data ask the same question."""
    assert load("airline").split == (24, 12)
