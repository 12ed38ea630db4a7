"""The state of a CMA-ES in a storage that somebody else writes to: nothing in it is run."""

import os
import pickle

import optuna
import pytest

from autolstm.errors import StorageError
from autolstm.study.cmaes import Cmaes

pytest.importorskip("cmaes", reason="pip install 'autolstm[cmaes]'")


class Harm:
    def __reduce__(self):
        return (os.mkdir, ("harmed",))


def asked(trial):
    return trial.suggest_float("a", 0, 1) + trial.suggest_int("b", 0, 9)


def study(**options):
    made = optuna.create_study(sampler=Cmaes(["a", "b"], seed=1, **options))
    made.optimize(asked, n_trials=12)
    return made


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
@pytest.mark.parametrize("how", ["", "use_separable_cma", "with_margin", "lr_adapt"])
def test_its_own_state_is_read_as_optuna_reads_it(how):
    options = {how: True} if how else {}
    theirs = optuna.create_study(sampler=optuna.samplers.CmaEsSampler(seed=1, **options))
    theirs.optimize(asked, n_trials=12)
    assert [one.params for one in study(**options).trials] == [one.params for one in theirs.trials]


@pytest.mark.parametrize(
    ("content", "place", "says"),
    [
        (pickle.dumps(Harm()), 0, r"names \w+\.mkdir"),
        (b"cbuiltins\neval\n.", 0, r"names builtins\.eval"),
        (b"cnumpy\nload\n.", 0, r"names numpy\.load"),
        (b"", 0, "Ran out of input"),
        (b"", 7, "optimizer:0"),
    ],
    ids=range(5),
)
def test_another_state_is_refused(content, place, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = study()
    trials = made.get_trials(deepcopy=True)
    trials[-1].system_attrs = {f"{made.sampler._attr_key_optimizer}:{place}": content.hex()}
    with pytest.raises(StorageError, match=rf"trial 11 that autolstm has not written \(.*{says}"):
        made.sampler._restore_optimizer(trials)
    assert not (tmp_path / "harmed").exists()
