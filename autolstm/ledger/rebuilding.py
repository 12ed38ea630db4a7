"""Rows that were saved from a damaged database -> a sound one, without what is not whole.

A trial whose value, settings, scores or parameters may be lost is kept as failed, so that no
search and no report trusts it; a number whose trial is lost is filled, because trials are found
by their numbers. A study is lost when its own attributes are.
"""

import json
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from autolstm.ledger.record import StudyKey
from autolstm.ledger.salvage import Rows

__all__ = ["LOST", "TABLES", "rebuild"]

LOST = "lost: the database was damaged"
"""Reason of a trial that could not be saved whole."""

TABLES = (
    *("studies", "study_directions", "study_user_attributes", "study_system_attributes"),
    *("trials", "trial_params", "trial_values", "trial_intermediate_values"),
    *("trial_user_attributes", "trial_system_attributes"),
)
STATES = ("RUNNING", "COMPLETE", "PRUNED", "FAIL", "WAITING")
NEEDED = (StudyKey.schema, StudyKey.question, StudyKey.data, StudyKey.baselines)


def rebuild(saved: Mapping[str, Rows], fresh: Path) -> dict[str, tuple[int, int]]:
    """Write what was saved into a fresh database with the tables of Optuna.

    Returns:
        By study: its trials, and how many of them could not be saved whole.
    """
    rows = {name: _readable(name, saved[name]) for name in TABLES}
    studies = _studies(rows)
    kept = {one["study_id"]: one["study_name"] for one in studies}
    trials, broken = _trials(rows, saved, kept)
    known = {one["trial_id"] for one in trials}
    written: dict[str, list[dict[str, Any]]] = {"studies": studies, "trials": trials}
    for name in TABLES:
        of, belongs = ("study_id", kept) if name.startswith("study_") else ("trial_id", known)
        written.setdefault(name, [one for one in rows[name] if one.get(of) in belongs])
    written["trial_values"] = [r for r in written["trial_values"] if r["trial_id"] not in broken]
    written["trial_user_attributes"] = [
        *(
            row
            for row in written["trial_user_attributes"]
            if row["trial_id"] not in broken or row["key"] != "reason"
        ),
        *(_reason(number) for number in broken),
    ]
    _write(written, fresh)
    return {
        name: (
            sum(one["study_id"] == number for one in trials),
            sum(one["study_id"] == number and one["trial_id"] in broken for one in trials),
        )
        for number, name in kept.items()
    }


def _reason(trial: int) -> dict[str, Any]:
    return {"trial_id": trial, "key": "reason", "value_json": json.dumps(LOST)}


def _readable(name: str, rows: Rows) -> list[dict[str, Any]]:
    """Return the rows whose contents are what they should be, each key once."""
    checks: dict[str, Callable[[Any], bool]] = {
        "value_json": _is_json,
        "distribution_json": _is_json,
        "study_name": lambda value: isinstance(value, str) and "\ufffd" not in value,
        "state": lambda value: value in STATES,
        "number": lambda value: isinstance(value, int) and 0 <= value < 10**7,
        "trial_id": lambda value: isinstance(value, int),
        "study_id": lambda value: isinstance(value, int),
    }
    found: dict[Any, dict[str, Any]] = {}
    for number, row in enumerate(rows.found):
        if all(check(row[column]) for column, check in checks.items() if column in row):
            unique = (row.get("study_id"), row.get("trial_id"), row.get("key"), row.get("step"))
            found[unique if "key" in row or "step" in row else number] = row
    return list(found.values())


def _is_json(text: Any) -> bool:
    try:
        json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def _studies(rows: Mapping[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return the studies that have a name, a direction, and what a study of ours needs."""
    keys: dict[int, set[str]] = {}
    for one in rows["study_user_attributes"]:
        keys.setdefault(one["study_id"], set()).add(one["key"])
    directed = {one["study_id"] for one in rows["study_directions"]}
    return [
        one
        for one in rows["studies"]
        if one["study_id"] in directed and keys.get(one["study_id"], set()).issuperset(NEEDED)
    ]


def _trials(
    rows: Mapping[str, list[dict[str, Any]]], saved: Mapping[str, Rows], kept: Mapping[int, str]
) -> tuple[list[dict[str, Any]], set[int]]:
    """Return the trials of the kept studies, without a gap, and which of them are not whole."""
    trials = [one for one in rows["trials"] if one["study_id"] in kept]
    valued = {one["trial_id"] for one in rows["trial_values"]}
    told: dict[int, set[str]] = {}
    for one in rows["trial_user_attributes"]:
        told.setdefault(one["trial_id"], set()).add(one["key"])
    suspect = _beside(saved["trial_params"])
    broken = set()
    for one in trials:
        number, state = one["trial_id"], one["state"]
        whole = state != "COMPLETE" or (
            number in valued and told.get(number, set()) >= {"settings", "scores"}
        )
        if state in ("COMPLETE", "PRUNED") and (not whole or suspect(number)):
            one["state"] = "FAIL"
            one["datetime_complete"] = one["datetime_complete"] or one["datetime_start"]
            broken.add(number)
    filled = _filled(trials)
    return [*trials, *filled], broken | {one["trial_id"] for one in filled}


def _beside(rows: Rows) -> Callable[[int], bool]:
    """Return what tells whether rows of a trial may be among those that were lost.

    Rows of a trial are written one after the other, so they are between those around a gap.
    """
    ends = [
        (before["trial_id"] if before else 0, after["trial_id"] if after else 2**62)
        for before, after in rows.gaps
    ]
    return lambda trial: any(low <= trial <= high for low, high in ends)


def _filled(trials: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return failed trials in place of those that are missing between others of their study."""
    free = max((one["trial_id"] for one in trials), default=0) + 1
    filled: list[dict[str, Any]] = []
    for study in {one["study_id"] for one in trials}:
        mine = {one["number"]: one for one in trials if one["study_id"] == study}
        for number in range(max(mine)):
            if number not in mine:
                # When it was is not known; its neighbour says about when.
                near = mine[min(mine, key=lambda other: abs(other - number))]
                when = near["datetime_start"] or near["datetime_complete"]
                times = dict.fromkeys(("datetime_start", "datetime_complete"), when)
                row = {"trial_id": free, "number": number, "study_id": study, "state": "FAIL"}
                filled.append(row | times)
                free += 1
    return filled


def _write(rows: Mapping[str, list[dict[str, Any]]], fresh: Path) -> None:
    with closing(sqlite3.connect(fresh)) as connection, connection:
        for name in TABLES:
            for one in rows[name]:
                columns = ", ".join(f'"{column}"' for column in one)
                marks = ", ".join("?" for _ in one)
                connection.execute(
                    f"INSERT OR IGNORE INTO {name} ({columns}) VALUES ({marks})",
                    list(one.values()),
                )
