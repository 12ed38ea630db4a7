"""What of a model a program is compiled for, as a text that can be compared."""

import json
from typing import Any

from autolstm.models.backend import keras

__all__ = ["structure"]

ARGUMENTS = frozenset({"recurrent_dropout", "rate"})
"""Numbers in a layer's config of which a program knows only whether they are zero."""

NEVER = frozenset({"seed", "dropout", "l1", "l2", "unit_forget_bias"})
"""What a program does not know at all: see `network` for the dropout of recurrent layers.

The bias of the forget gate is a first weight.
"""


def structure(model: keras.Model) -> str:
    """Name what a program cannot change any more: not seeds, initial values, rates, penalties."""

    def fixed(key: str, node: Any) -> Any:
        if isinstance(node, dict):
            return {
                name: fixed(name, one)
                for name, one in node.items()
                if name not in NEVER and not name.endswith("initializer")
            }
        if isinstance(node, (list, tuple)):
            return [fixed(key, one) for one in node]
        return bool(node) if key in ARGUMENTS else node

    return json.dumps(fixed("", model.get_config()), sort_keys=True, default=str)
