"""Report and dashboard in a real Chromium: nothing cut, nothing asked of a network, no errors."""

import os
import re
import shutil
import threading
from dataclasses import replace

import optuna
import pytest
from report_samples import DATA, begun, study

from autolstm.ledger.storage import open_storage, quiet
from autolstm.report.dashboard import make
from autolstm.report.page import write

NAMES = ("chromium", "chromium-browser", "google-chrome")

OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

LONG = "a_name_as_long_as_nobody_should_give_but_somebody_always_does_" * 3


@pytest.fixture(scope="module")
def chromium():
    """A running Chromium."""
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    if found is None:
        if os.environ.get("AUTOLSTM_BROWSER") == "required":
            pytest.fail(f"AUTOLSTM_BROWSER=required, but there is none of {', '.join(NAMES)}.")
        pytest.skip(f"There is no Chromium here: none of {', '.join(NAMES)} was found.")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium):
    """An empty page that collects complaints and requests."""
    context = chromium.new_context()
    made = context.new_page()
    made.complaints, made.requests = [], []
    made.on("console", lambda said: made.complaints.append(said.text))
    made.on("pageerror", lambda error: made.complaints.append(str(error)))
    made.on("requestfailed", lambda request: made.complaints.append(request.url[:80]))
    made.on("request", lambda request: made.requests.append(request.url))
    yield made
    context.close()


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """The files of three studies: finished, begun, and with very long names."""
    folder = tmp_path_factory.mktemp("reports")
    stretched = replace(
        study(), name=LONG, data=replace(DATA, name=LONG, target=LONG, unit=LONG, notes=(LONG,))
    )
    made = {"finished": study(), "begun": begun(), "long names": stretched}
    return {name: write(one, folder / f"{name}.html") for name, one in made.items()}


def fits(tab):
    """Whether nothing sticks out of the page sideways."""
    return tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [
        ("finished", 1280, "light"),
        ("finished", 360, "dark"),
        ("long names", 1280, "dark"),
        ("long names", 360, "light"),
        ("begun", 360, "light"),
    ],
)
def test_the_report(tab, reports, name, width, scheme):
    tab.set_viewport_size({"width": width, "height": 800})
    tab.emulate_media(color_scheme=scheme)
    tab.goto(reports[name].as_uri())
    assert fits(tab)
    images = tab.locator("figure img")
    assert images.count() == (0 if name == "begun" else 4)
    for image in images.all():
        image.scroll_into_view_if_needed()
        assert image.is_visible()
        assert image.evaluate("one => one.complete && one.naturalWidth > 0")
        box = image.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["height"] > 150
    for heading in tab.locator("h1, h2").all():
        assert heading.is_visible()
    assert tab.complaints == []
    assert [url for url in tab.requests if not url.startswith("data:")] == [reports[name].as_uri()]


def test_a_phone_gets_pictures_of_its_own(tab, reports):
    sources = []
    for width in (1280, 360):
        tab.set_viewport_size({"width": width, "height": 800})
        tab.goto(reports["finished"].as_uri())
        sources.append(tab.locator("#history img").evaluate("one => one.currentSrc"))
    assert sources[0] != sources[1]


def test_wide_tables_scroll_in_their_own_box(tab, reports):
    tab.set_viewport_size({"width": 360, "height": 800})
    tab.goto(reports["finished"].as_uri())
    for box in tab.locator("section > .scroll, .sep > .scroll").all():
        inside, outside = box.evaluate("one => [one.scrollWidth, one.clientWidth]")
        assert inside > outside
        # The names of the rows stay in sight.
        box.evaluate("one => one.scrollTo(one.scrollWidth, 0)")
        name = box.locator("tbody th").first
        assert name.bounding_box()["x"] >= box.bounding_box()["x"]
    assert fits(tab)


def test_trials_without_a_score_unfold(tab, reports):
    tab.goto(reports["finished"].as_uri())
    table = tab.locator("details table")
    assert not table.is_visible()
    tab.locator("details summary").click()
    assert table.is_visible()
    assert "3.1 GiB asked for" in table.inner_text()


def test_every_section_is_reached_from_the_top(tab, reports):
    tab.goto(reports["finished"].as_uri())
    links = tab.locator("nav a").all()
    assert len(links) == 9
    for link in links:
        link.click()
        target = link.get_attribute("href")
        assert tab.evaluate("location.hash") == target
        assert tab.locator(target).is_visible()
    assert tab.complaints == []


def test_printing_cuts_nothing(tab, reports):
    tab.goto(reports["finished"].as_uri())
    tab.emulate_media(media="print")
    # A4 with margins in CSS pixels: across for the table of trials, upright for all else.
    for width, sections in ((1010, "#trials"), (680, "section:not(#trials)")):
        tab.set_viewport_size({"width": width, "height": 1000})
        for section in tab.locator(sections).all():
            assert section.evaluate("one => one.scrollWidth <= one.clientWidth")
    assert not tab.locator("nav").is_visible()
    assert tab.locator("figure img").first.is_visible()


@pytest.mark.parametrize("read_only", [False, True])
def test_the_dashboard(tab, tmp_path, read_only):
    storage = open_storage(tmp_path)
    with quiet():
        held = optuna.create_study(storage=storage, study_name="airline passengers")
    held.optimize(lambda trial: trial.suggest_float("units", 0, 1), n_trials=3)
    server = make(storage, port=0, study_name="airline passengers", read_only=read_only)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    errors = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    try:
        tab.goto(server.url)
        tab.get_by_text("airline passengers").first.wait_for(timeout=20_000)
        # A plot is drawn, whatever the policy forbids.
        tab.locator(".js-plotly-plot .main-svg").first.wait_for(timeout=20_000)
        refused = [one for one in tab.complaints if "Content Security Policy" in one]
        assert errors == refused == []
        answer = tab.evaluate(
            "fetch('/api/studies/1', {method: 'DELETE'}).then(one => one.status)"
        )
        assert answer == (403 if read_only else 204)
        assert len(storage.get_all_studies()) == read_only
        base = re.match(r"http://127\.0\.0\.1:\d+/", server.url)[0]
        assert all(url.startswith((base, "data:", "blob:")) for url in tab.requests)
    finally:
        tab.goto("about:blank")
        server.shutdown()
        thread.join(timeout=10)
        storage.engine.dispose()
    assert not thread.is_alive()
