"""`Shelf`: the studies of a home, to be listed, read, reported, deleted. Nothing is trained."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from autolstm.errors import SettingError, StorageError, StudyBusy, StudyNotFound, guess
from autolstm.ledger import migration
from autolstm.ledger.migration import check_schema
from autolstm.ledger.places import study_folder
from autolstm.ledger.reading import read_results
from autolstm.ledger.record import StudyKey
from autolstm.ledger.results import Results
from autolstm.ledger.storage import exists, open_storage, quiet, sound, where
from autolstm.metrics import metric_named
from autolstm.outcome import Score
from autolstm.study.keeping import forget
from autolstm.study.lasting import remove
from autolstm.study.presence import BEGUN, FOLDER, alone, anybody, is_near
from autolstm.study.retry import WORKER

__all__ = ["LOGS", "MODEL", "REPORT", "Line", "Shelf"]

REPORT = "report.html"
MODEL = "model"
LOGS = "logs"
"""What the report, the model and what workers print are called in the folder of a study."""


@dataclass(frozen=True, slots=True)
class Line:
    """A study in one line.

    Attributes:
        name: Its name.
        complete: Complete trials.
        pruned: Pruned trials.
        failed: Failed trials.
        best: Best search score, None before the first complete trial.
        std: Deviation of that score over the seeds.
        metric: Name of the metric.
        unit: Unit of the score.
        updated: When its last trial ended.
    """

    name: str
    complete: int
    pruned: int
    failed: int
    best: float | None
    std: float | None
    metric: str
    unit: str
    updated: datetime | None


class Shelf:
    """The studies of a home.

    Args:
        home: Folder of studies.
        storage: Optuna storage URL; None for ``studies.db`` in the home.
    """

    def __init__(self, home: Path, storage: str | None = None) -> None:
        self._home = home
        self._url = storage
        self._opened: optuna.storages.BaseStorage | None = None

    def storage(self) -> optuna.storages.BaseStorage:
        """Open the storage; one that does not exist is not made.

        Raises:
            StudyNotFound: There is no storage.
            StorageError: It cannot be opened.
        """
        if self._opened is None:
            if not exists(self._home, self._url):
                raise StudyNotFound(
                    f"There are no studies in {where(self._home, self._url)}. Begin one with "
                    f"`autolstm study`, or give the --home or --storage of another."
                )
            self._opened = open_storage(self._home, self._url)
        return self._opened

    def lines(self) -> list[Line]:
        """Return the studies by autolstm in this home, by name.

        Raises:
            StorageError: The storage cannot be read.
        """
        if not exists(self._home, self._url):
            return []
        with self._reading():
            names = sorted(self._names())
            return [_line(self._stored(name)) for name in names]

    def results(self, name: str) -> Results:
        """Read a study.

        Raises:
            StudyNotFound: There is none of this name.
            StorageError: It cannot be read.
        """
        with self._reading():
            return read_results(self._load(name), self._home)

    def study(self, name: str) -> optuna.Study:
        """Return a study as Optuna knows it.

        Raises:
            StudyNotFound: There is none of this name.
            StorageError: It cannot be read, is not ours, or newer.
        """
        with self._reading():
            study = self._load(name)
            check_schema(study)
            return study

    def report(self, name: str) -> Path:
        """Write the report of a study from what is stored, and return its path.

        Raises:
            StudyNotFound: There is none of this name.
            StorageError: It cannot be read, or the page not be written.
        """
        # Drawing needs matplotlib, which is slow to load; listing and showing do not.
        from autolstm.report.page import write

        results = self.results(name)
        return write(results, Path(results.folder) / REPORT)

    def model_path(self, name: str) -> Path:
        """Return the folder of the tuned model of a study.

        Raises:
            StudyNotFound: There is no such study, or it has no model yet.
        """
        results = self.results(name)
        if results.kind != "tune":
            # What is said of cells needs statistics, which are slow to load.
            from autolstm.report.conclusions import no_model

            raise StudyNotFound(no_model(results))
        if results.refit is None:
            raise StudyNotFound(
                f"The study {name!r} has no model yet: its winner is not chosen. Run the same "
                f"`autolstm study` command again to finish it."
            )
        return Path(results.refit.path)

    def delete(self, name: str, *, force: bool = False) -> None:
        """Delete a study with its trials, report and model; other files in its folder stay.

        Args:
            name: Name of the study.
            force: Whether trials that run elsewhere do not matter.

        Raises:
            StudyNotFound: There is none of this name.
            StudyBusy: It is running, here or elsewhere.
            StorageError: It is not ours, or cannot be deleted.
        """
        with self._reading():
            study = self._load(name)
            check_schema(study)
            others = [one.user_attrs for one in self._stored_ones() if one.study_name != name]
            folder = study_folder(self._home, name)
            if not force and self._url is not None:
                _refuse_distant(study, folder)
            with alone(folder):
                attributes = study.user_attrs
                remove(study)
                forget(attributes, others, self._home)
                for one in (folder / REPORT, folder / BEGUN):
                    one.unlink(missing_ok=True)
                # With what a killed process has left of writing a model.
                kept = [folder / MODEL, folder / LOGS, folder / FOLDER]
                for one in [*kept, *folder.glob(f".{MODEL}.*")]:
                    if one.is_symlink():
                        one.unlink()  # and nothing of what it leads to
                    shutil.rmtree(one, ignore_errors=True)
            (folder / ".lock").unlink(missing_ok=True)
            if not any(folder.iterdir()):
                folder.rmdir()

    def stop(self, name: str, *, finish: bool = False) -> bool:
        """Ask all processes that work on a study to stop.

        Running trials are cut off at their next report, and fitted again when the study goes on.

        Args:
            name: Name of the study.
            finish: Whether the best trials are then confirmed and the winner is refitted, as when
                the time is over.

        Returns:
            Whether somebody is seen to work on it. Of a home's own storage nobody else can, and
            nothing is asked then. Another storage may be that of processes that cannot be seen
            from here, between two trials or at the last steps, and they are asked in any case.

        Raises:
            StudyNotFound: There is none of this name.
            StorageError: It is not ours, or cannot be written.
        """
        with self._reading():
            study = self._load(name)
            check_schema(study)
            shared = self._url is not None
            running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
            seen = anybody(study_folder(self._home, name)) or (shared and bool(running))
            if seen or shared:
                number = study.user_attrs.get(StudyKey.stop, {}).get("number", 0)
                study.set_user_attr(StudyKey.stop, {"number": number + 1, "finish": finish})
            return seen

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with sound(where(self._home, self._url)), quiet():
            yield

    def _names(self) -> list[str]:
        """Return the names of the studies that autolstm has made."""
        return [one.study_name for one in self._stored_ones() if StudyKey.schema in one.user_attrs]

    def _stored_ones(self) -> list[Any]:
        return self.storage().get_all_studies()  # Optuna's summaries read every trial

    def _stored(self, name: str) -> optuna.Study:
        return optuna.load_study(study_name=name, storage=self.storage())

    def _load(self, name: str) -> optuna.Study:
        try:
            return self._stored(name)
        except KeyError:
            known = self._names()
            listed = f" There are: {', '.join(sorted(known))}." if known else ""
            raise StudyNotFound(
                f"There is no study {name!r} in {where(self._home, self._url)}."
                f"{guess(name, known)}{listed} See `autolstm list`, or begin one with "
                f"`autolstm study`."
            ) from None


def _refuse_distant(study: optuna.Study, folder: Path) -> None:
    """Refuse to delete a study with trials that run where no lock tells whether they still do."""
    running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    distant = [one for one in running if not is_near(folder, str(one.user_attrs.get(WORKER, "")))]
    if distant:
        raise StudyBusy(
            f"Trials of the study {study.study_name!r} run on another machine or in another "
            f"--home ({len(distant)}). End them with `autolstm stop {study.study_name}`, and then "
            f"delete it. If what ran them is gone for good, add --force."
        )


def _line(study: optuna.Study) -> Line:
    stored, trials = _as_today(study)
    counts = {
        state: sum(one.state == state for one in trials)
        for state in (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)
    }
    best = trials[study.best_trial.number] if counts[TrialState.COMPLETE] else None
    score = Score(tuple(best.user_attrs["scores"])) if best else None
    question, data = (stored.get(key, {}) for key in (StudyKey.question, StudyKey.data))
    ended = [one.datetime_complete for one in trials if one.datetime_complete is not None]
    return Line(
        name=study.study_name,
        complete=counts[TrialState.COMPLETE],
        pruned=counts[TrialState.PRUNED],
        failed=counts[TrialState.FAIL],
        best=score.mean if score else None,
        std=score.std if score else None,
        metric=question.get("metric", ""),
        unit=_unit(question.get("metric", ""), data.get("unit", "")),
        updated=max(ended, default=None),
    )


def _as_today(study: optuna.Study) -> tuple[dict[str, Any], list[FrozenTrial]]:
    """Return attributes and trials; of a newer study as they are, since it may be listed."""
    try:
        return migration.attributes(study), migration.trials(study)
    except StorageError:
        return study.user_attrs, study.get_trials(deepcopy=False)


def _unit(metric: str, target_unit: str) -> str:
    try:
        return metric_named(metric).unit_for(target_unit)
    except SettingError:
        # A newer autolstm may know further metrics.
        return ""
