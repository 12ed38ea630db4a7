"""Regression on all columns of several series: which windows are learnt from."""

import numpy as np
import pytest
from panels import panel

from autolstm.baselines import regression
from autolstm.prepare.origins import origins_in


def test_the_latest_windows_of_every_series_are_learnt_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = panel(static=None)
    ends = origins_in(np.arange(len(data)), data.starts, 3)
    of = data.of_rows(ends)
    monkeypatch.setattr(regression, "LATEST", 31)
    kept = regression._latest(data, ends)
    expected = np.concatenate([ends[of == place][-10:] for place in range(3)])
    assert kept.tolist() == expected.tolist()
    monkeypatch.setattr(regression, "LATEST", 10_000)
    assert regression._latest(data, ends).tolist() == ends.tolist()


def test_of_one_series_they_are_the_latest(monkeypatch: pytest.MonkeyPatch) -> None:
    data = panel(static=None).series(0)
    monkeypatch.setattr(regression, "LATEST", 7)
    ends = np.arange(20, 50)
    assert regression._latest(data, ends).tolist() == list(range(43, 50))
