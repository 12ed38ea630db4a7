"""An engine by its name, whose TensorFlow is imported when the first fit needs it.

Importing TensorFlow takes seconds. Wrong data, or a study that is finished already, must not
wait for it.
"""

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from autolstm.prepare.windows import Windows
from autolstm.settings import Settings
from autolstm.shapes import Shapes
from autolstm.train.engine import Engine, Run

__all__ = ["DeferredEngine"]

ENGINES = {
    "compiled": ("compiled", "CompiledEngine"),
    "reference": ("reference", "ReferenceEngine"),
}
"""Module and class of every engine."""


class DeferredEngine:
    """Stands for an engine until it is needed.

    Args:
        name: Name of the engine: ``"compiled"`` or ``"reference"``.
        threads: Groups of seeds that it trains at the same time; None for one per core.
    """

    def __init__(self, name: str, threads: int | None = None) -> None:
        self.name = name
        self._threads = threads
        self._engine: Engine | None = None

    def load(self) -> Engine:
        """Return the engine itself, importing what it needs."""
        if self._engine is None:
            module, made = ENGINES[self.name]
            self._engine = getattr(import_module(f"autolstm.train.{module}"), made)(
                **({"threads": self._threads} if made == "CompiledEngine" else {})
            )
        assert self._engine is not None
        return self._engine

    def start(
        self,
        windows: Windows,
        settings: Settings,
        seeds: Sequence[int],
        own: Callable[[Shapes], Any] | None = None,
    ) -> Run:
        """See `autolstm.train.engine.Engine.start`."""
        return self.load().start(windows, settings, seeds, own)
