"""A file of weights, looked through before Keras reads it.

HDF5 files can link to other files, unpack to any size, and declare what they do not hold. The
weights that Keras writes do none of this: numbers as they are, each in the file once.
"""

import io
import math

import h5py

__all__ = ["held"]

DEEPEST = 60
"""Groups within groups; a network has a few."""

PLAIN = (h5py.h5d.COMPACT, h5py.h5d.CONTIGUOUS)


def held(content: bytes) -> int:
    """Return the bytes of numbers that a file of weights holds.

    Args:
        content: Of the whole file.

    Raises:
        ValueError: It is no HDF5 file, or has something that Keras does not write.
    """
    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            size = _size(file, set(), 0)
    except (OSError, RuntimeError, KeyError, TypeError, OverflowError) as error:
        raise ValueError(f"it is no whole HDF5 file ({error})") from None
    if size > len(content):
        raise ValueError("it declares more numbers than it holds")
    return size


def _size(group: h5py.Group, seen: set[int], depth: int) -> int:
    """Add up the numbers of a group, each of which is there once."""
    size = 0
    for name in group:
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise ValueError(f"{name} in it is a link to elsewhere")
        one = group[name]
        place = h5py.h5o.get_info(one.id).addr
        if place in seen or depth > DEEPEST:
            raise ValueError(f"{name} in it is there twice, or too deep")
        seen.add(place)
        if isinstance(one, h5py.Group):
            size += _size(one, seen, depth + 1)
        elif isinstance(one, h5py.Dataset):
            size += _numbers(one, name)
        else:
            raise ValueError(f"{name} in it is neither a group nor numbers")
    return size


def _numbers(one: h5py.Dataset, name: str) -> int:
    """Return the bytes of a data set, which lie in the file as they are."""
    how, kind = one.id.get_create_plist(), one.dtype
    size = math.prod(one.shape or ()) * kind.itemsize
    if kind.kind not in "fiub":
        raise ValueError(f"{name} in it holds no numbers")
    if how.get_nfilters() or how.get_layout() not in PLAIN or how.get_external_count():
        raise ValueError(f"{name} in it is packed, or lies in another file")
    if one.id.get_storage_size() != size:
        raise ValueError("it declares more numbers than it holds")
    return int(size)
