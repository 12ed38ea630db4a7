"""What a source of rows is -> `Table`, with its origin: a frame, or the path of a file."""

from pathlib import Path

import pandas as pd

from autolstm.data.catalog import CATALOG
from autolstm.data.files import SUFFIXES, read_file, suffix
from autolstm.data.sources import FILES
from autolstm.data.table import Table, read_frame
from autolstm.errors import DataError, guess

__all__ = ["table_of"]


def table_of(source: object) -> tuple[Table, str, str]:
    """Read a file or a frame.

    Returns:
        Its table, its origin for the report, and a short name.

    Raises:
        DataError: There is no such file, or the source is none of those accepted.
    """
    if isinstance(source, pd.Series):
        label = "value" if source.name is None else str(source.name)
        return read_frame(source.to_frame(label), "Series"), "a pandas Series", label
    if isinstance(source, pd.DataFrame):
        return read_frame(source, "DataFrame"), "a pandas DataFrame", "data"
    if not isinstance(source, str | Path):
        raise DataError(
            f"A {type(source).__name__} cannot be loaded. Accepted are the name of a bundled data "
            f"set ({', '.join(CATALOG)}), the path of a CSV, Parquet, NPZ or .ts file, a pandas "
            f"DataFrame or Series, a pair (X, y) or a dict of arrays, a Dataset and Sequences. "
            f"Give one of these."
        )
    path = Path(source).expanduser()
    _check_path(path)
    return read_file(path), str(source), path.name[: -len(suffix(path))]


def _check_path(path: Path) -> None:
    try:
        if path.is_dir():
            raise DataError(
                f"{path} is a folder. The path of one file is accepted, or a folder with one "
                f"pair NAME_TRAIN.ts and NAME_TEST.ts. Name a file in it, such as "
                f"{next(iter(_data_files(path)), 'data.csv')!r}."
            )
        if path.is_file():
            return
        if path.exists():
            raise DataError(
                f"{path} is a device or a pipe. The path of a file is accepted, as its end must "
                f"be known before it is read. Write the rows into a file, and give that."
            )
        nearby = _data_files(path.parent) if path.parent.is_dir() else []
    except OSError:
        nearby = []
    raise DataError(
        f"There is no file {str(path)!r} and no bundled data set of that name."
        f"{guess(path.name, [*nearby, *CATALOG])} Bundled are: {', '.join(CATALOG)}. Give one of "
        f"these, or the path of a CSV, Parquet, NPZ or .ts file on this machine."
    )


def _data_files(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir() if suffix(one) in (*SUFFIXES, *FILES))
