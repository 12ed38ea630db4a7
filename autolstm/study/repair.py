"""A damaged database: found out, copied aside, and what can be read of it saved in its place."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import optuna

from autolstm.errors import AutoLSTMError, SettingError, StorageError, StudyNotFound
from autolstm.ledger.exclusive import exclusive
from autolstm.ledger.places import beside, refuse_link, refuse_links_beside
from autolstm.ledger.rebuilding import TABLES, rebuild
from autolstm.ledger.salvage import Rows, problems, salvage
from autolstm.ledger.storage import default_path, open_storage, quiet, where
from autolstm.ledger.url import parsed, resolved
from autolstm.study.presence import alone
from autolstm.study.shelf import Shelf

__all__ = ["Repaired", "repair"]

ODD = (AutoLSTMError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What reading a study raises that is not whole."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """What was done about a database.

    Attributes:
        path: The database.
        problems: What was wrong with it; nothing where it is sound.
        aside: Where a copy of the damaged file is; None where nothing was to be done.
        studies: By study: its trials, and how many of them could not be saved whole.
        left_out: Studies that are in the damaged file alone: those of other Optuna programs, and
            those that lost what makes them studies of ours.
        rows_lost: By table: in how many places rows could not be read.
    """

    path: Path
    problems: tuple[str, ...]
    aside: Path | None
    studies: dict[str, tuple[int, int]]
    left_out: tuple[str, ...]
    rows_lost: dict[str, int]


def repair(home: Path | str = "runs", storage: str | None = None) -> Repaired:
    """Check the database of a home, and save what can be read where it is damaged.

    The damaged file is kept beside the new one, under another name.

    Args:
        home: Folder of studies.
        storage: Optuna storage URL of a SQLite file, or ``@FILE``; None for ``studies.db`` in the
            home.

    Raises:
        StudyNotFound: There is no database.
        SettingError: The storage is no SQLite file.
        StudyBusy: A study is being run, or another process has the file open.
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
            return Repaired(path, (), None, {}, (), {})
        try:
            with exclusive(path) as file, _room(path) as room:
                damaged = room / "damaged.db"
                file.copy(damaged)
                saved = salvage(damaged, _fresh(room / "sound"), TABLES, room)
                fresh = _fresh(room / "new")
                studies = _sound_ones(rebuild(saved, fresh), fresh)
                if not studies:
                    raise _nothing(path, wrong[0])
                aside = _set_aside(damaged, path)
                file.replace(fresh.read_bytes())
        except OSError as error:
            raise StorageError(
                f"The database {path} cannot be repaired: {error.strerror or error}. Let it and "
                f"its folder be written, make room for about four times its size, and try again."
            ) from None
    gaps = {name: len(one.gaps) for name, one in saved.items() if one.gaps}
    left_out = _names(saved["studies"]) - studies.keys()
    return Repaired(path, tuple(wrong), aside, studies, tuple(sorted(left_out)), gaps)


def _file(home: Path, storage: str | None) -> Path:
    if storage is None:
        path = default_path(home)
    else:
        url = parsed(resolved(storage))
        if url is None or url.get_backend_name() != "sqlite" or not url.database:
            raise SettingError(
                f"The storage {where(home, storage)} is no SQLite file, and a server mends its "
                f"databases itself. To repair that of this home, say so in place of "
                f"AUTOLSTM_STORAGE: --storage sqlite:///{default_path(home.absolute())}"
            )
        path = Path(url.database)
    if storage is None:
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


def _names(studies: Rows) -> set[str]:
    return {str(one["study_name"]) for one in studies.found}


def _set_aside(damaged: Path, path: Path) -> Path:
    """Give the copy of the damaged file, and what lies beside it, a name beside the file."""
    aside = next(
        one
        for number in range(1, 10_000)
        if not (one := path.with_name(f"{path.name}.damaged-{number}")).exists()
    )
    # The file itself comes last: where it is, all of it is.
    for part, kept in zip([*beside(damaged), damaged], [*beside(aside), aside], strict=True):
        if part.exists():
            part.rename(kept)
    return aside


def _nothing(path: Path, why: str) -> StorageError:
    return StorageError(
        f"Nothing can be saved of {path}: {why}. It is left as it is. Bring the studies back from "
        f"a backup with `autolstm restore FILE --home ANOTHER`, or begin in another --home."
    )
