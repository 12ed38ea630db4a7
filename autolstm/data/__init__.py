"""Data: files, frames and bundled sets -> `autolstm.dataset.Dataset`, checked."""
