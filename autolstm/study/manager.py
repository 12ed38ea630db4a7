"""A study as a whole, in this process: load, pose, search, confirm, refit, report."""

from dataclasses import replace
from functools import partial

import optuna

from autolstm.experiment import Experiment
from autolstm.ledger.reading import read_results
from autolstm.study.builder import Builder
from autolstm.study.finish import finish
from autolstm.study.job import Job, begun, check_not_stopped, job_for, search_with
from autolstm.study.presence import finishing
from autolstm.study.progress import Checking, Phase, Watcher
from autolstm.study.result import Result
from autolstm.study.shelf import MODEL, REPORT

__all__ = ["run", "with_report"]


def run(
    experiment: Experiment, watcher: Watcher | None = None, build: Builder | None = None
) -> Result:
    """Run a study in this process, or go on with one that was begun, to its report.

    Other processes may work on it at the same time; they share the trials between them.

    Args:
        experiment: What is asked for.
        watcher: Told what happens; None for nobody.
        build: The user's own builder of networks, see `autolstm.study.builder`; None for none.

    Returns:
        What was found, with the report and the model written.

    Raises:
        DataError: The data cannot be used as they are.
        SettingError: A setting does not fit the data, the sampler or the pruner.
        QuestionChanged: The stored study of this name asks something else.
        StudyBusy: Another process is deleting it.
        StorageError: Storage, folder or model cannot be read or written.
        StudyFailed: No trial could be finished.
        StudyStopped: `autolstm stop` ended it.
    """
    job = job_for(experiment, watcher, build)
    with begun(job) as (study, seat):
        added = search_with(job, study, seat)
        check_not_stopped(study, seat)
        check = partial(check_not_stopped, study, seat)
        with finishing(job.folder, check):
            finish(replace(job, watcher=Checking(job.watcher, check)), study)
        return with_report(job, study, added)


def with_report(job: Job, study: optuna.Study, added: int) -> Result:
    """Read what was found, and write the report."""
    results = read_results(study, job.experiment.home)
    job.watcher.see(Phase("report"))
    # Drawing needs matplotlib, which is slow to load.
    from autolstm.report.page import write

    report = write(results, job.folder / REPORT)
    return Result(results, study, report, job.folder / MODEL, added, job.builder)
