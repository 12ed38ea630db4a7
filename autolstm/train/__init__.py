"""Engines: Windows -> a stream of epochs for all seeds. The contract stands in `engine.py`."""
