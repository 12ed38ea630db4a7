"""What can still be read of a damaged SQLite file, row by row.

SQLite gives up at the first page that is not what it should be. Rows are found by their numbers,
so a table is read in halves, and halves of halves, until only the rows on the damaged pages are
missing. It is done on a copy; the damaged file is not touched.
"""

import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Rows", "problems", "salvage"]

HEADER = b"SQLite format 3\x00"
MOST_TRIES = 50_000
"""Reads of one table that fail, before the rest of it is given up."""

FAILED = (sqlite3.DatabaseError, sqlite3.Warning, OverflowError)


@dataclass(slots=True)
class Rows:
    """The rows of one table.

    Attributes:
        found: Rows as they were read, in the order of their numbers.
        gaps: Numbers of rows that could not be read, each with those around it that could:
            (last row before, first row after), None where there is none.
    """

    found: list[dict[str, Any]] = field(default_factory=list)
    gaps: list[tuple[dict[str, Any] | None, dict[str, Any] | None]] = field(default_factory=list)


def problems(path: Path) -> list[str]:
    """Return what is wrong with a file, nothing where it is sound.

    It reads the whole file, which is why it is not done whenever one is opened.
    """
    try:
        with closing(sqlite3.connect(path, timeout=60)) as connection:
            said = [str(row[0]) for row in connection.execute("PRAGMA quick_check(20)")]
    except FAILED as error:
        return [str(error)]
    return [] if said == ["ok"] else said


def salvage(path: Path, sound: Path, tables: Sequence[str], room: Path) -> dict[str, Rows]:
    """Read what can be read.

    Args:
        path: The damaged file.
        sound: A fresh file of the same layout, whose first page says where tables begin in case
            that of the damaged one is lost.
        tables: Names of the tables.
        room: A folder to work in.

    Returns:
        The rows of every table that the fresh file has.
    """
    columns = _columns(sound, tables)
    best: dict[str, Rows] = {}
    for first_page in (None, sound.read_bytes()[: _page_size(sound)]):
        copied = _copied(path, room, first_page)
        found = {name: Rows() for name in tables}
        try:
            with closing(sqlite3.connect(copied)) as connection:
                connection.text_factory = lambda text: text.decode("utf-8", "replace")
                # So that SQLite reads a file that is shorter than it says.
                connection.execute("PRAGMA writable_schema = ON")
                connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
                for name in tables:
                    found[name] = _table(connection, name, columns[name])
        except FAILED:
            continue
        if _count(found) > _count(best):
            best = found
        if best.get("trials") and best["trials"].found:
            break
    return best or {name: Rows() for name in tables}


def _count(found: dict[str, Rows]) -> int:
    return sum(len(one.found) for one in found.values())


def _columns(sound: Path, tables: Sequence[str]) -> dict[str, list[str]]:
    with closing(sqlite3.connect(sound)) as connection:
        return {
            name: [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
            for name in tables
        }


def _page_size(path: Path) -> int:
    return int.from_bytes(path.read_bytes()[16:18], "big")


def _copied(path: Path, room: Path, first_page: bytes | None) -> Path:
    """Copy the file, with its log where the file itself is to be believed."""
    copied = room / "copy.db"
    for ending in ("", "-wal", "-shm"):
        (room / f"copy.db{ending}").unlink(missing_ok=True)
    shutil.copyfile(path, copied)
    log = path.with_name(f"{path.name}-wal")
    if first_page is None and log.is_file():
        shutil.copyfile(log, room / "copy.db-wal")
    if first_page is not None:
        with copied.open("r+b") as file:
            file.write(first_page)
            pages = -(-file.seek(0, 2) // len(first_page))
            file.truncate(pages * len(first_page))
            file.seek(28)
            file.write(pages.to_bytes(4, "big"))
    return copied


def _table(connection: sqlite3.Connection, name: str, columns: list[str]) -> Rows:
    rows = Rows()
    listed = ", ".join(f'"{one}"' for one in columns)
    query = f"SELECT {listed} FROM {name} NOT INDEXED WHERE rowid BETWEEN ? AND ?"
    tries = iter(range(MOST_TRIES))
    before: dict[str, Any] | None = None
    gap = False
    for found in _halves(connection, query, 0, _highest(connection, name), tries):
        if found is None:
            gap = True
            continue
        for row in found:
            said = dict(zip(columns, row, strict=True))
            if gap:
                rows.gaps.append((before, said))
            before, gap = said, False
            rows.found.append(said)
    if gap:
        rows.gaps.append((before, None))
    return rows


def _highest(connection: sqlite3.Connection, name: str) -> int:
    try:
        return int(connection.execute(f"SELECT max(rowid) FROM {name}").fetchone()[0] or 0)
    except FAILED:
        return 2**22


def _halves(
    connection: sqlite3.Connection, query: str, low: int, high: int, tries: Iterator[int]
) -> Iterator[list[tuple[Any, ...]] | None]:
    """Yield rows in order, None for a part that cannot be read."""
    waiting = [(low, high)]
    while waiting:
        low, high = waiting.pop()
        try:
            yield connection.execute(query, (low, high)).fetchall()
        except FAILED:
            if low == high or next(tries, None) is None:
                yield None
            else:
                middle = (low + high) // 2
                waiting += [(middle + 1, high), (low, middle)]
