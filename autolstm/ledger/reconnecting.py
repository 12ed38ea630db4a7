"""`Reconnecting`: a storage on a server that may go away for a while.

A call that fails because the server is away is repeated until it is back. Most calls may be made
twice: they read, or write what is there already. Three may not, because the connection can break
after the server did as it was told and before it said so:

- A trial that is created has an id before it is committed; the repeated call looks for that one.
- A trial that is finished, as we wanted it to be, is no error the second time.
- Neither is a study that is deleted already.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial, wraps
from typing import Any, TypeVar

import numpy as np
import sqlalchemy
from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages._rdb import models
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import event
from sqlalchemy.orm import Session

from autolstm.ledger.lost import ConnectionGone, is_clash, is_lost
from autolstm.ledger.quick import Quick
from autolstm.ledger.widening import widen

__all__ = ["PATIENCE", "Reconnecting"]

PATIENCE = 600.0
"""Seconds for which a call is repeated: servers that are updated or fail over take minutes."""

FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
"""Seconds before the first repetition, and before later ones; they double in between."""

SAME = timedelta(seconds=1)
"""Times that differ by less may be one: MySQL rounds them."""

Result = TypeVar("Result")


class _Here(threading.local):
    """What a thread is at.

    Attributes:
        inside: Whether somebody repeats its calls together.
        tired: Whether it has waited in vain: what it calls to tidy up is then tried only once.
        created: Id and beginning of the trial that it is creating.
    """

    inside = False
    tired = False
    created: tuple[Any, Any] | None = None


class Reconnecting(Quick):
    """Optuna's storage on a server, its calls repeated while the server is away.

    Attributes:
        outages: How many calls have found the server away; grows.
        told: Called with a sentence when it goes away in the main thread.

    Args:
        url: Its URL, with the driver.
        told: The attribute; where it is given, the server has been there before, so that it is
            waited for already when the storage is opened.
        **options: What else `optuna.storages.RDBStorage` takes.
    """

    def __init__(
        self, url: str, *, told: Callable[[str], None] | None = None, **options: Any
    ) -> None:
        self._here = _Here()
        self.outages = 0
        self.told: Callable[[str], None] = told or _nobody
        plain = super().__init__

        def begin() -> None:
            plain(url, **options)
            widen(self.engine)

        begin() if told is None else self.patiently(begin)

    def __getstate__(self) -> dict[Any, Any]:
        state: dict[Any, Any] = super().__getstate__()
        return {**state, "_here": None, "told": _nobody}

    def __setstate__(self, state: dict[Any, Any]) -> None:
        super().__setstate__({**state, "_here": _Here()})

    def patiently(self, call: Callable[[], Result]) -> Result:
        """Call until the server is there; what is called inside is not repeated by itself.

        Raises:
            StorageInternalError: It was not back in time, or it failed for another reason.
        """
        if self._here.inside:
            return call()
        self._here.inside = True
        try:
            return self._repeated(call)
        except KeyboardInterrupt:
            self._here.tired = True
            raise
        finally:
            self._here.inside = False

    def _repeated(self, call: Callable[[], Result]) -> Result:
        wait, until, lost = FIRST_WAIT, None, False
        while True:
            try:
                result = call()
            except Exception as error:
                if not is_lost(error) and not is_clash(error):
                    raise
                until = until or time.monotonic() + PATIENCE * (not self._here.tired)
                if time.monotonic() >= until:
                    self._here.tired = True
                    raise
                if is_lost(error):
                    self._lose(first=not lost)
                    lost = True
            else:
                self._here.tired = False
                return result
            # Not all at once: what a server that comes back cannot take is all its clients.
            time.sleep(wait * np.random.default_rng().uniform(0.5, 1.0))
            wait = min(2 * wait, LONGEST_WAIT)

    def _lose(self, *, first: bool) -> None:
        self.outages += 1
        self.engine.dispose()
        if first and threading.current_thread() is threading.main_thread():
            minutes = PATIENCE / 60
            self.told(
                f"The storage does not answer. It is asked again for up to {minutes:.0f} min."
            )

    @contextmanager
    def over(self, connection: sqlalchemy.Connection) -> Iterator[None]:
        """Let all calls of this thread go over one connection; when it breaks, they fail.

        What happens under a lock that a connection holds can so never happen without it.
        """
        event.listen(connection, "begin", _refuse_another)
        self.scoped_session.remove()
        self.scoped_session(bind=connection)
        try:
            yield
        finally:
            self.scoped_session.remove()
            event.remove(connection, "begin", _refuse_another)

    # Calls that must not take effect twice -------------------------------------------------------

    def _create_new_trial(
        self, study_id: int, template_trial: FrozenTrial | None = None
    ) -> FrozenTrial:
        self._here.created = None
        return self.patiently(partial(super()._create_new_trial, study_id, template_trial))

    def _get_prepared_new_trial(
        self, study_id: int, template_trial: FrozenTrial | None, session: Session
    ) -> models.TrialModel:
        # The row of the study is locked here: an attempt before this one has ended by now.
        if self._here.created is not None:
            number, began = self._here.created
            found = session.get(models.TrialModel, number)
            if found is not None and found.study_id == study_id and _is_same(found, began):
                return found
        trial = super()._get_prepared_new_trial(study_id, template_trial, session)
        self._here.created = (trial.trial_id, trial.datetime_start)
        return trial

    def set_trial_state_values(
        self, trial_id: int, state: TrialState, values: Sequence[float] | None = None
    ) -> bool:
        """See `optuna.storages.BaseStorage`."""
        tries = 0

        def call() -> bool:
            nonlocal tries
            tries += 1
            try:
                return plain(trial_id, state, values)
            except UpdateFinishedTrialError:
                if tries > 1 and self._is_told(trial_id, state, values):
                    return True
                raise

        plain = super().set_trial_state_values
        return self.patiently(call)

    def _is_told(self, trial_id: int, state: TrialState, values: Sequence[float] | None) -> bool:
        stored = self.get_trial(trial_id)
        return stored.state == state and (values is None or stored.values == list(values))

    def delete_study(self, study_id: int) -> None:
        """See `optuna.storages.BaseStorage`."""
        tries = 0

        def call() -> None:
            nonlocal tries
            tries += 1
            try:
                plain(study_id)
            except KeyError:
                if tries == 1:
                    raise

        plain = super().delete_study
        self.patiently(call)


CALLS = (
    "create_new_study",
    "get_all_studies",
    "get_study_directions",
    "get_study_id_from_name",
    "get_study_name_from_id",
    "get_study_system_attrs",
    "get_study_user_attrs",
    "set_study_system_attr",
    "set_study_user_attr",
    "get_all_trials",
    "get_best_trial",
    "get_trial",
    "get_trial_id_from_study_id_trial_number",
    "get_trial_param",
    "get_trial_system_attrs",
    "get_trial_user_attrs",
    "set_trial_intermediate_value",
    "set_trial_param",
    "set_trial_system_attr",
    "set_trial_user_attr",
    # What Optuna's cache calls instead of some of them.
    "_get_best_trial_id",
    "_get_trials",
    "_set_trial_param",
)
"""Calls that may be made twice."""


def _patient(name: str) -> Callable[..., Any]:
    plain = getattr(Quick, name)

    @wraps(plain)
    def call(self: Reconnecting, *args: Any, **options: Any) -> Any:
        return self.patiently(partial(plain, self, *args, **options))

    return call


for _name in CALLS:
    setattr(Reconnecting, _name, _patient(_name))


def _nobody(sentence: str) -> None:
    pass


def _is_same(trial: models.TrialModel, began: Any) -> bool:
    """Whether a trial was begun at a time; one that waits was not begun."""
    if trial.datetime_start is None or began is None:
        return trial.datetime_start is began
    return bool(abs(trial.datetime_start - began) < SAME)


def _refuse_another(connection: sqlalchemy.Connection) -> None:
    """Let a connection that broke not be replaced, as SQLAlchemy does of itself."""
    if connection.invalidated:
        raise ConnectionGone("The connection that held a lock broke.")
