"""The command ``datasets``: over `autolstm.data.catalog.CATALOG`."""

from autolstm.cli.options import AsJson

__all__ = ["datasets"]

FIELDS = (*("name", "title", "task", "rows", "target", "unit", "frequency", "season", "source"),)


def datasets(as_json: AsJson = False) -> None:
    """List the bundled data sets, which need no file.

    Nor do they need a network.

    \b
    Example:
      autolstm datasets
    """
    from autolstm.cli import tables
    from autolstm.cli.output import console, emit, say
    from autolstm.data.catalog import CATALOG

    if as_json:
        emit([{name: getattr(one, name) for name in FIELDS} for one in CATALOG.values()])
        return
    console().print(tables.catalogue(CATALOG))
    say("\nTune on one of them with `autolstm study NAME`.")
