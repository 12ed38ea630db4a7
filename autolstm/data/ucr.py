"""Files of the UCR and UEA archives -> `Raw`: ``.ts`` and ``.tsv``, with their official parts.

The archives are Dau et al. (2019), doi:10.1109/JAS.2019.1911747, and Bagnall et al. (2018),
arXiv:1811.00075. Each data set is a pair of files, NAME_TRAIN and NAME_TEST.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from autolstm.data.asked import Asked
from autolstm.data.raw import Raw
from autolstm.data.room import ROWS_BY_HAND, check_room
from autolstm.data.stack import joined, one_each, stacked
from autolstm.data.ts import Cases, read_ts
from autolstm.errors import DataError

__all__ = ["find_pair", "read_cases", "read_pair"]

PARTS = ("_TRAIN", "_TEST")
ENDINGS = (".ts", ".tsv")


def find_pair(path: Path) -> tuple[Path, ...]:
    """Return the files of a data set: training part, then test part.

    Args:
        path: One of the two files, their folder, or their common stem (``data/GunPoint``). Any
            other ``.ts`` file stands alone.

    Returns:
        Two files; one where the other is not there; none where it is no such data set.
    """
    ending, stem = path.suffix.casefold(), path.stem
    if ending in ENDINGS and path.is_file():
        part = next((one for one in PARTS if stem.upper().endswith(one)), "")
        if not part:
            return (path,) if ending == ".ts" else ()
        return _both(path.with_name(stem[: -len(part)]), path.suffix) or (path,)
    stems = [path / path.name, *_stems(path)] if path.is_dir() else [path]
    return next((both for one in stems for end in ENDINGS if (both := _both(one, end))), ())


def _stems(folder: Path) -> list[Path]:
    """Return the stem of the pair in a folder; none where there are several."""
    names = {
        one.stem[: -len(PARTS[0])]
        for one in folder.iterdir()
        if one.suffix.casefold() in ENDINGS and one.stem.upper().endswith(PARTS[0])
    }
    return [folder / one for one in names] if len(names) == 1 else []


def _both(stem: Path, ending: str) -> tuple[Path, ...]:
    found = tuple(_part(stem, part, ending) for part in PARTS)
    return tuple(one for one in found if one is not None) if None not in found else ()


def _part(stem: Path, part: str, ending: str) -> Path | None:
    spelled = (stem.with_name(f"{stem.name}{one}{ending}") for one in (part, part.lower()))
    return next((one for one in spelled if one.is_file()), None)


def read_pair(files: tuple[Path, ...], asked: Asked) -> Raw:
    """Read the files of a data set, or a single one.

    Raises:
        DataError: A file cannot be read, or the parts do not fit together.
        SettingError: A column is named, or forecasting asked for.
    """
    for check in (asked.refuse_columns, asked.refuse_forecasting):
        check(files[0].name)
    parts = [_raw(read_cases(one), one) for one in files]
    if len(parts) == 1:
        return parts[0]
    train, test = parts
    counts = [len(one.inputs) for one in parts]
    short = files[0].stem[: -len(PARTS[0])]
    return replace(
        train,
        short=short,
        name=short,
        inputs=joined([one.inputs for one in parts], "the values"),
        answers=joined([one.answers for one in parts], "the labels"),
        places=train.places + test.places,
        official=np.repeat([False, True], counts),
        notes=(
            f"Read from {files[0].name} and {files[1].name}; the official parts are kept: "
            f"{counts[0]} to train on, {counts[1]} to test.",
        ),
    )


def read_cases(path: Path, *, to_learn: bool = True) -> Cases:
    """Read one file.

    Args:
        path: The file.
        to_learn: Whether the answers are needed; see `read_ts`.

    Raises:
        DataError: It cannot be read, or holds no case.
    """
    is_ts = path.suffix.casefold() == ".ts"
    cases = read_ts(path, to_learn=to_learn) if is_ts else _read_tsv(path)
    if not cases.series:
        raise DataError(
            f"{path.name} has no case. A line for each is needed, with values and a label. Check "
            f"that the file was written to its end. Fetch it again."
        )
    return cases


def _raw(cases: Cases, path: Path) -> Raw:
    answers = one_each(cases.answers, "the labels")
    assert answers is not None
    missing = next((one for one in PARTS if path.stem.upper().endswith(one)), "")
    other = PARTS[1 - PARTS.index(missing)] if missing else ""
    return Raw(
        name=path.name,
        short=path.stem,
        inputs=stacked(cases.series, path.name),
        answers=answers,
        places=tuple(f"the case of line {one} of {path.name}" for one in cases.lines),
        notes=(f"No {other} file lies beside {path.name}: there is no official test part.",)
        if missing
        else (),
    )


def _read_tsv(path: Path) -> Cases:
    """Read a text file with a case a line: label first, values after it, tabs between.

    NaN at the end of a line pads a shorter series, as in the archive of 2018, and is cut off.
    """
    series, answers, lines = [], [], []
    try:
        check_room(path.name, path.stat().st_size, ROWS_BY_HAND)
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"{path.name} cannot be read: {error}. A text file with a case a line is accepted: "
            f"label, then values, tabs between. Fetch it again."
        ) from None
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        label, *cells = line.rstrip().split("\t")
        try:
            values = np.array(cells, dtype=np.float64)
        except ValueError:
            raise DataError(
                f"Line {number} of {path.name} holds a value that is no number. A line is the "
                f"label and then numbers, with tabs between. Mend the line, or fetch the file "
                f"again."
            ) from None
        held = np.flatnonzero(~np.isnan(values))
        series.append(values[: held[-1] + 1 if len(held) else 0])
        answers.append(label.strip())
        lines.append(number)
    return Cases(series, _numbers_or_words(answers), lines)


def _numbers_or_words(labels: list[str]) -> list[float] | list[str]:
    """Read labels as numbers where all are: the archive writes 1 as 1.0000000e+00 at times."""
    try:
        return [float(one) for one in labels]
    except ValueError:
        return labels
