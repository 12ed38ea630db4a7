"""The engine that is imported when it is first needed."""

import subprocess
import sys

from autolstm.train.deferred import DeferredEngine

CODE = """
import sys
from autolstm.train.deferred import DeferredEngine
engine = DeferredEngine("reference")
assert engine.name == "reference"
assert not {"tensorflow", "keras"} & set(sys.modules)
"""


def test_tensorflow_is_not_imported_before_it_is_needed():
    subprocess.run([sys.executable, "-c", CODE], check=True, timeout=60)


def test_the_engine_is_made_once(monkeypatch):
    class Engine:
        name = "reference"

        def start(self, windows, settings, seeds, own=None):
            return self, windows, settings, seeds

    module = type(sys)("autolstm.train.reference")
    module.ReferenceEngine = Engine
    monkeypatch.setitem(sys.modules, module.__name__, module)
    engine = DeferredEngine("reference")
    assert engine.load() is engine.load()
    assert engine.start(1, 2, [3]) == (engine.load(), 1, 2, [3])
