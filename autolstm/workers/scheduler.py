"""The connection to the scheduler of a Dask cluster."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from autolstm.errors import SettingError, StorageError
from autolstm.experiment import Experiment
from autolstm.ledger.storage import is_sqlite, where

__all__ = ["check_shared", "connected", "first_line"]

CONNECTING = 15
"""Seconds in which a scheduler answers."""


def check_shared(experiment: Experiment) -> None:
    """Refuse a storage that workers of other machines cannot use.

    Raises:
        StorageError: It is SQLite.
    """
    if is_sqlite(experiment.storage):
        raise StorageError(
            f"The storage {where(experiment.home, experiment.storage)} is a SQLite file, and the "
            f"workers of a Dask cluster run on other machines: over a network its locks do not "
            f"hold, and what is written gets lost. Give one that takes many machines, such as "
            f"--storage postgresql://user@host/database."
        )


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """Connect to a Dask scheduler; yields a ``distributed.Client``.

    Args:
        address: Such as ``tcp://host:8786``, or the path of a scheduler file.

    Raises:
        SettingError: Dask is not installed, or no scheduler answers there.
    """
    try:
        from distributed import Client
    except ImportError:
        raise SettingError(
            "dask = ... needs Dask, which is not installed. Install it with "
            "`pip install 'autolstm[dask]'`, here and on the workers of the cluster."
        ) from None
    connect: Any = Client
    # What it logs about connections that break is said in our own words.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    place = {"scheduler_file": address} if Path(address).is_file() else {"address": address}
    try:
        with warnings.catch_warnings():
            # Of versions that differ; those that matter to scores are told by the workers.
            warnings.simplefilter("ignore")
            client = connect(**place, timeout=CONNECTING, set_as_default=False)
    # Dask asserts that its own thread has begun in time, which a busy machine may not let it.
    except (AssertionError, OSError, ValueError, TypeError) as error:
        raise SettingError(
            f"No Dask scheduler answers at {address}: {first_line(error)}. dask takes the "
            f"address of one that runs, such as tcp://host:8786, or the path of its scheduler "
            f"file. Begin one with `dask scheduler`."
        ) from None
    try:
        yield client
    finally:
        with suppress(OSError):
            client.close(timeout=2)


def first_line(error: BaseException | None) -> str:
    """Return the first line of what an error says, without its full stop."""
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__).rstrip(".")
