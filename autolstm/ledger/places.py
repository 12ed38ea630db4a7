"""Where the files of a study lie: in a folder of the home, and nowhere else.

A storage may be written by others, and a home may come from elsewhere: neither a name in the
one nor a link in the other may lead out of the home.
"""

from pathlib import Path

from autolstm.errors import StorageError, shown
from autolstm.fields import can_name_a_folder

__all__ = ["beside", "refuse_link", "refuse_links_beside", "study_folder", "within"]

BESIDE = ("-wal", "-shm", "-journal")
"""Endings of what SQLite writes beside a database: https://sqlite.org/tempfiles.html."""


def study_folder(home: Path, name: str) -> Path:
    """Return the folder of a study.

    Args:
        home: Folder of studies.
        name: Name of the study, whoever has given it.

    Raises:
        StorageError: The name leads out of the home, or the folder is a link.
    """
    folder = within(home, name)
    refuse_link(folder)
    return folder


def within(folder: Path, name: str) -> Path:
    """Return what a stored name stands for in a folder.

    Raises:
        StorageError: The name could lead elsewhere.
    """
    if not can_name_a_folder(name):
        raise StorageError(
            f"The storage holds the name {shown(name)} of a folder in {folder}, which autolstm "
            f"has not written. It takes letters, digits, _ . and -. Somebody else has changed the "
            f"storage: read it with Optuna, or give another --storage or --home."
        )
    return folder / name


def refuse_link(path: Path) -> None:
    """Refuse to write or delete through a link.

    Raises:
        StorageError: The path is one.
    """
    if path.is_symlink():
        raise StorageError(
            f"{path} is a link, and so its files lie elsewhere. Files and folders in a home of "
            f"studies are accepted. Put the real one in its place, or let --home, which may be a "
            f"link, lead there."
        )


def refuse_links_beside(database: Path) -> None:
    """Refuse a SQLite file beside which a link lies: SQLite would write over what it leads to.

    Raises:
        StorageError: There is one.
    """
    for one in beside(database):
        refuse_link(one)


def beside(database: Path) -> list[Path]:
    """Return the files that SQLite may keep beside a database."""
    return [database.with_name(database.name + ending) for ending in BESIDE]
