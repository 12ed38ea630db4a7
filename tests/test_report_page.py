"""The page: whole and safe for every study, finished or not, whatever its names hold."""

import functools
import os
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from report_samples import DATA, begun, study, trial

from autolstm.data.load import load
from autolstm.errors import StorageError
from autolstm.metrics import METRICS
from autolstm.outcome import Score
from autolstm.report.drawing import WIDE
from autolstm.report.figures import data_uri
from autolstm.report.page import render, write

HERE = Path(__file__).parent

HOSTILE = "<script>alert('1')</script> & \"$x$\" {{ 7 * 7 }}"


class Seen(HTMLParser):
    """Collects tags, attributes and texts, and checks that what is opened is closed."""

    VOID = frozenset({"meta", "link", "img", "source", "br", "wbr"})

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.texts, self.open = [], [], [], []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())

    def all(self, name):
        return [value for _, key, value in self.attributes if key == name]


UNFINISHED = {
    "nothing tried": lambda: replace(begun(), trials=()),
    "begun": begun,
    "no winner": lambda: replace(study(), winner=None, refit=None, confirmed={}),
    "no refit": lambda: replace(study(), refit=None),
    "no baselines": lambda: replace(study(), baselines={}),
    "no question": lambda: replace(study(), question={}),
    "all failed": lambda: replace(
        begun(), trials=tuple(trial(n, "failed") for n in range(3)), baselines={}
    ),
    "one trial": lambda: study(1),
    "one seed": lambda: replace(
        study(), seeds=1, trials=(replace(trial(0), score=Score((3.0,))),), winner=None
    ),
    "to be large": lambda: replace(study(), metric=METRICS["r2"]),
    "no unit": lambda: replace(study(), data=replace(DATA, unit="")),
    "several steps": lambda: study(horizon=4),
    "covariates": lambda: replace(study(), data=replace(DATA, covariates=("rain", "wind"))),
}


@functools.cache
def finished():
    return render(study())


@pytest.fixture
def one_size(monkeypatch):
    """Draw each picture once only, which saves half of the time."""
    monkeypatch.setattr(
        "autolstm.report.page.data_uri",
        lambda view, shape: data_uri(view, shape) if shape is WIDE else "data:,",
    )


@pytest.fixture
def no_pictures(monkeypatch):
    """Draw nothing, where the text alone is looked at."""
    monkeypatch.setattr("autolstm.report.page.data_uri", lambda view, shape: "data:,")


DRAWN = {"one trial", "one seed", "to be large", "several steps", "no baselines"}
"""Studies whose pictures differ from those of the finished one."""


@pytest.mark.parametrize("name", UNFINISHED)
def test_every_study_has_a_whole_page(name, request):
    request.getfixturevalue("one_size" if name in DRAWN else "no_pictures")
    seen = Seen(render(UNFINISHED[name]()))
    assert seen.tags.count("section") == 9
    ids = seen.all("id")
    assert len(ids) == len(set(ids))
    assert all(
        link[1:] in ids for tag, key, link in seen.attributes if (tag, key) == ("a", "href")
    )
    assert {value for value in seen.all("aria-labelledby")} <= set(ids)
    assert "None" not in re.sub("None is best so far", "", seen.text)
    assert "nan" not in seen.text.split()
    assert all(alt for alt in seen.all("alt"))


def test_the_finished_page_shows_it_all():
    seen = Seen(finished())
    assert "The model beats the best baseline (seasonal naive)" in seen.text
    assert "rmse is the root mean squared error, in thousand passengers; lower is better." in (
        seen.text
    )
    assert seen.tags.count("figure") == seen.tags.count("figcaption") == 4
    assert seen.tags.count("source") == seen.tags.count("img") == 4
    assert ("html", "lang", "en") in seen.attributes
    assert "15 (winner)" in seen.texts
    assert seen.all("class").count("verdict good") == 1


@pytest.mark.usefixtures("no_pictures")
def test_a_model_that_is_no_better_is_said_so_in_plain_words():
    held = replace(study(), baselines={"test": {"drift": 5.0}})
    seen = Seen(render(held))
    assert "The model is worse than the best baseline (drift)" in seen.text
    assert "no skill over naive (drift): 18.00 thousand passengers against 5.000" in seen.text
    assert "Prefer drift." in seen.text
    assert "verdict bad" in seen.all("class")


def test_the_sentences_of_an_unfinished_study():
    text = Seen(render(begun())).text
    assert "No trial is complete yet, so there is no score." in text
    assert "Importance needs at least 10 complete trials; there are 0 so far." in text
    assert "1 running or cut off" in text


def test_the_page_reaches_for_nothing():
    page = finished()
    seen = Seen(page)
    assert "script" not in seen.tags
    sources = seen.all("src") + seen.all("srcset")
    assert len(sources) == 8
    assert all(one.startswith("data:image/svg+xml;base64,") for one in sources)
    assert {link for link in seen.all("href") if not link.startswith("#")} == {"data:,"}
    assert "http://" not in page
    assert "https://" not in page
    assert "url(" not in page
    assert "@import" not in page
    (policy,) = [one for one in seen.all("content") if "default-src" in one]
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert "unsafe" not in policy
    assert not seen.all("style")


@pytest.mark.usefixtures("one_size")
def test_text_from_data_stays_text():
    named = replace(
        DATA, name=HOSTILE, target=HOSTILE, unit=HOSTILE, source=HOSTILE, covariates=(HOSTILE,),
        notes=(HOSTILE,),
    )  # fmt: skip
    lost = replace(trial(2, "failed"), reason=HOSTILE)
    odd = replace(trial(3), params={HOSTILE: HOSTILE}, reason=HOSTILE)
    held = study()
    held = replace(
        held,
        name=HOSTILE,
        data=named,
        trials=(*held.trials[:2], lost, odd, *held.trials[4:]),
        baselines={part: {HOSTILE: 4.0} for part in ("validation", "test")},
        refit=replace(held.refit, path=HOSTILE),
        question={**held.question, "engine": HOSTILE, "space.training.optimizer": [HOSTILE]},
    )
    seen = Seen(render(held))
    assert "script" not in seen.tags
    assert seen.text.count(HOSTILE) > 10
    assert "49" not in seen.text.split()


NAMES = (
    *(
        "<script>alert(1)</script>",
        "a&b",
        "\"q\" 's'",
        "[red]x[/red]",
        "two\n lines",
        "bell\a\x1b[31m",
    ),
    *("x" * 300, "😀", "{{ 7 * 7 }}", "$\\alpha_{1$", "%s", "&lt;b&gt;"),
)


@pytest.mark.usefixtures("one_size")
@pytest.mark.parametrize("target", [NAMES[0], NAMES[4], NAMES[5]], ids=["tag", "lines", "bell"])
def test_names_of_columns_go_from_the_table_to_the_page(tmp_path, target):
    columns = {name: np.arange(40) % 7 + at for at, name in enumerate((target, *NAMES))}
    path = tmp_path / "shop.csv"
    pd.DataFrame({"day": pd.date_range("2024-01-01", periods=40), **columns}).to_csv(
        path, index=False
    )
    data = load(path, target=target.replace("\n ", " "))
    facts = replace(
        DATA, target=data.target, covariates=data.covariates, unit="", notes=data.notes
    )
    page = render(replace(study(), data=facts))
    seen = Seen(page)
    assert "script" not in seen.tags
    for name in NAMES:
        shown = name.replace("\n ", " ").replace("\a\x1b", "\ufffd\ufffd")
        assert shown in seen.text
    assert not {one for one in page if ord(one) < 32} - {"\n"}


@pytest.mark.usefixtures("one_size")
def test_hundreds_of_trials_make_a_page_of_bearable_size():
    page = render(study(400, confirmed={}))
    assert "the best 20 of 394" in page
    assert len(page) < 3_000_000


@pytest.mark.usefixtures("one_size")
def test_the_same_study_gives_the_same_page():
    assert render(study()) == render(study())


@pytest.mark.usefixtures("no_pictures")
def test_the_page_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "airline" / "report.html"
    assert write(begun(), path) == path
    before = path.read_text("utf-8")
    assert before == render(begun())

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(
        StorageError,
        match=r"report\.html cannot be written: No space left on device\. It takes a folder .* "
        r"Make room or give another --home, .* `autolstm report airline`\.",
    ):
        write(study(), path)
    assert path.read_text("utf-8") == before
    assert os.listdir(path.parent) == ["report.html"]


def test_a_page_is_written_over_the_last_one(tmp_path):
    path = tmp_path / "report.html"
    path.write_text("old", "utf-8")
    write(begun(), path)
    assert path.read_text("utf-8").endswith("</html>")
    assert os.listdir(tmp_path) == ["report.html"]


def test_a_folder_that_cannot_be_made(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("", "utf-8")
    with pytest.raises(StorageError, match=r"cannot be written: (File exists|Not a directory)\."):
        write(begun(), blocked / "report.html")


@pytest.mark.usefixtures("one_size")
def test_text_that_is_no_valid_unicode_is_still_written(tmp_path):
    broken = replace(study(), data=replace(DATA, target="a\ud800b"))
    page = write(broken, tmp_path / "report.html").read_text("utf-8")
    assert "a?b" in page


def test_a_report_needs_no_tensorflow_no_optuna_and_no_pyplot():
    code = (
        "import sys\n"
        "from report_samples import study\n"
        "from autolstm.report.page import render\n"
        "render(study())\n"
        "banned = ('tensorflow', 'keras', 'optuna', 'matplotlib.pyplot')\n"
        "held = [name for name in banned if name in sys.modules]\n"
        "assert not held, held\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=HERE, timeout=60)


@pytest.mark.usefixtures("no_pictures")
def test_a_lead_smaller_than_the_deviation_is_no_victory():
    held = study()
    level = held.refit.test.mean + held.refit.test.std / 2
    seen = Seen(render(replace(held, baselines={"test": {"drift": level}})))
    assert "cannot be told apart on the test part" in seen.text
    assert "The baseline costs next to nothing." in seen.text
    assert "verdict open" in seen.all("class")
