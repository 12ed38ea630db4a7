"""Studies on a server that is stopped, or whose connections break; the same for every server."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pytest
from fakes import SPACE, FakeEngine, Heard, install, opened, question
from optuna.trial import TrialState

from autolstm.experiment import ask
from autolstm.ledger.storage import open_storage
from autolstm.study import manager
from autolstm.study.progress import Notice
from autolstm.study.retry import WORKER

ONE_KNOB = {
    "preparation.window": 4,
    "architecture.units": 8,
    "training.optimizer": "adam",
    "training.batch_size": 8,
}
"""Leaves the learning rate: every number is written by itself, and there are 200 trials."""

WORKING = """
import json, sys, time
from pathlib import Path
from fakes import FakeEngine, Silent, opened, question
from autolstm.experiment import Choice
from autolstm.ledger import reconnecting
from autolstm.ledger.storage import open_storage, quiet
from autolstm.study.begin import seated
from autolstm.study.objective import Objective
from autolstm.study.presence import present
from autolstm.study.search import Budget, search

class Short(Objective):
    def __call__(self, trial):
        trial.report(0.5, 1)
        trial.set_user_attr("scores", [0.5])
        return 0.5

folder, url, trials = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
reconnecting.FIRST_WAIT = 0.05
asked, sampler = question(space=json.loads(sys.argv[4])), Choice(name="random")
with quiet(), present(folder) as who:
    study = opened(asked, open_storage(folder, url), sampler=sampler)
    seat = seated(study, folder, who, here_only=url.startswith("sqlite"))
    objective = Short(asked, FakeEngine(), Silent())
    print("ready", flush=True)
    sys.stdin.readline()
    print(search(study, objective, sampler, Budget(trials, None, time.monotonic(), 0), seat))
"""


def assert_sound(study: optuna.Study, trials: int) -> None:
    """Check that a study has exactly so many trials, and nothing lost or twice."""
    found = study.get_trials(deepcopy=False)
    assert [one.number for one in found] == list(range(len(found)))
    assert {one.state for one in found} <= {TrialState.COMPLETE, TrialState.PRUNED}
    assert len(found) == trials
    assert all(one.user_attrs[WORKER] for one in found)
    assert sum(bool(one.user_attrs.get("default")) for one in found) == 1


def outlived(
    server: Any, url: str, how: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> Heard:
    """Run a study while its server is stopped and comes back; return what was said of it."""
    heard, stopped = Heard(), []

    def before(epoch: int, seeds: Any) -> None:
        if epoch == 3 and len(engine.starts) == 3 and not stopped:
            server.stop(how)
            stopped.append(threading.Thread(target=lambda: (time.sleep(0.5), server.start())))
            stopped[0].start()

    engine = install(monkeypatch, FakeEngine(before=before))
    fields = {"source": "airline", "home": home, "storage": url, "seeds": 2}
    result = manager.run(ask({**fields, "trials": 6, "confirm": 1, "space": SPACE}), heard)
    stopped[0].join()
    assert_sound(result.study, 6)
    assert result.added == 6
    assert [one for one in heard.of(Notice) if "The storage does not answer" in one.text]
    result.study._storage._backend.engine.dispose()
    return heard


def shared_by_four(url: str, folder: Path, breaking: Callable[[], int] | None = None) -> None:
    """Let four processes fit 200 short trials; meanwhile connections break, where they can."""
    trials = 200
    study = opened(question(space=ONE_KNOB), open_storage(folder, url))
    command = [sys.executable, "-c", WORKING, str(folder / "tiny"), url, str(trials)]
    workers = [
        subprocess.Popen(
            [*command, json.dumps(ONE_KNOB)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parent,
        )
        for _ in range(4)
    ]
    assert [one.stdout.readline() for one in workers] == ["ready\n"] * 4
    for one in workers:
        one.stdin.write("go\n")
        one.stdin.flush()
    broken = 0
    while breaking and any(one.poll() is None for one in workers):
        time.sleep(1.0)
        broken += breaking()
    answers = [one.communicate() for one in workers]
    assert [one.returncode for one in workers] == [0] * 4, answers
    added = [int(out) for out, _ in answers]
    assert (sum(added), min(added) > 0) == (trials, True)
    assert_sound(study, trials)
    assert broken > 0 or not breaking
    study._storage._backend.engine.dispose()
