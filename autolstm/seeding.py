"""One root seed, named children: randomness is always an argument.

A child depends on its names only, never on how many were drawn before it, so a resumed
study draws the same seeds as one that was never interrupted.
"""

import hashlib

import numpy as np

__all__ = ["child", "children", "generator"]


def child(root: int, *names: str | int) -> int:
    """Derive a seed in [0, 2**31) from a root seed and a path of names."""
    path = "/".join([str(root), *map(str, names)])
    return int.from_bytes(hashlib.sha256(path.encode()).digest()[:4], "big") >> 1


def children(root: int, name: str, count: int) -> tuple[int, ...]:
    """Derive ``count`` different seeds below one name."""
    seeds: dict[int, None] = {}
    number = 0
    while len(seeds) < count:
        seeds[child(root, name, number)] = None
        number += 1
    return tuple(seeds)


def generator(root: int, *names: str | int) -> np.random.Generator:
    """Return a numpy generator seeded with a child of ``root``."""
    return np.random.default_rng(child(root, *names))
