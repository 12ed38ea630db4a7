"""What is written in the ledger, and that it comes back as it went."""

import json

import optuna
import pytest
from fakes import FACTS

from autolstm.ledger.record import (
    StudyKey,
    TrialRecord,
    add_seconds,
    data_from_json,
    data_to_json,
    refit_from_json,
    refit_to_json,
)
from autolstm.ledger.results import Forecasts, Refit
from autolstm.ledger.storage import quiet
from autolstm.outcome import Score


def refit(trial=3):
    points = Forecasts(
        times=("2020-01", "2020-02"),
        actual=(1.0, 2.0),
        seeds=((1.1, 2.1), (0.9, 1.9)),
        baselines={"persistence": (0.0, 1.0)},
    )
    return Refit(trial, 7, Score((0.1, 0.2)), 0.05, {"drift": 0.2}, 12, points, "model")


def test_facts_come_back_through_json():
    assert data_from_json(json.loads(json.dumps(data_to_json(FACTS)))) == FACTS


def test_a_refit_comes_back_through_json():
    assert refit_from_json(json.loads(json.dumps(refit_to_json(refit())))) == refit()


def test_a_record_leaves_out_what_is_not_known():
    record = TrialRecord(settings={"training.epochs": 3}, seeds=[1, 2], engine="reference")
    assert record.attributes() == {
        "settings": {"training.epochs": 3},
        "seeds": [1, 2],
        "engine": "reference",
        "default": False,
        "parameters": 0,
        "reason": "",
    }
    record.scores = [0.5, 0.25]
    assert record.attributes()["scores"] == [0.5, 0.25]


def test_seconds_of_all_runs_add_up():
    with quiet():
        study = optuna.create_study()
    add_seconds(study, 1.5)
    add_seconds(study, 0.25)
    assert study.user_attrs[StudyKey.seconds] == pytest.approx(1.75)
