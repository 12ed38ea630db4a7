"""The pictures: saved to memory, and a few facts read from the axes. No pixel is compared."""

import base64
import math
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import datetime, timedelta

import matplotlib
import pytest
from report_samples import DATA, study, trial

from autolstm.ledger.results import Importance
from autolstm.metrics import METRICS
from autolstm.report import figures, views
from autolstm.report.drawing import NARROW, WIDE

SVG = "{http://www.w3.org/2000/svg}"

MADE = study(horizon=3)
VIEWS = {
    "history": views.history(MADE),
    "importance": views.importance(MADE),
    "curves": views.curves(MADE),
    "forecast": views.forecast(MADE),
}


def words(text):
    """Return every text of an SVG."""
    return [one.text for one in ET.fromstring(text).iter(f"{SVG}text")]


@pytest.mark.parametrize("shape", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("name", VIEWS)
def test_every_view_is_an_svg_without_links_or_scripts(name, shape):
    text = figures.svg(VIEWS[name], shape)
    root = ET.fromstring(text)
    assert root.tag == f"{SVG}svg"
    assert not list(root.iter(f"{SVG}script"))
    links = [value for one in root.iter() for key, value in one.items() if key.endswith("href")]
    assert all(link.startswith("#") for link in links)
    assert len(text) < 250_000


def test_the_same_view_gives_the_same_picture():
    assert figures.svg(VIEWS["history"]) == figures.svg(views.history(study(horizon=3)))
    assert "dc:date" not in figures.svg(VIEWS["history"])


def test_the_settings_of_the_caller_are_neither_used_nor_changed():
    plain = figures.svg(VIEWS["importance"])
    with matplotlib.rc_context({"font.size": 30, "axes.grid": False, "svg.fonttype": "path"}):
        assert figures.svg(VIEWS["importance"]) == plain
        assert matplotlib.rcParams["font.size"] == 30


def test_the_axes_of_the_history():
    axes = figures.figure(VIEWS["history"]).axes[0]
    assert axes.get_xlabel() == "number of the trial"
    assert axes.get_title(loc="left") == "rmse (thousand passengers)"
    labels = axes.get_legend_handles_labels()[1]
    assert sorted(labels) == [
        "best baseline: drift",
        "best so far",
        "confirmed with fresh seeds",
        "failed, no score",
        "pruned, no score",
        "search, mean ± deviation",
        "winner",
    ]
    assert axes.get_yscale() == "linear"


def test_the_legend_lies_outside_the_axes():
    made = figures.figure(VIEWS["history"])
    made.draw_without_rendering()
    legend = made.legends[0].get_window_extent()
    assert legend.y0 >= made.axes[0].get_window_extent().y1 - 1
    assert made.legends[0].get_texts()[0].get_text() == "search, mean ± deviation"


def test_a_logarithmic_axis_has_plain_numbers():
    trials = (trial(0, score=900.0), trial(1, score=10.0))
    seen = views.history(replace(study(), trials=trials, winner=None, confirmed={}))
    axes = figures.figure(seen).axes[0]
    assert axes.get_yscale() == "log"
    assert "100" in words(figures.svg(seen))


def test_low_scores_become_triangles_on_the_edge():
    scores = (0.5, 0.6, 0.7, 0.8, -900.0)
    trials = tuple(trial(n, score=one, spread=0.01) for n, one in enumerate(scores))
    held = replace(
        study(), trials=trials, winner=None, confirmed={}, baselines={}, metric=METRICS["r2"]
    )
    seen = views.history(held)
    axes = figures.figure(seen).axes[0]
    assert axes.get_ylim()[0] == pytest.approx(seen.worst)
    below = [line for line in axes.lines if line.get_marker() == "v"]
    assert [tuple(line.get_xdata()) for line in below] == [(4,)]
    seen = views.history(replace(held, baselines={"validation": {"drift": -50.0}}))
    labels = figures.figure(seen).axes[0].get_legend_handles_labels()[1]
    assert "best baseline: drift, below the axis" in labels


def test_the_axes_of_the_curves():
    axes = figures.figure(VIEWS["curves"]).axes[0]
    assert axes.get_xlabel() == "epoch (one pass over the training part)"
    assert axes.get_title(loc="left") == "loss (1 = variance of the training rows)"
    assert axes.get_yscale() == "log"
    # Five seeds on two parts, and one set of dots.
    assert len(axes.lines) == 11


def test_a_curve_of_one_epoch_is_seen():
    seen = replace(VIEWS["curves"], epochs=(1,), train=((1.0,),), valid=((2.0,),), best=())
    assert {line.get_marker() for line in figures.figure(seen).axes[0].lines} == {"."}


def test_the_axes_of_the_forecast():
    axes = figures.figure(VIEWS["forecast"]).axes[0]
    assert axes.get_title(loc="left") == "passengers (thousand passengers)"
    assert axes.get_xlabel() == "time"
    # Actual, mean, two baselines, and where the four forecasts of three steps begin.
    assert len(axes.lines) == 8


def test_steps_without_times():
    seen = replace(VIEWS["forecast"], times=tuple(float(n) for n in range(12)))
    assert figures.figure(seen).axes[0].get_xlabel() == "step"


def test_a_forecast_of_one_point_and_one_with_gaps():
    one = {name: (1.0,) for name in ("actual", "mean", "low", "high")}
    figures.svg(replace(VIEWS["forecast"], times=(0.0,), baselines=(), begins=(), **one))
    gaps = (math.nan,) * 12
    figures.svg(replace(VIEWS["forecast"], mean=gaps, low=gaps, high=gaps))


@pytest.mark.parametrize("shape", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize(("rows", "step"), [(22, 31 * 24), (40, 1)], ids=["months", "hours"])
def test_no_span_of_time_is_warned_of(rows, step, shape):
    """Matplotlib has no interval for 19 to 23 months, nor for 37 to 47 hours, on a narrow axis."""
    line = tuple(float(n) for n in range(rows))
    view = replace(
        VIEWS["forecast"],
        times=tuple(datetime(2020, 1, 1) + timedelta(hours=step * n) for n in range(rows)),
        begins=(),
        **dict.fromkeys(("actual", "mean", "low", "high"), line),
        baselines=(),
    )
    assert "2020" in " ".join(filter(None, words(figures.svg(view, shape))))


def test_the_axes_of_the_importance():
    axes = figures.figure(VIEWS["importance"]).axes[0]
    assert axes.get_xlabel() == "share of the importance (%)"
    assert [one.get_text() for one in axes.get_yticklabels()][:2] == [
        "seasonal_difference",
        "learning_rate",
    ]
    assert "38 %" in words(figures.svg(VIEWS["importance"]))


@pytest.mark.parametrize(
    "name",
    ["$x^{2$", "a_b $\\frac{1}{2}$ \\", "<script>alert(1)</script>", "A & \"B\" 'C'", "销量"],
)
def test_names_are_text_whatever_they_hold(name):
    held = replace(study(), data=replace(DATA, target=name, unit=""))
    assert name in words(figures.svg(views.forecast(held)))


def test_names_are_made_to_fit():
    held = replace(study(), data=replace(DATA, target="a\n\x00\x1b b" + "c" * 200, unit=""))
    label = figures.figure(views.forecast(held)).axes[0].get_title(loc="left")
    assert label.startswith("a bccc")
    assert label.endswith("…")
    assert len(label) == 44


def test_a_picture_of_too_many_lines_becomes_pixels(monkeypatch):
    assert figures.data_uri(VIEWS["importance"]).startswith("data:image/svg+xml;base64,")
    monkeypatch.setattr(figures, "MOST_SVG", 100)
    kind, _, content = figures.data_uri(VIEWS["importance"]).partition(",")
    assert kind == "data:image/png;base64"
    assert base64.b64decode(content).startswith(b"\x89PNG")


def test_a_single_bar():
    only = views.importance(replace(study(), importance=Importance({"a.b": 1.0}, 20, 10)))
    assert "100 %" in words(figures.svg(only, NARROW))
