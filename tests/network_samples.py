"""Networks of every architecture, for whoever has to treat them all alike."""

from typing import Any

NETWORKS: dict[str, dict[str, Any]] = {
    "gru": {"cell": "gru"},
    "both directions": {"bidirectional": True, "layers": 2},
    "shrinking": {"layers": 3, "widths": "shrinking", "cell": "gru"},
    "free": {"layers": 2, "widths": "free", "units_2": 2},
    "convolution": {"filters": 3, "kernel_sizes": "2"},
    "several kernels": {"filters": 2, "kernel_sizes": "1,3,7", "bidirectional": True},
    "pooled": {"filters": 3, "kernel_sizes": "2,3", "pooling": 2},
    "batch": {"normalise": "batch", "layers": 2},
    "layer": {"normalise": "layer", "layers": 2, "bidirectional": True, "cell": "gru"},
    "relu": {"activation": "relu"},
    "softsign": {"activation": "softsign", "cell": "gru"},
    "state": {"decoder": "state"},
    "state of both": {"decoder": "state", "layers": 2, "bidirectional": True},
    "state gru": {"decoder": "state", "layers": 2, "cell": "gru", "widths": "shrinking"},
    "attention": {"decoder": "state", "attention": True},
    "attention gru": {
        "decoder": "state",
        "attention": True,
        "cell": "gru",
        "layers": 2,
        "bidirectional": True,
        "normalise": "layer",
        "filters": 2,
        "pooling": 2,
    },
    "taught": {"decoder": "state", "teacher_forcing": True},
    "taught, attention": {
        "decoder": "state",
        "teacher_forcing": True,
        "attention": True,
        "cell": "gru",
        "layers": 2,
    },
    "penalties": {"l1_kernel": 0.01, "l2_recurrent": 0.02, "l2_bias": 0.03, "forget_bias": 0},
    "penalties of a decoder": {"decoder": "state", "l2_kernel": 0.01, "l1_bias": 0.02},
}
"""Architectures by name, each with what it differs in from the default."""

DECODED = {name for name, asked in NETWORKS.items() if "decoder" in asked}
POOLED = {name for name, asked in NETWORKS.items() if "pooling" in asked}


def fitting(name: str, form: str) -> bool:
    """Whether a network is another one than the others in this form, and can be built."""
    if form == "steps" and name in POOLED:
        return False
    return form == "decoder" or name not in DECODED
