"""A study as a whole, its trials fitted by workers that this process watches."""

import optuna

from autolstm.experiment import Experiment
from autolstm.processor import cores
from autolstm.study.begin import Seat
from autolstm.study.builder import Builder
from autolstm.study.finish import is_finished
from autolstm.study.job import Job, begun, check_not_stopped, job_for
from autolstm.study.manager import with_report
from autolstm.study.progress import Watcher
from autolstm.study.result import Result
from autolstm.study.search import finished
from autolstm.workers.cluster import Cluster
from autolstm.workers.crew import Crew
from autolstm.workers.scheduler import check_shared, connected
from autolstm.workers.team import team_for

__all__ = ["run"]


def run(
    experiment: Experiment, watcher: Watcher | None = None, build: Builder | None = None
) -> Result:
    """Run a study as `autolstm.study.manager.run` does, its fits in processes of their own.

    A worker that dies, hangs or grows too large is replaced, and what it was fitting is fitted
    again.

    Raises:
        StudyFailed: No trial could be finished, or workers die one after another.
        InputError: As there.
        StudyStopped: As there.
    """
    if experiment.dask:
        check_shared(experiment)
    job = job_for(experiment, watcher, build)
    with begun(job) as (study, seat):
        left = job.wanted - len(finished(study))
        added = 0
        # Of a cluster's trials nothing is left to do here but the last steps.
        room = 1 if experiment.dask else max(1, left)
        team = team_for(experiment, room, cores=cores())
        with Crew(job, study, seat.stop, team) as crew:
            if left > 0 and experiment.dask:
                added = _on_cluster(job, study, seat)
            elif left > 0:
                added = crew.search()
            check_not_stopped(study, seat)
            if not is_finished(job, study):
                crew.finish()
        return with_report(job, study, added)


def _on_cluster(job: Job, study: optuna.Study, seat: Seat) -> int:
    """Let a Dask cluster fit the trials; return how many it has finished."""
    asked = job.experiment
    most = asked.workers if isinstance(asked.workers, int) else None
    with connected(asked.dask or "") as client:
        return Cluster(job, study, seat, client, most).search()
