"""Columns of Optuna's tables that MySQL makes too narrow for what we keep.

There a ``TEXT`` holds 65,535 bytes, see
https://dev.mysql.com/doc/refman/8.4/en/storage-requirements.html, where the forecasts of a winner
over a long test part need more; and a ``DATETIME`` holds whole seconds. Wider columns disturb
nobody: other programs read and write them as before.
"""

import sqlalchemy
from sqlalchemy import text

__all__ = ["widen"]

COLUMNS = {
    ("study_user_attributes", "value_json"): "longtext",
    ("study_system_attributes", "value_json"): "longtext",
    ("trial_user_attributes", "value_json"): "longtext",
    ("trial_system_attributes", "value_json"): "longtext",
    ("trials", "datetime_start"): "datetime(6)",
    ("trials", "datetime_complete"): "datetime(6)",
}
"""Tables and columns, and what they become."""

KINDS = text(
    "SELECT table_name, column_name, column_type FROM information_schema.columns "
    "WHERE table_schema = DATABASE()"
)


def widen(engine: sqlalchemy.Engine) -> None:
    """Make the columns wide enough, where they are not; on other servers they are."""
    if engine.dialect.name not in ("mysql", "mariadb"):
        return
    with engine.connect() as connection:
        found = {(table, column): kind for table, column, kind in connection.execute(KINDS)}
        for (table, column), kind in COLUMNS.items():
            if found.get((table, column), kind).lower() != kind:
                connection.execute(text(f"ALTER TABLE {table} MODIFY {column} {kind.upper()}"))
        connection.commit()
