"""Tables as files: CSV, JSON or Parquet by the name, for nobody else to read."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

from autolstm import private
from autolstm.errors import SettingError, counted, guess

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FORMATS", "check", "write"]

FORMATS = (".csv", ".json", ".parquet")


def check(out: Path, option: str) -> None:
    """Refuse what cannot be written before minutes are spent on what shall be in it.

    Args:
        out: The file.
        option: What the user calls it.

    Raises:
        SettingError: It is of no known format, is a folder, or its folder is not there.
    """
    ending = out.suffix.lower()
    if ending not in FORMATS:
        raise SettingError(
            f"{option} {out} is of no known format.{guess(ending, FORMATS) if ending else ''} It "
            f"takes a name that ends in {', '.join(FORMATS[:-1])} or {FORMATS[-1]}."
        )
    if out.is_dir():
        raise SettingError(f"{option} {out} is a folder. Give the name of a file.")
    if not out.parent.is_dir():
        raise SettingError(
            f"The folder of {option} {out} does not exist. Make {out.parent} first."
        )


def write(frame: "pd.DataFrame", out: Path, noun: str) -> None:
    """Write a table, over an older file, and say so.

    Args:
        frame: The table.
        out: A file that `check` has let pass.
        noun: What a row is.

    Raises:
        OSError: It cannot be written.
    """
    from autolstm.cli.output import say

    replaced = ", over the older file" if out.exists() else ""
    private.write(out, _content(frame, out.suffix.lower()))
    say(f"{counted(len(frame), noun)} written to {out}{replaced}", stderr=True)


def _content(frame: "pd.DataFrame", ending: str) -> bytes:
    # A text of the data may hold what UTF-8 cannot say: half of a pair of surrogates.
    match ending:
        case ".csv":
            return str(frame.to_csv(index=False)).encode(errors="replace")
        case ".json":
            text = frame.to_json(orient="records", date_format="iso", indent=2)
            return str(text).encode(errors="replace")
        case _:
            held = io.BytesIO()
            frame.to_parquet(held, index=False)
            return held.getvalue()
