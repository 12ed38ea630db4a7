"""`Results` -> one HTML page that needs nothing else: no network, no script, no other file."""

import base64
import hashlib
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from autolstm import private
from autolstm.errors import StorageError
from autolstm.ledger.results import Results
from autolstm.report import findings, tables, views
from autolstm.report.drawing import NARROW, WIDE
from autolstm.report.figures import data_uri
from autolstm.report.verdict import judge
from autolstm.report.views import Absent, View, method
from autolstm.report.words import words

__all__ = ["render", "write"]

CONTROL = {code: "\ufffd" for code in (*range(32), 127) if chr(code) not in "\t\n\r"}
"""Characters that no page may hold, as a column's name may."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure as the page needs it, or the reason why there is none.

    Attributes:
        reason: Why there is no figure; empty where there is one.
        wide: Source of the image for a desk.
        narrow: Source of the image for a phone.
        alt: What is drawn.
        caption: What to look at.
    """

    reason: str = ""
    wide: str = ""
    narrow: str = ""
    alt: str = ""
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Varied:
    """What a study of one knob shows.

    Attributes:
        title: Heading of its pictures.
        shown: Tables by a name for their captions.
        pictures: In their order.
        compared: Cells compared; None where nothing can be said.
        beaten: Baselines compared with the best cell.
        costs: What the cells cost.
    """

    title: str
    shown: tuple[tuple[str, tables.Table], ...]
    pictures: tuple[Picture, ...]
    compared: tables.Table | None
    beaten: tables.Table | None
    costs: tables.Table | None


def render(results: Results) -> str:
    """Return the page of a study, finished or not.

    The same results give the same page, letter by letter.
    """
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    style, verdict = _text("page.css"), judge(results)
    page = environment.from_string(_text("page.html.j2")).render(
        heading=findings.heading(results),
        # Our own file, so nothing in it is to be escaped; its digest is what the page permits.
        style=Markup(style),
        digest=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        title=words(results).title,
        standing=verdict.standing,
        verdict=verdict.text,
        facts=_grouped(findings.facts(results)),
        metric=findings.metric_sentence(results),
        varied=_varied(results),
        told=_picture(views.told(results)),
        by_class=tables.by_class(results),
        by_step=_by_step(results),
        by_series=tables.by_series(results),
        history=_picture(views.history(results)),
        curves=_picture(views.curves(results)),
        importance=_picture(views.importance(results)),
        best=tables.best_trials(results),
        lost=tables.lost_trials(results),
        baselines=tables.baselines(results),
        data=tables.data(results),
        settings=tables.settings(results),
        steps=method(results),
        version=version("autolstm"),
    )
    return page.translate(CONTROL)


def write(results: Results, path: Path) -> Path:
    """Write the page of a study; whoever reads the file meanwhile sees the old or the new one.

    Args:
        results: The study.
        path: File to write; its folder is made where there is none.

    Returns:
        The path.

    Raises:
        StorageError: The file cannot be written.
    """
    page = render(results).encode("utf-8", errors="replace")
    try:
        private.make_folder(path.parent)
        private.write(path, page)
    except OSError as error:
        raise StorageError(
            f"The report {path} cannot be written: {error.strerror or error}. It takes a folder "
            f"that can be written, on a disk with room. Make room or give another --home, then "
            f"write it again with `autolstm report {results.name}`."
        ) from None
    return path


def _text(name: str) -> str:
    return files("autolstm.report").joinpath(name).read_text("utf-8")


def _varied(results: Results) -> Varied | None:
    """Return what the page of a study of one knob shows in place of search and test."""
    if results.kind == "tune":
        return None
    return Varied(
        title={"grid": "Cells", "sensitivity": "Settings", "repeats": "Repeats"}[results.kind],
        shown=tuple(
            (name, made)
            for name, made in (
                ("effects", tables.effects(results) if results.kind == "sensitivity" else None),
                ("repeated", tables.repeated(results) if results.kind == "repeats" else None),
                ("described", tables.described(results)),
            )
            if made
        ),
        pictures=tuple(map(_picture, views.varied(results))),
        compared=tables.compared(results),
        beaten=tables.beaten(results),
        costs=tables.costs(results),
    )


def _by_step(results: Results) -> Picture | None:
    view = views.steps(results)
    return _picture(view) if view else None


def _grouped(facts: list[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """Put texts without a label of their own under the one before."""
    grouped: list[tuple[str, list[str]]] = []
    for label, text in facts:
        if label or not grouped:
            grouped.append((label, [text]))
        else:
            grouped[-1][1].append(text)
    return grouped


def _picture(view: View | Absent) -> Picture:
    if isinstance(view, Absent):
        return Picture(reason=view.reason)
    return Picture(
        wide=data_uri(view, WIDE),
        narrow=data_uri(view, NARROW),
        alt=view.alt,
        caption=view.caption,
    )
