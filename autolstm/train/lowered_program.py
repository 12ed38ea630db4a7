"""A program as the compiled engine keeps it, with what it was made from."""

from dataclasses import dataclass, field
from typing import Any

from autolstm.train.chunk import Shape
from autolstm.train.executable import Executable
from autolstm.train.forecast import build_walk
from autolstm.train.lowering import Network

__all__ = ["LoweredProgram"]


@dataclass(frozen=True, eq=False, slots=True)
class LoweredProgram:
    """A program, the network that it was lowered from, and the sizes that it is made for."""

    name: str
    network: Network
    shape: Shape
    run: Any
    walks: dict[int, Executable] = field(default_factory=dict)

    def walk(self, replicates: int) -> Executable:
        """Return the program by which so many replicates forecast, carrying their states on."""
        if replicates not in self.walks:
            self.walks[replicates] = build_walk(self.network, self.shape)
        return self.walks[replicates]
