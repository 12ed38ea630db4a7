"""Data: files, frames, arrays, bundled sets -> a checked `Dataset` or `Sequences`."""
