"""Times as text, as a reader expects them."""

import pandas as pd

__all__ = ["time_text"]


def time_text(times: pd.Index) -> list[str]:
    """Write times as text: dates alone where no row has a time of day."""
    if not isinstance(times, pd.DatetimeIndex):
        return [str(one) for one in times]
    whole_days = bool((times == times.normalize()).all())
    return [str(one) for one in times.strftime("%Y-%m-%d" if whole_days else "%Y-%m-%d %H:%M")]
