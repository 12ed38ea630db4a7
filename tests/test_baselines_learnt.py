"""The baselines that learn, against slow twins: what they learn, and what they must not know."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.forecasting.theta import ThetaModel

from autolstm.baselines import LEARNT, every, forecasts, naive, regression, smoothing
from autolstm.data.load import load

WINDOW = "linear regression on the window"
AIRLINE = load("airline").actual
ROWS = np.arange(120)
NOISE = np.random.default_rng(1).normal(size=len(ROWS))
CYCLE = np.sin(ROWS * math.pi / 6)

SERIES = {
    "airline": (AIRLINE, 12),
    "around zero": (CYCLE + NOISE / 4, 12),
    "no season": (np.cumsum(NOISE) + 50, 0),
    "a line": (0.5 * ROWS + NOISE + 10, 0),
}
EVERY_SERIES = pytest.mark.parametrize(("series", "season"), SERIES.values(), ids=list(SERIES))


def made(series, season=0, horizon=1, train=80, origins=None):
    """Forecast at every row from the last training row on."""
    if origins is None:
        origins = np.arange(train - 1, len(series))
    return forecasts(np.asarray(series, dtype=float), origins, horizon, season, train)


def near(one, other):
    np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)


# Twins ------------------------------------------------------------------------------------------


@EVERY_SERIES
def test_theta_at_the_last_training_row_is_that_of_statsmodels(series, season):
    learnt = ThetaModel(series[:80], period=season or 1, deseasonalize=season > 1).fit()
    found = smoothing.theta(series, np.array([79]), 15, season, 80)
    near(found[0], learnt.forecast(15))


@EVERY_SERIES
def test_theta_against_a_loop(series, season):
    """Later origins: everything learnt stays, the level alone goes on."""
    learnt = ThetaModel(series[:80], period=season or 1, deseasonalize=season > 1).fit()
    multiplied = learnt.model.method.startswith("mul")
    indices = list(learnt._seasonal) or [1.0 if multiplied else 0.0]
    slope, alpha = learnt.params
    for origin in (79, 80, 97, 110):
        found = smoothing.theta(series, np.array([origin]), 5, season, 80)[0]
        level, behind = None, 0.0
        for row in range(origin + 1):
            index = indices[row % len(indices)]
            value = series[row] / index if multiplied else series[row] - index
            level = value if level is None else alpha * value + (1 - alpha) * level
            behind += (1 - alpha) ** row
        for step in range(1, 6):
            index = indices[(origin + step) % len(indices)]
            line = level + 0.5 * slope * (step - 1 + behind)
            near(found[step - 1], line * index if multiplied else line + index)


@EVERY_SERIES
def test_ets_against_statsmodels_with_the_same_parameters_on_every_prefix(series, season):
    fits = [
        ETSModel(series[:80], initialization_method="heuristic", **form).fit(disp=False)
        for form in smoothing._forms(series[:80], season)
    ]
    best = min(fits, key=lambda fit: smoothing._aicc(fit, 80))
    known = best.model
    form = {"error": known.error, "trend": known.trend, "damped_trend": known.damped_trend}
    if season:
        form |= {"seasonal": known.seasonal, "seasonal_periods": season}
    found = smoothing.ets(series, np.array([79, 80, 95, 110]), 15, season, 80)
    near(found[0], best.forecast(15))
    for row, origin in zip(found, (79, 80, 95, 110), strict=True):
        begun = (known.initial_level, known.initial_trend, known.initial_seasonal)
        names = ("initial_level", "initial_trend", "initial_seasonal")
        prefix = ETSModel(
            series[: origin + 1],
            initialization_method="known",
            **dict(zip(names, begun, strict=True)),
            **form,
        )
        near(row, prefix.smooth(best.params).forecast(15))


def test_the_corrected_aic_counts_the_first_states():
    fit = ETSModel(AIRLINE, trend="add", initialization_method="estimated").fit(disp=False)
    guessed = ETSModel(
        AIRLINE, trend="add", initialization_method="known", initial_level=112, initial_trend=0
    ).smooth(fit.params[:2])
    # statsmodels counts first states where they are estimated, as the paper does.
    count = 5
    correction = 2 * count * (count + 1) / (144 - count - 1)
    assert fit.aicc == pytest.approx(-2 * fit.llf + 2 * count + correction)
    assert smoothing._aicc(guessed, 144) == pytest.approx(
        -2 * guessed.llf + 2 * count + correction
    )
    assert smoothing._aicc(guessed, 6) == math.inf


@pytest.mark.parametrize(
    ("values", "season", "form"),
    [
        (NOISE, 0, {"error": "add"}),
        (NOISE, 12, {"error": "add"}),
        (ROWS + NOISE / 9, 0, {"error": "add", "trend": "add"}),
        (5 * CYCLE + NOISE, 12, {"error": "add", "seasonal": "add"}),
        ((50 + ROWS) * (2 + CYCLE) + NOISE, 12, {"error": "mul", "seasonal": "mul"}),
    ],
)
def test_the_form_follows_the_series(values, season, form, monkeypatch):
    seen = []
    real = smoothing._from_states
    monkeypatch.setattr(
        smoothing,
        "_from_states",
        lambda states, *rest: seen.append(rest[0]) or real(states, *rest),
    )
    smoothing.ets(values, np.array([99]), 1, season, 100)
    assert form.items() <= seen[0].items()
    assert ("trend" in seen[0]) == ("trend" in form) or form["error"] == "mul"
    assert ("seasonal" in seen[0]) == ("seasonal" in form)


@EVERY_SERIES
@pytest.mark.parametrize("horizon", [1, 4])
def test_regression_against_a_loop(series, season, horizon):
    inputs, targets = [], []
    for origin in range(11, 80 - horizon):
        inputs.append([series[origin - lag] for lag in range(12)])
        targets.append([series[origin + step] for step in range(1, horizon + 1)])
    assert targets[-1][-1] == series[79]
    learnt = LinearRegression().fit(inputs, targets)
    found = regression.regression(series, np.arange(79, 110), horizon, season, 80)
    for row, origin in zip(found, range(79, 110), strict=True):
        expected = learnt.predict([[series[origin - lag] for lag in range(12)]])[0]
        np.testing.assert_allclose(row, expected, rtol=1e-6, atol=1e-6)


def test_what_is_linear_is_forecast_exactly():
    cycle = np.tile([1.0, 5.0, 2.0, 2.0], 30)
    near(made(cycle, 4, origins=np.arange(79, 119))[WINDOW][:, 0], cycle[80:])
    line = 3.0 * np.arange(120) - 40
    near(made(line, origins=np.arange(79, 119))[WINDOW][:, 0], line[80:])


@pytest.mark.parametrize(
    ("season", "train", "horizon", "window"),
    [
        (0, 100, 1, 12),
        (1, 100, 1, 12),
        (24, 1000, 24, 24),
        (24, 60, 20, 10),
        (24, 97, 1, 24),
        (24, 96, 1, 12),
        (366, 5000, 1, 366),
        (8760, 5000, 1, 12),
        (0, 5, 1, 1),
        (0, 4, 1, 0),
    ],
)
def test_the_window_of_the_regression(season, train, horizon, window):
    assert regression.window_of(season, train, horizon) == window
    if not window:
        with pytest.raises(ValueError, match="4 training rows are too few for a horizon of 1"):
            regression.regression(np.arange(9.0), np.array([6]), horizon, season, train)


# What is not known ------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(
    which=st.sampled_from(list(SERIES)),
    row=st.integers(80, 119),
    value=st.sampled_from([1e9, np.nan, np.inf, -7.5, 0.0]),
    horizon=st.integers(1, 14),
)
def test_values_after_the_origin_never_matter(which, row, value, horizon):
    """Nor does what is learnt change: the first of these origins is the last training row."""
    series, season = SERIES[which]
    changed = series.copy()
    changed[row] = value
    before, after = (
        made(one, season, horizon, origins=np.arange(79, row)) for one in (series, changed)
    )
    assert list(before) == list(after)
    for name in before:
        np.testing.assert_array_equal(before[name], after[name])


@EVERY_SERIES
def test_what_is_learnt_does_not_depend_on_later_rows(series, season):
    """The same last rows after other rows between, where a forecast looks back no further."""
    changed = series.copy()
    changed[80:] = changed[80:] * 3 + 5
    alone, among = (made(one, season, 3, origins=np.arange(79, 100)) for one in (series, changed))
    for name in LEARNT:
        np.testing.assert_array_equal(alone[name][0], among[name][0])
        assert not np.array_equal(alone[name][1:], among[name][1:])


def test_training_rows_are_looked_at():
    changed = AIRLINE.copy()
    changed[60:80] += 40 * NOISE[:20]
    one, other = (made(values, 12) for values in (AIRLINE, changed))
    for name in LEARNT:
        # No window reaches so far back; only what was learnt has changed.
        assert not np.allclose(one[name][-1], other[name][-1])


def test_an_origin_among_the_training_rows():
    with pytest.raises(ValueError, match="origin 5 lies before the last of 80 training rows"):
        made(AIRLINE, 12, origins=np.array([5, 90]))


# Difficult series -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("train", "season", "names"),
    [
        (3, 0, {"theta"}),
        (5, 12, {"theta", WINDOW}),
        (20, 12, {"theta", "ets", WINDOW}),
        (80, 12, {"theta", "ets", WINDOW}),
    ],
)
def test_what_can_be_learnt_from_few_rows(train, season, names):
    learnt = set(made(AIRLINE, season, train=train)) & set(LEARNT)
    assert learnt == names


@pytest.mark.parametrize("value", [7.0, 0.0, -1e9])
@pytest.mark.parametrize("season", [0, 12])
def test_a_constant_series(value, season):
    found = made(np.full(120, value), season, 3)
    assert set(found) >= {"persistence", "theta", WINDOW}
    for one in found.values():
        near(one, np.full((41, 3), value))


def test_a_pure_cycle():
    cycle = np.tile([1.0, 5.0, 2.0, 2.0], 30)
    found = made(cycle, 4, 6)
    for name in ("seasonal naive", "theta", WINDOW):
        near(found[name][0], [1, 5, 2, 2, 1, 5])


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(
        st.integers(-3, 3) | st.floats(-1e100, 1e100) | st.just(0.0), min_size=4, max_size=60
    ),
    season=st.integers(0, 20),
    horizon=st.integers(1, 8),
    data=st.data(),
)
def test_no_series_is_too_difficult(values, season, horizon, data):
    train = data.draw(st.integers(1, len(values)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = made(values, season, horizon, train)
    assert set(found) >= {"persistence", "drift"}
    for name, one in found.items():
        assert one.shape == (len(values) - train + 1, horizon)
        # Their squares are to be numbers, too.
        assert np.isfinite(np.mean(one**2)), name


@EVERY_SERIES
def test_the_unit_does_not_matter(series, season):
    # Powers of two change no digit; others all but nothing.
    plain = made(series, season, 3)
    for factor, tolerance in ((2.0**-40, 0), (2.0**70, 0), (1e90, 1e-3), (1e-90, 1e-3)):
        scaled = made(series * factor, season, 3)
        assert list(scaled) == list(plain)
        for name in LEARNT:
            np.testing.assert_allclose(
                scaled[name] / factor, plain[name], rtol=tolerance, atol=tolerance
            )


def bad(values, **said):
    def learn(series, origins, horizon, season, train):
        warnings.warn("difficult", stacklevel=1)
        if isinstance(values, Exception):
            raise values
        return np.full((len(origins), horizon), values) / np.ones(1)

    return learn


@pytest.mark.parametrize(
    ("values", "kept"),
    [(3.0, True), (math.nan, False), (-math.inf, False), (1e10, False)]
    + [(one("no"), False) for one in (ValueError, ZeroDivisionError, np.linalg.LinAlgError)],
)
def test_a_baseline_that_cannot_be_computed_is_left_out(values, kept, monkeypatch):
    monkeypatch.setattr(every, "LEARNT", {"bad": bad(values)})
    found = made(AIRLINE, 12)
    assert ("bad" in found) == kept
    assert len(found) == 5 + kept
    assert not kept or (found["bad"] == 3 * 512).all()


def test_baselines_that_learn_come_after_the_naive_ones():
    found = list(made(AIRLINE, 12))
    plain = list(naive.forecasts(AIRLINE, np.array([99]), 1, 12))
    assert found == plain + list(LEARNT) == [*plain, "theta", "ets", WINDOW]


# Long series ------------------------------------------------------------------------------------


def test_the_latest_training_rows_teach(monkeypatch):
    monkeypatch.setattr(every, "LATEST", 60)
    changed = AIRLINE.copy()
    changed[:40] *= 9
    one, other = (made(values, 12, train=100) for values in (AIRLINE, changed))
    short = made(AIRLINE[40:], 12, train=60)
    for name in LEARNT:
        np.testing.assert_array_equal(one[name], other[name])
        np.testing.assert_array_equal(one[name], short[name])


@pytest.mark.parametrize(
    ("limit", "most"), [("MOST_STATES", 12 * len(AIRLINE) - 1), ("LONGEST_SEASON", 11)]
)
def test_a_season_that_is_too_long_is_not_smoothed(limit, most, monkeypatch):
    plain = made(AIRLINE, 0)["ets"]
    monkeypatch.setattr(smoothing, limit, most + 1)
    assert not np.array_equal(made(AIRLINE, 12)["ets"], plain)
    monkeypatch.setattr(smoothing, limit, most)
    np.testing.assert_array_equal(made(AIRLINE, 12)["ets"], plain)
