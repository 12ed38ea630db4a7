"""A saved model: there and back bit for bit; everything else is refused."""

import json
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from test_tuned_model import tuned
from tiny_fits import series
from tiny_sequences import LONGEST, learnt, sequences

from autolstm.errors import ModelFileError, StorageError
from autolstm.tuned import files
from autolstm.tuned.files import is_model, load, save
from autolstm.tuned.labelled import TunedLabeller

pytestmark = [
    pytest.mark.slow,
    # Keras writes weights with np.array(variable), which TensorFlow answers in numpy 1's way.
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't:DeprecationWarning"),
]

NAMES = [
    *("SHA256SUMS", "history.npz", "model.json", "network.json"),
    *("seed-1.weights.h5", "seed-2.weights.h5"),
]

SOME = {"elements": st.floats(-100, 100)}


@pytest.fixture(scope="module")
def model():
    levels = {"power": "log", "trend": "linear", "seasonal_adjustment": 5}
    made, _, _ = tuned(series(columns=2), layers=2, difference=1, seasonal_difference=4, **levels)
    return replace(made, time_column="when")


@pytest.fixture(scope="module")
def saved(model, tmp_path_factory):
    return save(model, tmp_path_factory.mktemp("saved") / "model")


@pytest.fixture
def copy(saved, tmp_path):
    return shutil.copytree(saved, tmp_path / "model")


def rewrite(folder, **changes):
    """Change the manifest, and the checksums with it."""
    stored = {**json.loads((folder / "model.json").read_text()), **changes}
    (folder / "model.json").write_text(json.dumps(stored))
    resum(folder)


def resum(folder):
    sums = {
        one.name: files._sum(one.read_bytes())
        for one in folder.iterdir()
        if one.name != "SHA256SUMS"
    }
    (folder / "SHA256SUMS").write_text(files._sums_text(sums))


def test_there_and_back(model, saved):
    back = load(saved)
    pd.testing.assert_frame_equal(back.predict(), model.predict(), check_exact=True)
    assert (back.name, back.seeds, back.time_column) == (model.name, model.seeds, "when")
    assert back.settings == model.settings
    assert back.recipe.to_json() == model.recipe.to_json()
    assert back.history.firsts.tolist() == [len(model.history) - model.recipe.reach]
    about = ("columns", "unit", "season", "source", "frequency", "name", "fill")
    for field in about:
        assert getattr(back.history, field) == getattr(model.history, field)
    assert back.history.times.equals(model.history.times[-model.recipe.reach :])
    assert repr(back) == repr(model)
    assert is_model(saved)


def test_a_loaded_model_can_be_saved(model, saved, tmp_path):
    again = save(load(str(saved)), str(tmp_path / "again"))
    pd.testing.assert_frame_equal(load(again).predict(), model.predict(), check_exact=True)


@pytest.mark.parametrize(("dated", "horizon"), [(False, 1), (True, 3)])
def test_plain_steps_and_several_steps(dated, horizon, tmp_path):
    made, _, _ = tuned(series(dated=dated), horizon)
    back = load(save(made, tmp_path / "model"))
    pd.testing.assert_frame_equal(back.predict(steps=4), made.predict(steps=4), check_exact=True)


def test_the_files_are_what_they_say(saved):
    assert sorted(one.name for one in saved.iterdir()) == NAMES
    stored = json.loads((saved / "model.json").read_text())
    assert (stored["kind"], stored["format"], stored["study"]) == ("autolstm model", 3, "study")
    assert stored["task"] == "forecasting"
    with np.load(saved / "history.npz", allow_pickle=False) as archive:
        assert list(archive) == ["values"]
    assert not any(b"pickle" in (saved / name).read_bytes() for name in NAMES)


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="needs sha256sum")
def test_sha256sum_agrees(saved):
    command = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    done = subprocess.run(command, cwd=saved, capture_output=True, text=True, check=True)
    assert done.stdout.count(": OK") == len(NAMES) - 1


def test_plain_keras_reads_the_network(model, saved):
    from autolstm.models.backend import keras

    window = model.recipe.series(model.history)[None, -model.recipe.window :]
    for number in (1, 2):
        network = keras.models.model_from_json((saved / "network.json").read_text())
        network.load_weights(saved / f"seed-{number}.weights.h5")
        expected = model.networks.forecast(number - 1, window[0])
        np.testing.assert_allclose(network(window)[0], expected, rtol=1e-5)


def test_tensorflow_is_not_needed_to_load_or_to_find_fault(saved):
    code = (
        "import sys; from autolstm.tuned.files import load; model = load(sys.argv[1])\n"
        "try: model.predict(steps=0)\n"
        "except ValueError: pass\n"
        "try: model.predict('nowhere.csv')\n"
        "except ValueError: pass\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules), 'imported'\n"
    )
    subprocess.run([sys.executable, "-c", code, saved], check=True, timeout=60)


@pytest.mark.parametrize("name", ["with space", "größe-模型"])
def test_the_folder_may_be_moved_and_called_anything(name, saved, tmp_path, model):
    there = shutil.copytree(saved, tmp_path / name / "model")
    pd.testing.assert_frame_equal(load(there).predict(), model.predict(), check_exact=True)
    save(load(there), there)
    assert is_model(there)


@pytest.mark.parametrize("name", NAMES)
def test_any_byte_that_changed_is_found(name, copy):
    content = (copy / name).read_bytes()
    for place in np.linspace(0, len(content) - 1, 12).astype(int):
        for bit in (0, 5):
            changed = bytearray(content)
            changed[place] ^= 1 << bit
            (copy / name).write_bytes(changed)
            with pytest.raises(ModelFileError, match=r"is damaged: .* (changed|missing)\. Run"):
                load(copy)
    (copy / name).write_bytes(content)
    load(copy)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_was_cut_or_grew_is_found(name, copy):
    content = (copy / name).read_bytes()
    for other in (content[:-1], content[: len(content) // 2], b"", content + b"\n"):
        (copy / name).write_bytes(other)
        with pytest.raises(ModelFileError, match=r"is damaged: .* Run the study again"):
            load(copy)
    assert not is_model(copy)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_is_missing_is_named(name, copy):
    (copy / name).unlink()
    with pytest.raises(ModelFileError, match=rf"{name} (is missing|in it)"):
        load(copy)


def test_files_that_do_not_fit_together_are_refused(copy):
    message = r"is damaged: model\.json and the files do not fit together"
    for changes in (
        {"seeds": [1, 2, 3]},
        {"seeds": []},
        {"settings": {"architecture.cells": 3}},
        {"recipe": {}},
        {"data": None},
    ):
        before = (copy / "model.json").read_text()
        rewrite(copy, **changes)
        with pytest.raises(ModelFileError, match=message):
            load(copy)
        (copy / "model.json").write_text(before)
    resum(copy)
    np.savez(copy / "history.npz", values=np.zeros((3, 2)))
    resum(copy)
    with pytest.raises(ModelFileError, match=message + r" \(3 rows of history"):
        load(copy)
    (copy / "history.npz").write_bytes(b"PK no archive")
    resum(copy)
    with pytest.raises(ModelFileError, match=message):
        load(copy)


def test_weights_of_another_network_are_refused(copy):
    made, _, _ = tuned()
    made.networks.save_weights(0, copy / "seed-2.weights.h5")
    resum(copy)
    with pytest.raises(ModelFileError, match="The weights of seed 2 do not fit the network"):
        load(copy).predict()


def as_before(stored, number):
    """Return a manifest as formats 1 and 2 had it: one series, and fewer knobs."""
    (each,), (series,) = stored["recipe"]["each"], stored["data"]["series"]
    told = ("window", "horizon", "difference", "seasonal_difference")
    recipe = {
        **{name: stored["recipe"][name] for name in told},
        **{name: each[name] for name in ("inputs", "target")},
        "level": each["levels"][0],
        "variance": each["variance"][0],
    }
    names = ("name", "columns", "unit", "season", "source", "fill", "frequency")
    data = {**{name: stored["data"][name] for name in names}, "first": series["first"]}
    later = ["preparation.strategy", "preparation.encode", "architecture.embedding"]
    before = {**stored, "recipe": recipe, "data": data, "row": series["row"], "format": number}
    del before["task"], before["id_column"]
    if number == 1:
        later += [f"preparation.{one}" for one in ("power", "trend", "seasonal_adjustment")]
        del before["recipe"]["level"], before["row"], before["data"]["fill"]
    before["settings"] = {one: at for one, at in stored["settings"].items() if one not in later}
    return before


@pytest.mark.parametrize("number", [1, 2])
def test_a_model_of_an_older_format_is_loaded(number, tmp_path):
    levels = {"power": "log", "trend": "linear", "seasonal_adjustment": 5} if number == 2 else {}
    made, _, _ = tuned(difference=1, **levels)
    folder = save(made, tmp_path / "model")
    stored = as_before(json.loads((folder / "model.json").read_text()), number)
    (folder / "model.json").write_text(json.dumps(stored))
    resum(folder)
    back = load(folder)
    assert back.settings == made.settings
    pd.testing.assert_frame_equal(back.predict(steps=3), made.predict(steps=3), check_exact=True)


# Models of sequences ----------------------------------------------------------------------------


@pytest.fixture(
    scope="module",
    params=[
        ("vector", "classes", {"ragged": True}, {}),
        ("vector", "numbers", {}, {"window": 4}),
        ("steps", "classes", {"symbols": True, "ragged": True}, {}),
        ("decoder", "classes", {"symbols": True}, {"encode": "embedding", "embedding": 2}),
        ("decoder", "numbers", {"ragged": True}, {"scale": "robust"}),
    ],
    ids=str,
)
def answering(request, tmp_path_factory):
    """A model of sequences, and its folder."""
    form, kind, options, knobs = request.param
    made, _, _ = learnt(sequences(form, kind, **options), **knobs)
    made = replace(made, id_column="case", time_column="step")
    return made, save(made, tmp_path_factory.mktemp("saved") / "model")


def test_a_model_of_sequences_there_and_back(answering):
    made, folder = answering
    back = load(folder)
    assert isinstance(back, TunedLabeller)
    for field in fields(made):
        if field.name not in ("recipe", "weights"):
            assert getattr(back, field.name) == getattr(made, field.name)
    assert back.recipe.to_json() == made.recipe.to_json()
    assert repr(back) == repr(made)
    again = load(save(back, folder.with_name("again")))
    symbols = any(made.like.symbolic)

    @settings(max_examples=20, deadline=None)
    @given(
        st.lists(st.text("abcdx", min_size=LONGEST, max_size=LONGEST), min_size=1, max_size=5)
        if symbols
        else arrays(np.float64, st.tuples(st.integers(1, 5), st.just(LONGEST), st.just(2)), **SOME)
    )
    def check(data):
        expected = made.predict(data)
        pd.testing.assert_frame_equal(back.predict(data), expected, check_exact=True)
        pd.testing.assert_frame_equal(again.predict(data), expected, check_exact=True)

    check()


def test_the_files_of_a_model_of_sequences(answering):
    _, folder = answering
    assert sorted(one.name for one in folder.iterdir()) == [
        one for one in NAMES if one != "history.npz"
    ]
    stored = json.loads((folder / "model.json").read_text())
    assert (stored["kind"], stored["format"], stored["task"]) == ("autolstm model", 3, "labelling")


def test_a_damaged_model_of_sequences_is_refused(answering, tmp_path):
    copied = shutil.copytree(answering[1], tmp_path / "model")
    before = (copied / "model.json").read_text()
    message = r"is damaged: model\.json and the files do not fit together"
    for changes in ({"seeds": [1, 2, 3]}, {"recipe": {}}, {"data": {}}, {"task": "forecasting"}):
        rewrite(copied, **changes)
        with pytest.raises(ModelFileError, match=message):
            load(copied)
        (copied / "model.json").write_text(before)
    resum(copied)
    load(copied)


def test_a_model_of_another_task_is_refused(answering, tmp_path):
    copied = shutil.copytree(answering[1], tmp_path / "model")
    rewrite(copied, task="painting")
    with pytest.raises(ModelFileError, match=r"do not fit together \(the task 'painting'"):
        load(copied)


def test_answers_need_no_tensorflow_before_the_first(answering):
    code = (
        "import sys; from autolstm.tuned.files import load; model = load(sys.argv[1])\n"
        "try: model.predict('nowhere.csv')\n"
        "except ValueError: pass\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules), 'imported'\n"
    )
    subprocess.run([sys.executable, "-c", code, answering[1]], check=True, timeout=60)


def test_a_newer_format_is_refused(copy):
    rewrite(copy, format=4, autolstm="9.9")
    message = r"by autolstm 9\.9 in a newer format \(4, this one reads 3\)\. Upgrade with pip"
    with pytest.raises(ModelFileError, match=message):
        load(copy)


@pytest.mark.parametrize("content", ["{}", "[]", '{"kind": "other", "format": 1}', "no JSON", "1"])
def test_a_foreign_folder_is_refused(content, tmp_path):
    (tmp_path / "model.json").write_text(content)
    with pytest.raises(ModelFileError, match=r"is not a saved model, .* no SHA256SUMS in it"):
        load(tmp_path)
    resum(tmp_path)
    message = r"is not a saved model, .* its model\.json is not one of autolstm\. Give the folder"
    with pytest.raises(ModelFileError, match=message):
        load(tmp_path)


def test_what_is_no_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("text")
    for one in (tmp_path, tmp_path / "none", tmp_path / "file", "/", "."):
        with pytest.raises(ModelFileError, match=r"there is no model\.json in it"):
            load(one)
        assert not is_model(one)


def test_files_that_may_not_be_read(copy, monkeypatch):
    def refuse(_path, _flags):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("autolstm.tuned.members.os.open", refuse)
    with pytest.raises(ModelFileError, match=r"cannot be read: .*Permission denied\. Check that"):
        load(copy)


def test_an_older_model_is_replaced(model, copy):
    (copy / "seed-9.weights.h5").write_text("left over")
    save(replace(model, name="newer"), copy)
    assert load(copy).name == "newer"
    assert sorted(one.name for one in copy.iterdir()) == NAMES
    assert [one.name for one in copy.parent.iterdir()] == ["model"]


def test_a_damaged_model_is_replaced(model, copy):
    (copy / "model.json").write_text("gone")
    save(model, copy)
    assert load(copy).settings == model.settings


def test_nothing_but_a_model_is_replaced(model, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    for one in (tmp_path, tmp_path / "thesis.txt"):
        with pytest.raises(StorageError, match=r"something else than a model\. Move it away"):
            save(model, one)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
    elsewhere = save(model, tmp_path / "elsewhere")
    (tmp_path / "link").symlink_to(elsewhere)
    with pytest.raises(StorageError, match="there is a link, or something else than a model"):
        save(model, tmp_path / "link")
    empty = tmp_path / "empty"
    empty.mkdir()
    load(save(model, empty))


def test_links_beside_the_folder_are_replaced_and_not_followed(model, copy, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for what in ("new", "old"):
        (tmp_path / f".model.{what}").symlink_to(elsewhere)
    save(model, copy)
    assert is_model(copy)
    assert not list(elsewhere.iterdir())
    assert not [one for one in tmp_path.iterdir() if one.is_symlink()]


def test_killed_between_the_two_renames(model, copy):
    """What is set aside serves until the next save, which cleans up."""
    shutil.copytree(copy, copy.with_name(".model.new"))
    copy.rename(copy.with_name(".model.old"))
    assert is_model(copy)
    pd.testing.assert_frame_equal(load(copy).predict(), model.predict(), check_exact=True)
    save(replace(model, name="newer"), copy)
    assert load(copy).name == "newer"
    assert [one.name for one in copy.parent.iterdir()] == ["model"]


def test_a_fault_while_writing_leaves_the_older_model(model, copy, monkeypatch):
    def full(_size, *_more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "_reserve", full)
    message = r"cannot be written to .*model: No space left on device\. Make room or give another"
    with pytest.raises(StorageError, match=message):
        save(replace(model, name="newer"), copy)
    assert load(copy).name == "study"
    assert [one.name for one in copy.parent.iterdir()] == ["model"]


CHILD = """
import sys
from autolstm.tuned.files import load, save
from dataclasses import fields, replace
model = load(sys.argv[1])
{before}
print("ready", flush=True)
for number in range(1000):
    save(replace(model, name=f"number {{number}}"), sys.argv[1])
"""


def child(folder, before=""):
    code = CHILD.format(before=before)
    return subprocess.Popen(
        [sys.executable, "-c", code, folder],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_a_disk_that_is_full_is_an_error_and_no_crash(copy):
    """Written straight to a full disk, HDF5 ends in a segmentation fault."""
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))"
    with child(copy, limit) as process:
        _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "StorageError: The model cannot be written to" in said
    assert "File too large" in said
    assert load(copy).name == "study"


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_killed_at_any_moment_a_whole_model_is_there(copy):
    with child(copy, "model.networks") as process:
        assert process.stdout.readline() == "ready\n"
        for _ in range(40):
            time.sleep(0.01)
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
    assert load(copy).name in {"study", *(f"number {number}" for number in range(1000))}
