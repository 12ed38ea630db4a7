"""A model from a stranger: each file made by hand to do harm, and what is said of it."""

import io
import json
import os
import pickle
import shutil
import sys
import zipfile
from dataclasses import replace

import h5py
import numpy as np
import pytest
from test_tuned_files import resum, rewrite
from test_tuned_model import tuned
from typer.testing import CliRunner

from autolstm.cli.app import app
from autolstm.errors import ModelFileError
from autolstm.tuned import hdf5, members, stored
from autolstm.tuned.files import load, save
from autolstm.tuned.permitted import refused

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    made, _, _ = tuned(difference=1)
    return save(made, tmp_path_factory.mktemp("saved") / "model")


@pytest.fixture
def copy(saved, tmp_path):
    return shutil.copytree(saved, tmp_path / "model")


def said(folder):
    """Return what the command says of a model that it refuses."""
    result = CliRunner().invoke(app, ["predict", f"{folder}/"], prog_name="autolstm")
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    return result.stderr


# Files of the folder ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["model.json", "SHA256SUMS", "history.npz", "seed-2.weights.h5"])
def test_a_link_is_not_followed(copy, name):
    elsewhere = copy.parent / "elsewhere"
    (copy / name).rename(elsewhere)
    (copy / name).symlink_to(elsewhere)
    assert f"is not read: {name} is a link, whose file lies elsewhere. It takes" in said(copy)


@pytest.mark.parametrize("what", ["pipe", "device", "folder", "dangling"])
def test_what_is_no_file_is_not_waited_for(copy, what):
    path = copy / "history.npz"
    path.unlink()
    if what == "pipe":
        os.mkfifo(path)
    elif what == "folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero" if what == "device" else "/nowhere")
    told = said(copy)
    assert (
        "is a link" in told or "is not read: history.npz is a folder, a device or a pipe" in told
    )


def test_a_file_that_does_not_fit_is_not_read(copy, monkeypatch):
    monkeypatch.setattr(members, "free", lambda: 3000)
    with pytest.raises(ModelFileError, match=r"model\.json has \d\.\d KiB, .* 2\.9 KiB are free"):
        load(copy)
    with open(copy / "seed-1.weights.h5", "r+b") as file:
        file.truncate(10**13)
    monkeypatch.undo()
    assert "seed-1.weights.h5 has 9.0 TiB, which takes about" in said(copy)


def test_sums_name_files_of_the_folder_only(copy):
    for name in ("../secret", "/etc/passwd", "a/b", "a\\b"):
        sums = (copy / "SHA256SUMS").read_text()
        (copy / "SHA256SUMS").write_text(f"{'0' * 64}  {name}\n" + sums)
        assert "SHA256SUMS was changed" in said(copy)
        (copy / "SHA256SUMS").write_text(sums)


@pytest.mark.parametrize("name", ["model.json", "network.json"])
def test_json_as_deep_as_a_well(copy, name):
    deep = '{"a":' * 100_000 + "1" + "}" * 100_000
    (copy / name).write_text(deep)
    resum(copy)
    if name == "network.json":
        rewrite(copy, own=True)
    told = said(copy)
    assert "not one of autolstm" in told or "nested too deeply" in told


@pytest.mark.parametrize(
    "changes",
    [
        {"data": "text"},
        {"data": []},
        {"recipe": 3},
        {"recipe": {"each": [[]] * 3}},
        {"settings": []},
        {"seeds": {"a": 1}},
        {"seeds": "ab"},
        {"task": ["forecasting"]},
    ],
    ids=str,
)
def test_a_manifest_of_other_things(copy, changes):
    rewrite(copy, **changes)
    assert "do not fit together" in said(copy) or "is missing" in said(copy)


@pytest.mark.parametrize("rows", [10**18, -1, 0, "9", 1.5, None])
def test_rows_that_are_not_there(copy, rows):
    data = json.loads((copy / "model.json").read_text())["data"]
    data["series"][0]["rows"] = rows
    rewrite(copy, data=data)
    assert "rows of history, of series with" in said(copy)


def test_a_model_that_is_wider_than_the_memory(copy, monkeypatch):
    monkeypatch.setattr(stored, "free", lambda: 10)
    with pytest.raises(ModelFileError, match=r"one forecast takes \d+ bytes of memory, 10 bytes"):
        load(copy)


# Arrays -----------------------------------------------------------------------------------------


class Harm:
    """Unpickled, it would make a file."""

    def __reduce__(self):
        return (open, ("harmed", "w"))


def npy(shape, kind="<f8", body=b""):
    """Return an array in numpy's format whose header says what one likes."""
    head = (
        repr({"descr": kind, "fortran_order": False, "shape": shape}).encode().ljust(117) + b"\n"
    )
    return b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head + body


def packed(folder, content):
    with zipfile.ZipFile(folder / "history.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("values.npy", content)
    resum(folder)


def test_no_pickle_is_read(copy, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    np.savez(copy / "history.npz", values=np.array([Harm()], dtype=object))
    resum(copy)
    assert "allow_pickle=False" in said(copy)
    (copy / "history.npz").write_bytes(pickle.dumps(Harm()))
    resum(copy)
    assert "do not fit together" in said(copy)
    assert not (tmp_path / "harmed").exists()


@pytest.mark.parametrize(
    "content",
    [
        npy((10**15, 10**15)),
        npy((10**9,), body=b"12345678"),
        npy((2**62, 4)),
        npy((-1,)),
        npy((1,), "<U1000000000"),
        b"\x93NUMPY\x03\x00\x02\x00{}",
        b"no numpy",
    ],
    ids=range(7),
)
def test_an_array_that_is_not_as_large_as_it_says(copy, content):
    packed(copy, content)
    assert "do not fit together" in said(copy)


def test_zeros_that_unpack_to_more_than_there_is(copy, monkeypatch):
    packed(copy, npy((10**6,), body=bytes(8 * 10**6)))
    assert (copy / "history.npz").stat().st_size < 20_000
    monkeypatch.setattr("autolstm.data.npz.free", lambda: 2**24)
    assert "it unpacks to 7.6 MiB, which takes about 22.8 MiB of memory, and 16.0 M" in said(copy)


def test_an_archive_that_is_damaged(copy):
    (copy / "history.npz").write_bytes(b"PK\x03\x04" + bytes(100))
    resum(copy)
    assert "do not fit together" in said(copy)


# Weights ----------------------------------------------------------------------------------------


def weights(**options):
    """Return an HDF5 file with some numbers, and one data set as asked for."""
    with h5py.File(file := io.BytesIO(), "w") as made:
        made["fine"] = np.zeros(4, np.float32)
        if options:
            made.create_dataset("bad", **options)
    return file.getvalue()


def linked(link):
    with h5py.File(file := io.BytesIO(), "w") as made:
        made.create_group("here")
        made["here/bad"] = made["/"] if link is None else link
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (weights(shape=(2**20,), dtype="f4"), "it declares more numbers than it holds"),
        (weights(shape=(2**60,), dtype="f4"), "it declares more numbers than it holds"),
        (weights(data=np.zeros(9), chunks=(3,), compression="gzip"), "bad in it is packed, or"),
        (weights(shape=(2**40,), dtype="f4", chunks=(4,)), "bad in it is packed, or lies in"),
        (
            weights(shape=(9,), dtype="u1", external=[("/etc/passwd", 0, 9)]),
            "bad in it is packed, or lies in another file",
        ),
        (weights(data=["text"]), "bad in it holds no numbers"),
        (linked(h5py.ExternalLink("/etc/passwd", "/")), "bad in it is a link to elsewhere"),
        (linked(h5py.SoftLink("/here")), "bad in it is a link to elsewhere"),
        (linked(None), "here in it is there twice, or too deep"),
        (linked(np.dtype("f8")), "bad in it is neither a group nor numbers"),
        (b"no HDF5", "it is no whole HDF5 file"),
        (weights()[:-3], "it is no whole HDF5 file"),
    ],
    ids=range(12),
)
def test_weights_that_keras_does_not_write(content, says):
    with pytest.raises(ValueError, match=says):
        hdf5.held(content)


def test_groups_as_deep_as_a_well():
    with h5py.File(file := io.BytesIO(), "w") as made:
        made.create_group("/".join("a" * 100))
    with pytest.raises(ValueError, match="or too deep"):
        hdf5.held(file.getvalue())


def test_what_keras_writes_is_read(saved):
    content = (saved / "seed-1.weights.h5").read_bytes()
    assert 0 < hdf5.held(content) < len(content)


def test_the_command_says_which_seed(copy):
    (copy / "seed-2.weights.h5").write_bytes(linked(h5py.ExternalLink("/etc/passwd", "/")))
    resum(copy)
    assert (
        "The weights of seed 2 are not read: bad in it is a link to elsewhere. They take a file "
        "as Keras writes it." in said(copy)
    )


def test_a_network_that_is_larger_than_its_weights(copy):
    settings = json.loads((copy / "model.json").read_text())["settings"]
    rewrite(copy, settings={**settings, "architecture.units": 1024, "architecture.layers": 4})
    told = said(copy)
    assert "The network of this model would take 1" in told
    assert "MiB of weights, but its files hold " in told
    # Nothing is left over that the next network would take along.
    load(shutil.copytree(copy, copy.with_name("other")))


# Networks ---------------------------------------------------------------------------------------


def network(layer=None, **config):
    """Describe a network with one layer more, as Keras does."""
    from autolstm.models.backend import keras

    inputs = keras.Input((4, 1))
    made = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.LSTM(2)(inputs)))
    described = json.loads(made.to_json())
    if layer:
        one = described["config"]["layers"][-1]
        one["class_name"], (one["module"], one["config"]) = (
            layer,
            (*(config.pop("module", "keras.layers"), {"name": "bad", **config}),),
        )
    return described


def own(folder, described):
    """Have a model use a network that it describes itself."""
    (folder / "network.json").write_text(json.dumps(described))
    rewrite(folder, own=True)
    return folder


CODE = "4wAAAAAAAAAAAAAAAAAAAAAAAAAAAAMAAADzAAAAAA=="


@pytest.mark.parametrize(
    ("layer", "config"),
    [
        ("Lambda", {"function": {"class_name": "__lambda__", "config": {"value": [CODE]}}}),
        ("TFSMLayer", {"filepath": "/tmp/evil"}),
        ("TorchModuleWrapper", {"module": "keras.layers"}),
        ("StringLookup", {"vocabulary": "/etc/passwd"}),
        ("TextVectorization", {}),
        ("get_file", {"module": "keras.utils"}),
        ("load_model", {"module": "keras.saving"}),
        ("System", {"module": "keras_hub.models"}),
        ("Map", {"module": "keras.src.ops.core"}),
        ("Popen", {"module": "keras.src.utils"}),
    ],
)
def test_a_layer_that_acts(copy, layer, config):
    told = said(own(copy, network(layer, **config)))
    assert f".{layer}, which is no layer that only computes: it could run code or read" in told


@pytest.mark.parametrize(
    "inner",
    [
        {"class_name": "__lambda__", "config": {"value": CODE}},
        {"class_name": "__typespec__", "module": "os", "config": []},
        {"class_name": "function", "module": "builtins", "config": "eval"},
        {"class_name": "function", "module": "keras.utils", "config": "get_file"},
        {"class_name": "function", "module": "keras.activations", "config": "deserialize"},
        {"class_name": "Lambda", "config": {}},
    ],
    ids=str,
)
def test_what_is_hidden_inside_a_layer(copy, inner):
    assert "which is no layer that only computes" in said(
        own(copy, network("Dense", units=1, activation=inner))
    )


def test_a_module_of_python_is_not_imported(copy):
    assert "antigravity" not in sys.modules
    for module in ("antigravity", "os", None):
        told = said(own(copy, network("system", module=module)))
        assert "cannot be built again (Could not locate class 'system'" in told
    assert "antigravity" not in sys.modules


def test_a_network_larger_than_its_weights_is_not_made(copy):
    told = said(own(copy, network("Dense", units=10**12)))
    assert "would take 10.9 TiB of weights" in told


def test_plain_networks_are_permitted():
    from autolstm.models.backend import keras

    layers = keras.layers
    x = keras.Input((4, 2))
    y = layers.Bidirectional(layers.GRU(3, kernel_regularizer="l2", dropout=0.1, seed=3))(x)
    y = layers.RepeatVector(4)(keras.ops.tanh(y + 1.0) * y)
    y = layers.RNN([layers.LSTMCell(2), layers.GRUCell(2)], return_sequences=True)(y[:, :2])
    y = layers.Dense(2, activation="gelu", kernel_constraint=keras.constraints.MaxNorm(2))(y)
    model = keras.Model(x, layers.TimeDistributed(layers.Dense(1, keras.activations.relu))(y))
    described = json.loads(keras.Sequential([x, model]).to_json())

    def is_activation(name):
        return hasattr(keras.activations, name)

    assert refused(described, lambda name: False, is_activation) == ""
    keras.models.model_from_json(json.dumps(described))
    deep = {}
    for _ in range(200):
        deep = {"a": [deep]}
    assert refused(deep, lambda name: False, is_activation) == "something nested too deeply"


def test_a_network_of_plain_layers_is_read_and_compiled_ones_too(copy, saved):
    made = load(saved)
    network = json.loads((saved / "network.json").read_text())
    network["compile_config"] = {"loss": {"class_name": "function", "config": "x"}}
    own(copy, {name: one for name, one in network.items() if name != "compile_config"})
    read = load(copy)
    assert read.predict().equals(replace(made, make=read.make).predict())
