"""Opening a study: one process, one question, no zombies."""

import optuna
import pytest
from fakes import FACTS, SPACE, opened, question, series
from filelock import FileLock
from optuna.trial import create_trial

from autolstm.errors import QuestionChanged, StorageError
from autolstm.ledger.record import SCHEMA, StudyKey, data_from_json
from autolstm.ledger.storage import default_path, open_storage, quiet
from autolstm.question import Question

# The same question ------------------------------------------------------------------------------


def test_a_study_keeps_its_question_its_facts_and_its_baselines():
    asked = question()
    kept = opened(asked).user_attrs
    assert kept[StudyKey.question] == asked.flat()
    assert data_from_json(kept[StudyKey.data]) == FACTS
    assert kept[StudyKey.baselines]["test"] == asked.baseline_scores()["test"]
    assert kept[StudyKey.schema] == SCHEMA


def test_nobody_waits_while_baselines_are_measured(tmp_path, monkeypatch):
    measure, free = Question.baseline_scores, []

    def measured(asked):
        with FileLock(f"{default_path(tmp_path)}.turn", timeout=0):
            free.append(True)
        return measure(asked)

    monkeypatch.setattr(Question, "baseline_scores", measured)
    for _ in range(2):
        opened(question(), open_storage(tmp_path))
    assert free == [True]  # and once: what is known is not measured again


def test_the_same_question_goes_on():
    storage = optuna.storages.InMemoryStorage()
    first = opened(question(), storage)
    first.add_trial(create_trial(value=1.0))
    assert len(opened(question(), storage).trials) == 1


CHANGES = {
    "horizon": ({"horizon": 2}, "horizon: 1 -> 2"),
    "metric": ({"metric": "mae"}, 'metric: "rmse" -> "mae"'),
    "direction": ({"metric": "r2"}, 'metric: "rmse" -> "r2"'),
    "seeds": ({"seeds": 4}, "seeds: 3 -> 4"),
    "seed": ({"seed": 1}, "seed: 0 -> 1"),
    "split": ({"split": {"validation": 9, "test": 8}}, "split.validation: 8 -> 9"),
    "space": (
        {"space": {**SPACE, "architecture.units": 16}},
        r"space.architecture.units: \[8, 16, 32, 64\] -> 16",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_asked_otherwise_is_refused_with_old_and_new(change):
    storage = optuna.storages.InMemoryStorage()
    opened(question(), storage)
    fields, said = CHANGES[change]
    with pytest.raises(QuestionChanged, match=said) as refused:
        opened(question(**fields), storage)
    message = str(refused.value)
    assert message.startswith("The study 'tiny' was asked something else, and its trials cannot")
    assert message.endswith(
        "Give this one another --name, or remove the stored one with `autolstm delete tiny`."
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"values": series().values + 1}, r"data \(times, values or columns\): \""),
        ({"season": 12}, "season: 4 -> 12"),
    ],
)
def test_other_data_are_refused(change, said, monkeypatch):
    from dataclasses import replace

    storage = optuna.storages.InMemoryStorage()
    opened(question(), storage)
    changed = replace(series(), **change)
    monkeypatch.setattr("fakes.series", lambda: changed)
    with pytest.raises(QuestionChanged, match=said):
        opened(question(), storage)


def test_a_study_that_knows_fewer_knobs_goes_on():
    """Stored before a knob was there, when its default was all there was."""
    storage = optuna.storages.InMemoryStorage()
    study = opened(question(), storage)
    older = {k: v for k, v in question().flat().items() if k != "space.preparation.trend"}
    study.set_user_attr(StudyKey.question, older)
    opened(question(), storage)
    with pytest.raises(QuestionChanged, match=r'trend: \(not known\) -> "linear"'):
        opened(question(space={"preparation.trend": "linear"}), storage)


def test_many_changes_are_counted_and_unknown_ones_said():
    storage = optuna.storages.InMemoryStorage()
    study = opened(question(), storage)
    stored = {f"knob {number}": number for number in range(9)}
    study.set_user_attr(StudyKey.question, {**stored, **question().flat()})
    with pytest.raises(QuestionChanged, match=r"knob 0: 0 -> \(not known\)\n(.*\n)*  and 1 more"):
        opened(question(), storage)


# Studies of others ------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["trials", "attributes", "direction"])
def test_a_study_of_another_program_is_refused(what):
    storage = optuna.storages.InMemoryStorage()
    direction = "maximize" if what == "direction" else "minimize"
    with quiet():
        theirs = optuna.create_study(storage=storage, study_name="tiny", direction=direction)
    if what == "trials":
        theirs.add_trial(create_trial(value=1.0))
    if what == "attributes":
        theirs.set_user_attr("theirs", 1)
    before = theirs.user_attrs
    with pytest.raises(StorageError, match="study 'tiny' was not made by autolstm. Give another"):
        opened(question(), storage)
    assert theirs.user_attrs == before


def test_a_study_of_a_newer_version_is_refused():
    storage = optuna.storages.InMemoryStorage()
    opened(question(), storage).set_user_attr(StudyKey.schema, SCHEMA + 1)
    with pytest.raises(StorageError, match=r"which is newer than this one \(.*\)\. Upgrade with"):
        opened(question(), storage)


def test_a_study_that_was_cut_off_while_it_was_made_is_made_again():
    storage = optuna.storages.InMemoryStorage()
    with quiet():
        half = optuna.create_study(storage=storage, study_name="tiny", direction="minimize")
    half.set_user_attr(StudyKey.question, {"metric": "another"})
    assert opened(question(), storage).user_attrs[StudyKey.question] == question().flat()
