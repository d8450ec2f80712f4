"""Nothing in a hostile artefact ever runs, though the attacker fits the manifest to it.

Every attack leaves a sentinel when joblib itself reads the file: that is checked first, so that
each test has teeth.
"""

import contextlib
import copyreg
import functools
import importlib
import os
import pathlib
import pickle
import re
import subprocess
import sys
import timeit
from pathlib import Path

import joblib
import numpy as np
import pytest
from joblib.numpy_pickle_compat import NDArrayWrapper
from registry_samples import Law, SmallModel, TamperedPickler, Unit, dump, replace_artefact

from recycler.registry import ArtefactError


class Call:
    """Pickles as a call of `function`, whose result may be called in turn."""

    def __init__(self, function, *arguments):
        self.reduced = (function, arguments)

    def __reduce__(self):
        return self.reduced

    def __call__(self):
        """Only there to be allowed as the function of another call."""


CALLS = {
    "os.system": lambda path: Call(os.system, f"mkdir {path}"),
    "os.mkdir": lambda path: Call(os.mkdir, path),
    "subprocess.call": lambda path: Call(subprocess.call, ["mkdir", path]),
    "builtins.eval": lambda path: Call(eval, f"__import__('os').mkdir({path!r})"),
    "builtins.exec": lambda path: Call(exec, f"import os; os.mkdir({path!r})"),
    "builtins.getattr": lambda path: Call(
        Call(getattr, Call(importlib.import_module, "os"), "mkdir"), path
    ),
    "builtins.__import__": lambda _: Call(__import__, "hostile_module"),
    "importlib.import_module": lambda _: Call(importlib.import_module, "hostile_module"),
    "functools.partial": lambda path: Call(functools.partial(os.mkdir, path)),
    "pathlib.Path.mkdir": lambda path: Call(pathlib.Path.mkdir, pathlib.Path(path)),
    "pickle.loads": lambda path: Call(pickle.loads, pickle.dumps(Call(os.mkdir, path))),
    "joblib.load": lambda _: Call(joblib.load, "hostile.joblib"),
    "numpy.load": lambda _: Call(np.load, "hostile.npy", None, True),
    "numpy.savetxt": lambda path: Call(np.savetxt, path, [1.0]),
    "timeit.timeit": lambda path: Call(
        timeit.timeit, f"__import__('os').mkdir({path!r})", "pass", timeit.default_timer, 1
    ),
}  # fmt: skip


def hold(payload, tmp_path, **lies) -> bytes:
    """The bytes of a model that holds a payload, or lies about its arrays."""
    model = SmallModel().fit()
    if payload is not None:
        model.hidden_ = payload
    with (tmp_path / "made").open("wb") as file:
        TamperedPickler(file, **lies).dump(model)
    return (tmp_path / "made").read_bytes()


PLACES = {
    "the file itself": lambda call, _: dump(call),
    "an attribute": hold,
    "a list in a dictionary": lambda call, tmp: hold({"a": [call]}, tmp),
    "a key": lambda call, tmp: hold({call: 1}, tmp),
    "a part of a key": lambda call, tmp: hold({("a", call): 1}, tmp),
    "a record": lambda call, tmp: hold(Law(call, Unit.GRAM), tmp),
    "an array of objects": lambda call, tmp: hold(np.array([call], dtype=object), tmp),
    "an array of one object": lambda call, tmp: hold(np.array(call, dtype=object), tmp),
    "an array of fields": lambda call, tmp: hold(np.array([(call,)], dtype=[("a", "O")]), tmp),
    "an array's shape": lambda call, tmp: hold(None, tmp, shape=call),
    "an array's type": lambda call, tmp: hold(None, tmp, dtype=call),
    "an array's class": lambda call, tmp: hold(None, tmp, subclass=call),
    "an array's unknown field": lambda call, tmp: hold(None, tmp, unknown=call),
}  # fmt: skip


def text(value: str) -> bytes:
    return pickle.SHORT_BINUNICODE + bytes([len(value)]) + value.encode()


STREAMS = {
    "GLOBAL": lambda path: b"cos\nmkdir\n" + text(path) + b"\x85R",
    "INST": lambda path: b"(" + text(path) + b"ios\nmkdir\n",
    "OBJ": lambda path: b"(cos\nmkdir\n" + text(path) + b"o",
    "STACK_GLOBAL": lambda path: text("os") + text("mkdir") + b"\x93" + text(path) + b"\x85R",
    "a dotted name in an allowed module": lambda path: (
        text("registry_samples") + text("json.codecs.builtins.eval") + b"\x93"
        + text(f"__import__('os').mkdir({path!r})") + b"\x85R"
    ),
    "a dotted name in an allowed class": lambda path: (
        text("registry_samples") + text("SmallModel.fit.__builtins__.get") + b"\x93"
        + text("eval") + b"\x85R" + text(f"__import__('os').mkdir({path!r})") + b"\x85R"
    ),
    "an extension code": lambda path: b"\x82\xf0" + text(path) + b"\x85R",
    "a name made of pieces in the memo": lambda path: (
        text("mkdir") + b"\x94" + text("os") + b"\x94" + b"h\x01h\x00\x93" + text(path) + b"\x85R"
    ),
    "a call before the end of a damaged stream": lambda path: (
        text("os") + text("mkdir") + b"\x93" + text(path) + b"\x85R" + b"\xff"
    ),
}  # fmt: skip


@pytest.fixture
def sentinel(tmp_path, monkeypatch):
    """A path that every attack would create; the files that some attacks need stand around it."""
    path = tmp_path / "ran"
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "hostile_module.py").write_text(f"import os\nos.mkdir({str(path)!r})\n")
    (tmp_path / "hostile.joblib").write_bytes(dump(Call(os.mkdir, str(path))))
    np.save("hostile.npy", np.array([Call(os.mkdir, str(path))], dtype=object))
    copyreg.add_extension("os", "mkdir", 0xF0)
    yield path
    copyreg.remove_extension("os", "mkdir", 0xF0)
    sys.modules.pop("hostile_module", None)


def runs_in_joblib(artefact: bytes, sentinel: Path) -> bool:
    """Whether the attack works on joblib.load; the sentinel is taken away again."""
    path = sentinel.with_name("attack.joblib")
    path.write_bytes(artefact)
    with contextlib.suppress(Exception):
        joblib.load(path)
    sys.modules.pop("hostile_module", None)
    ran = sentinel.exists()
    if sentinel.is_dir():
        sentinel.rmdir()
    sentinel.unlink(missing_ok=True)
    return ran


def assert_refused_unrun(registry, artefact: bytes, sentinel: Path) -> None:
    replace_artefact(registry.root, artefact)
    with pytest.raises(ArtefactError) as caught:
        registry.load()
    assert re.fullmatch(r"model v1, model\.joblib: .+; restore .+", str(caught.value))
    *passed, failed = registry.verify()
    assert all(check.passed for check in passed)
    assert (failed.step, failed.passed, failed.detail) == ("classes", False, str(caught.value))
    assert not sentinel.exists()


@pytest.mark.parametrize("name", CALLS)
def test_no_call_ever_runs(name, registry, sentinel, tmp_path):
    artefact = hold(CALLS[name](str(sentinel)), tmp_path)
    assert runs_in_joblib(artefact, sentinel)
    assert_refused_unrun(registry, artefact, sentinel)


@pytest.mark.parametrize("place", PLACES)
def test_no_place_for_a_call_is_overlooked(place, registry, sentinel, tmp_path):
    artefact = PLACES[place](Call(os.mkdir, str(sentinel)), tmp_path)
    assert runs_in_joblib(artefact, sentinel)
    assert_refused_unrun(registry, artefact, sentinel)


@pytest.mark.parametrize("stream", STREAMS)
def test_no_way_of_naming_gets_round_the_allow_list(stream, registry, sentinel):
    artefact = b"\x80\x04" + STREAMS[stream](str(sentinel)) + b"."
    assert runs_in_joblib(artefact, sentinel)
    assert_refused_unrun(registry, artefact, sentinel)


def test_no_file_beside_is_read(registry, sentinel):
    """Joblib's oldest format names another file, which may hold a pickle."""
    artefact = dump([NDArrayWrapper("hostile.npy", np.ndarray, allow_mmap=False)])
    assert runs_in_joblib(artefact, sentinel)
    assert_refused_unrun(registry, artefact, sentinel)


def test_nothing_is_imported_that_is_not_allowed(registry, sentinel):
    """A name alone, without any call, would import its module."""
    artefact = b"\x80\x04" + text("hostile_module") + text("anything") + b"\x93."
    assert runs_in_joblib(artefact, sentinel)
    assert_refused_unrun(registry, artefact, sentinel)
    assert "hostile_module" not in sys.modules


def test_a_model_that_shadows_its_own_methods_is_refused(registry):
    """Attributes may be anything; nothing that can be called with effect is among it."""
    model = SmallModel().fit()
    model.estimate = np.float64
    model._item = SmallModel().fit()
    assert_fails_golden(registry, dump(model))


def test_a_model_of_itself_is_refused(registry):
    model = SmallModel().fit()
    model.laws_ = dict.fromkeys(model.laws_, model)
    assert_fails_golden(registry, dump(model))


def test_a_model_of_bottomless_lists_is_refused(registry):
    model = SmallModel().fit()
    model.laws_ = "here"
    bottomless = b"]" * 50_000 + b"a" * 49_999
    assert_fails_golden(registry, dump(model).replace(text("here"), bottomless))


def test_a_model_that_says_something_else_is_refused(registry):
    model = SmallModel().fit()
    model.yields_["hydrometallurgy"] *= 1 + 1e-4
    replace_artefact(registry.root, dump(model))
    with pytest.raises(
        ArtefactError, match="golden estimate is not reproduced: /totals/elements/0/"
    ):
        registry.load()
    assert registry.load(check_golden=False).version == "v1"


def assert_fails_golden(registry, artefact: bytes) -> None:
    replace_artefact(registry.root, artefact)
    with pytest.raises(ArtefactError):
        registry.load()
    assert [check.step for check in registry.verify() if not check.passed] == ["golden estimate"]
