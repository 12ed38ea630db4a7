"""An engine by its name, whose TensorFlow is imported when the first fit needs it.

Importing TensorFlow takes seconds. Wrong data, or a study that is finished already, must not
wait for it.
"""

from collections.abc import Callable, Sequence

from autolstm.prepare.windows import Windows
from autolstm.settings import Settings
from autolstm.train.engine import Engine, Run

__all__ = ["DeferredEngine"]


class DeferredEngine:
    """Stands for an engine until it is needed.

    Args:
        name: Name of the engine: ``"compiled"`` or ``"reference"``.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._engine: Engine | None = None

    def load(self) -> Engine:
        """Return the engine itself, importing what it needs."""
        if self._engine is None:
            from autolstm.train.compiled import CompiledEngine
            from autolstm.train.reference import ReferenceEngine

            engines: dict[str, Callable[[], Engine]] = {
                "compiled": CompiledEngine,
                "reference": ReferenceEngine,
            }
            self._engine = engines[self.name]()
        return self._engine

    def start(self, windows: Windows, settings: Settings, seeds: Sequence[int]) -> Run:
        """See `autolstm.train.engine.Engine.start`."""
        return self.load().start(windows, settings, seeds)
