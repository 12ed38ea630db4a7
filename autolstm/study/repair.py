"""A damaged database: found out, set aside, and what can be read of it saved."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import optuna
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from autolstm import private
from autolstm.errors import AutoLSTMError, SettingError, StorageError, StudyNotFound
from autolstm.ledger.places import refuse_link, refuse_links_beside
from autolstm.ledger.rebuilding import TABLES, rebuild
from autolstm.ledger.salvage import problems, salvage
from autolstm.ledger.storage import default_path, open_storage, quiet
from autolstm.study.presence import alone
from autolstm.study.shelf import Shelf

__all__ = ["Repaired", "repair"]

BESIDE = ("", "-wal", "-shm")

ODD = (AutoLSTMError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What reading a study raises that is not whole."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """What was done about a database.

    Attributes:
        path: The database.
        problems: What was wrong with it; nothing where it is sound.
        aside: Where the damaged file is now; None where nothing was to be done.
        studies: By study: its trials, and how many of them could not be saved whole.
        rows_lost: By table: in how many places rows could not be read.
    """

    path: Path
    problems: tuple[str, ...]
    aside: Path | None
    studies: dict[str, tuple[int, int]]
    rows_lost: dict[str, int]


def repair(home: Path | str = "runs", storage: str | None = None) -> Repaired:
    """Check the database of a home, and save what can be read where it is damaged.

    The damaged file is kept beside the new one, under another name.

    Args:
        home: Folder of studies.
        storage: Optuna storage URL of a SQLite file; None for ``studies.db`` in the home.

    Raises:
        StudyNotFound: There is no database.
        SettingError: The storage is no SQLite file.
        StudyBusy: A study is being run.
        StorageError: It is a link or lies beside one, nothing could be saved, or nothing can be
            written; the file is as it was.
    """
    home = Path(home).expanduser()
    path = _file(home, storage)
    with ExitStack() as held:
        for folder in sorted(one.parent for one in home.glob("*/.lock")):
            held.enter_context(alone(folder))
        wrong = problems(path)
        if not wrong:
            return Repaired(path, (), None, {}, {})
        try:
            with _room(path) as room:
                saved = salvage(path, _fresh(room / "sound"), TABLES, room)
                fresh = _fresh(room / "new")
                studies = _sound_ones(rebuild(saved, fresh), fresh)
                if not studies:
                    raise _nothing(path, wrong[0])
                aside = _exchange(path, fresh)
        except OSError as error:
            raise StorageError(
                f"The database {path} cannot be repaired: {error.strerror or error}. Make room on "
                f"the disk and in its folder, about three times its size, and try again."
            ) from None
    gaps = {name: len(one.gaps) for name, one in saved.items() if one.gaps}
    return Repaired(path, tuple(wrong), aside, studies, gaps)


def _file(home: Path, storage: str | None) -> Path:
    if storage is not None:
        try:
            url = make_url(storage)
        except (ArgumentError, ValueError):
            url = None
        if url is None or url.get_backend_name() != "sqlite" or not url.database:
            raise SettingError(
                "Only a SQLite file can be repaired: a server mends its databases itself. Give "
                "--home, or --storage sqlite:///FILE."
            )
        path = Path(url.database)
    else:
        path = default_path(home)
        refuse_link(path)
    refuse_links_beside(path)
    if not path.is_file():
        raise StudyNotFound(
            f"There is no database {path} to repair. Give the --home or --storage of another."
        )
    return path


@contextmanager
def _room(path: Path) -> Iterator[Path]:
    """Give a folder beside the database, so that the new one only has to be renamed."""
    folder = Path(tempfile.mkdtemp(prefix=".repair-", dir=path.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fresh(folder: Path) -> Path:
    """Make an empty database, closed and in one file."""
    with quiet():
        storage = open_storage(folder)
    assert isinstance(storage, optuna.storages.RDBStorage)
    with storage.engine.connect() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM studies")
    storage.engine.dispose()
    return default_path(folder)


def _sound_ones(studies: dict[str, tuple[int, int]], fresh: Path) -> dict[str, tuple[int, int]]:
    """Delete the studies that cannot be read as a study; return the others."""
    shelf = Shelf(fresh.parent)
    kept = {}
    for name, counts in studies.items():
        try:
            shelf.results(name)
            kept[name] = counts
        except ODD:
            with quiet():
                optuna.delete_study(study_name=name, storage=shelf.storage())
    storage = shelf.storage()
    assert isinstance(storage, optuna.storages.RDBStorage)
    storage.remove_session()
    with storage.engine.connect() as connection:
        connection.connection.dbapi_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
    storage.engine.dispose()
    return kept


def _exchange(path: Path, fresh: Path) -> Path:
    """Put the damaged files aside and the new one in their place."""
    aside = next(
        one
        for number in range(1, 10_000)
        if not (one := path.with_name(f"{path.name}.damaged-{number}")).exists()
    )
    for ending in BESIDE:
        part = path.with_name(path.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))
    fresh.rename(path)
    private.narrow(path)
    return aside


def _nothing(path: Path, why: str) -> StorageError:
    return StorageError(
        f"Nothing can be saved of {path}: {why}. It is left as it is. Bring the studies back from "
        f"a backup with `autolstm restore FILE --home ANOTHER`, or begin in another --home."
    )
