"""What a run leaves in the hands of whoever asked for it, also as a document."""

import json

import pytest
from fakes import SPACE, FakeEngine, install

from autolstm.errors import ModelFileError
from autolstm.experiment import ask
from autolstm.ledger.reading import read_results
from autolstm.study import manager
from autolstm.study.document import document


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    fields = {"source": "airline", "home": home, "seeds": 2, "confirm": 1, "space": SPACE}
    with pytest.MonkeyPatch.context() as patch:
        install(patch, FakeEngine())
        return manager.run(ask({**fields, "trials": 3}))


def test_a_document_holds_what_a_program_needs(result):
    told = result.document()
    assert json.loads(json.dumps(told)) == told
    assert list(told) == [
        *("study", "task", "data", "target", "horizon", "folds", "seeds"),
        *("metric", "direction", "unit"),
        *("best", "confirmed", "test", "trials", "seconds", "programs", "trace_seconds"),
        *("report", "model", "added"),
    ]
    assert (told["study"], told["task"], told["metric"]) == ("airline", "forecasting", "rmse")
    assert (told["direction"], told["unit"]) == ("minimize", "thousand passengers")
    assert list(told["best"]) == ["number", "settings", "mean", "std", "scores"]
    assert told["best"]["number"] == result.best.number
    assert told["best"]["scores"] == list(result.best.score.values)
    assert told["confirmed"]["scores"] == list(result.confirmed.values)
    assert list(told["test"]) == [
        *(
            "mean",
            "std",
            "scores",
            "ensemble",
            "baselines",
            "best_baseline",
            "skill",
            "verdict",
            "naive_baseline",
            "skill_over_naive",
            "p_value",
            "p_value_naive",
            "windows",
        ),
    ]
    assert told["test"]["mean"] == result.test.mean
    assert told["test"]["baselines"] == result.baselines
    assert result.baselines[told["test"]["best_baseline"]] == min(result.baselines.values())
    assert told["test"]["skill"] == result.skill
    assert told["trials"] == {"complete": 3, "pruned": 0, "failed": 0}
    assert told["seconds"] > 0
    assert (told["programs"], told["trace_seconds"]) == (3, 0.75)
    assert told["report"] == str(result.report_path)
    assert told["model"] == str(result.model_path)
    assert told["added"] == 3


def test_what_is_not_known_yet_is_none(result, tmp_path):
    study = result.study
    kept = {key: study.user_attrs[key] for key in ("autolstm:confirmed", "autolstm:refit")}
    try:
        study.set_user_attr("autolstm:confirmed", {})
        study.set_user_attr("autolstm:refit", None)
        told = document(read_results(study, tmp_path))
    finally:
        for key, value in kept.items():
            study.set_user_attr(key, value)
    assert (told["confirmed"], told["test"], told["model"], told["report"]) == (None,) * 4
    assert told["best"]["number"] == study.best_trial.number


def test_a_result_says_itself_in_one_line(result):
    assert repr(result) == (
        f"<Result of study 'airline': test rmse {result.test.mean:.4g} ± {result.test.std:.2g} "
        f"thousand passengers, 3 trials>"
    )


def test_the_trials_are_a_table(result):
    table = result.trials
    assert table["state"].tolist() == ["complete"] * 3
    assert table["mean"].tolist() == [one.value for one in result.study.trials]


def test_the_model_is_loaded_when_it_is_asked_for(result):
    # The fake engine has saved no real one.
    with pytest.raises(ModelFileError):
        _ = result.model
