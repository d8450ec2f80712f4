"""The loader makes what joblib makes, of allowed names only, and within the stream's size."""

import contextlib
import pickletools
import tracemalloc
from typing import Any

import joblib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from registry_samples import SMALL_ALLOWED, Law, SmallModel, TamperedPickler, Unit, dump

from recycler.registry import ArtefactError, safe_load
from recycler.registry.opening import load_artefact

SMALL = dump(SmallModel().fit())
START = b"\x80\x04"


def load(data: bytes) -> Any:
    return load_artefact(data, "model v1", SMALL_ALLOWED)


def refusal(data: bytes) -> str:
    with pytest.raises(ArtefactError) as caught:
        load(data)
    return str(caught.value)


def test_a_model_comes_back_as_joblib_would_bring_it(tmp_path):
    path = tmp_path / "model.joblib"
    path.write_bytes(SMALL)
    expected, found = vars(joblib.load(path)), vars(load(SMALL))
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert type(found[name]) is type(value)
        np.testing.assert_equal(found[name], value)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**500), 2**500)
        | st.text()
        | st.floats(allow_nan=False),
        lambda inner: (
            st.lists(inner)
            | st.lists(inner).map(tuple)
            | st.dictionaries(st.text() | st.tuples(st.text(), st.integers()), inner)
        ),
    )
)
def test_plain_values_come_back_equal(value):
    assert safe_load.load(dump(value), SMALL_ALLOWED) == value


@pytest.mark.parametrize(
    "array",
    [
        np.arange(24.0).reshape(2, 3, 4),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(12.0).reshape(3, 4)[:, ::2],
        np.array(1.5),
        np.zeros((0, 3)),
        np.array([True, False]),
        np.array(["Nd", "Dysprosium"]),
        np.arange(5),
    ],
    ids=["3d", "fortran", "strided", "0d", "empty", "bool", "text", "int"],
)
def test_arrays_come_back_equal_writable_and_in_their_order(array):
    found = safe_load.load(dump(array), SMALL_ALLOWED)
    np.testing.assert_array_equal(found, array)
    assert found.dtype == array.dtype
    assert found.flags.writeable
    assert found.flags.f_contiguous == np.array(array, order="K").flags.f_contiguous


def test_shared_and_cyclic_references_are_kept():
    shared: list[Any] = [1]
    shared.append(shared)
    found = safe_load.load(dump([shared, shared]), SMALL_ALLOWED)
    assert found[0] is found[1] is found[0][1]


def test_records_and_enumerations_come_back_as_their_class():
    assert safe_load.load(dump(Law(2.0, Unit.GRAM)), SMALL_ALLOWED) == Law(2.0, Unit.GRAM)


def test_a_class_that_is_not_listed_is_refused_by_name():
    allowed = {name: kind for name, kind in SMALL_ALLOWED.items() if name[1] != "Law"}
    with pytest.raises(
        ArtefactError, match=r"registry_samples\.Law, which is not on the allow-list"
    ):
        load_artefact(SMALL, "model v1", allowed)


def test_something_that_makes_no_estimates_is_refused():
    assert "makes no estimates" in refusal(dump(Law(2.0, Unit.GRAM)))


def test_a_stream_cut_anywhere_is_refused():
    for end in range(len(SMALL)):
        assert refusal(SMALL[:end]).startswith("model v1: ")


def test_bytes_after_the_end_are_refused():
    assert "does not end" in refusal(SMALL + b".")


@given(st.integers(0, len(SMALL) * 8 - 1))
def test_a_flipped_bit_never_raises_anything_but_the_refusal(bit):
    damaged = bytearray(SMALL)
    damaged[bit // 8] ^= 1 << bit % 8
    with contextlib.suppress(ArtefactError):
        assert type(load(bytes(damaged))) is SmallModel


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(data):
    refusal(START + data)


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 5])
def test_other_protocols_are_refused(protocol, tmp_path):
    joblib.dump(SmallModel().fit(), tmp_path / "model", protocol=protocol)
    assert "protocol 4" in refusal((tmp_path / "model").read_bytes())


@pytest.mark.parametrize("compress", ["zlib", "gzip", "bz2", "lzma", "xz"])
def test_compressed_streams_are_refused(compress, tmp_path):
    joblib.dump(np.zeros(10**6), tmp_path / "model", compress=(compress, 3))
    assert "uncompressed" in refusal((tmp_path / "model").read_bytes())


def tampered(tmp_path, **lies) -> bytes:
    path = tmp_path / "model"
    with path.open("wb") as file:
        TamperedPickler(file, **lies).dump(SmallModel().fit())
    return path.read_bytes()


@pytest.mark.parametrize(
    ("shape", "why"),
    [
        ((2**31,), "are left"),
        ((2**40,), "are left"),
        ((2**62, 2**62), "are left"),
        ((2**64 + 2,), "are left"),
        ((-2, -2), "something else than sizes"),
        ((-1,), "something else than sizes"),
        ((2.0, 2.0), "something else than sizes"),
        ((True, True), "something else than sizes"),
        ((None,), "something else than sizes"),
        (((2,), 2), "something else than sizes"),
        ([2, 2], "tuple of at most 4"),
        (4, "tuple of at most 4"),
        ((1, 1, 1, 2, 2), "tuple of at most 4"),
        ((0, 2**63), "Maximum allowed dimension"),
    ],
    ids=str,
)
def test_an_absurd_shape_is_refused_before_memory_is_taken(shape, why, tmp_path):
    data = tampered(tmp_path, shape=shape)
    tracemalloc.start()
    try:
        assert why in refusal(data)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


class Unfinished:
    """Pickles as a type whose state never comes."""

    def __reduce__(self):
        return np.dtype, ("f8", False, True)

    def __repr__(self):
        return "unfinished"  # part of a test's name, which is the same in every process


@pytest.mark.parametrize(
    ("lie", "why"),
    [
        ({"dtype": np.dtype("O")}, "not one of f8"),
        ({"dtype": np.dtype([("a", "f8")])}, "not one of f8"),
        ({"dtype": np.dtype(("f8", (2,)))}, "not one of f8"),
        ({"dtype": np.dtype("V8")}, "not one of f8"),
        ({"dtype": np.dtype("S8")}, "not one of f8"),
        ({"dtype": np.dtype("M8[s]")}, "not one of f8"),
        ({"dtype": np.dtype("U")}, "not one of f8"),
        ({"dtype": np.dtype("U1000")}, "not one of f8"),
        ({"dtype": np.dtype(">f8")}, "foreign byte order"),
        ({"dtype": "f8"}, "not given as a type"),
        ({"dtype": None}, "not given as a type"),
        ({"dtype": Unfinished()}, "not finished"),
        ({"subclass": np.float64}, "class of its own"),
        ({"subclass": SmallModel}, "class of its own"),
        ({"subclass": "ndarray"}, "class of its own"),
        ({"subclass": np.matrix}, "numpy.matrix, which is not on the allow-list"),
        ({"numpy_array_alignment_bytes": 8}, "not one of joblib's"),
        ({"numpy_array_alignment_bytes": None}, "not one of joblib's"),
        ({"filename": "/etc/passwd"}, "not one of joblib's"),
        ({"order": "A"}, "neither C nor F"),
    ],
    ids=str,
)
def test_an_array_header_that_joblib_does_not_write_is_refused(lie, why, tmp_path):
    assert why in refusal(tampered(tmp_path, **lie))


def test_a_padding_that_joblib_does_not_write_is_refused():
    data = dump(np.arange(3.0))
    start = data.index(b"K\x10ub") + 4
    for length in (0, 17, 255):
        assert "padding" in refusal(data[:start] + bytes([length]) + data[start + 1 :])


DTYPE = b"\x8c\x05numpy\x8c\x05dtype\x93"
F8 = DTYPE + b"\x8c\x02f8\x89\x88\x87R"
DTYPE_STATE = b"(K\x03\x8c\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00t"


@pytest.mark.parametrize(
    ("stream", "why"),
    {
        "a type of too few arguments": (DTYPE + b"\x8c\x02f8\x85R", "not one of f8"),
        "a type of a number": (DTYPE + b"K\x08\x89\x88\x87R", "not one of f8"),
        "a type of a longer word": (DTYPE + b"\x8c\x05f8,O8\x89\x88\x87R", "not one of f8"),
        "a type of a short state": (F8 + b"(K\x03\x8c\x01<NNtb", "unknown state"),
        "a type of state 4": (F8 + DTYPE_STATE.replace(b"K\x03", b"K\x04") + b"b", "unknown state"),
        "a type with fields": (F8 + DTYPE_STATE.replace(b"NNN", b"N)}") + b"b", "has fields"),
        "a type of several things": (F8 + DTYPE_STATE.replace(b"NNN", b")NN") + b"b", "has fields"),
    }.values(),
)  # fmt: skip
def test_an_array_type_that_numpy_does_not_write_is_refused(stream, why):
    assert why in refusal(START + stream + b".")


ARRAY = b"\x8c\x13joblib.numpy_pickle\x8c\x11NumpyArrayWrapper\x93)\x81"


@pytest.mark.parametrize("state", [b"N", b"]", b")", b"K\x01", b"}", b"}\x8c\x05shapeNs"])
def test_an_array_without_its_header_is_refused(state):
    assert "an array" in refusal(START + ARRAY + state + b"b.")


MODEL = b"\x8c\x10registry_samples\x8c\x0aSmallModel\x93"
LAW = b"\x8c\x10registry_samples\x8c\x03Law\x93"
UNIT = b"\x8c\x10registry_samples\x8c\x04Unit\x93"
FLOAT64 = b"\x8c\x05numpy\x8c\x07float64\x93"


@pytest.mark.parametrize(
    ("stream", "why"),
    {
        "constructor called": (MODEL + b")R", "must not be called"),
        "constructor called with arguments": (MODEL + b"K\x01\x85R", "must not be called"),
        "made with arguments": (MODEL + b"K\x01\x85\x81", "with arguments"),
        "made with keywords": (MODEL + b")}\x92", "NEWOBJ_EX"),
        "a value called": (FLOAT64 + b"K\x01\x85R", "must not be called"),
        "a value made": (FLOAT64 + b")\x81", "no class for it"),
        "an enumeration made anew": (UNIT + b")\x81", "no class for it"),
        "an enumeration extended": (UNIT + b"\x8c\x01X\x8c\x01g\x86R", "must not be called"),
        "an enumeration of what it has not": (UNIT + b"\x8c\x01X\x85R", "not a valid Unit"),
        "a state for a list": (b"]}b", "takes none"),
        "a state for a text": (b"\x8c\x01X}b", "takes none"),
        "a state that is no attributes": (MODEL + b")\x81" + b"K\x01b", "one of attributes"),
        "a state with slots": (MODEL + b")\x81N}\x86b", "one of attributes"),
        "a state as list": (MODEL + b")\x81]b", "one of attributes"),
        "__class__ set": (MODEL + b")\x81}\x8c\x09__class__" + UNIT + b"sb", "one of attributes"),
        "__dict__ set": (MODEL + b")\x81}\x8c\x08__dict__}sb", "one of attributes"),
        "an attribute that is no name": (MODEL + b")\x81}\x8c\x03a bNsb", "one of attributes"),
        "a record of too few fields": (LAW + b")\x81]Nab", "shorter"),
        "a record of too many fields": (LAW + b")\x81](NNNeb", "longer"),
        "an attribute that is no text": (MODEL + b")\x81}K\x01K\x01sb", "one of attributes"),
        "append to an object": (MODEL + b")\x81Na", "not a list"),
        "item set in an object": (MODEL + b")\x81NNs", "not a dictionary"),
        "a key without a value": (b"}(Nu", "shorter"),
        "a list as key": (b"}]Ns", "a key is"),
        "an object as key": (b"}" + MODEL + b")\x81Ns", "a key is"),
        "a name of numbers": (b"K\x01K\x01\x93", "not a text"),
        "a memo that is not there": (b"h\x07", "out of range"),
        "an empty stack": (b"\x93", "a value is missing"),
        "an open mark": (b"(N", "does not end"),
        "two results": (b"NN", "does not end"),
        "no result": (b"", "does not end"),
        "a set": (b"\x8f", "EMPTY_SET"),
        "a frozen set": (b"(\x91", "FROZENSET"),
        "bytes": (b"C\x01x", "SHORT_BINBYTES"),
        "a byte array": (b"\x96" + bytes(8), "BYTEARRAY8"),
        "a persistent id": (b"Pabc\n", "PERSID"),
        "a persistent object": (b"NQ", "BINPERSID"),
        "an extension": (b"\x82\x01", "EXT1"),
        "a buffer": (b"\x97", "NEXT_BUFFER"),
        "text of lone surrogates": (b"\x8c\x03\xed\xa0\x80\x8c\x01a\x93", "allow-list"),
    }.values(),
)  # fmt: skip
def test_an_operation_that_a_model_does_not_need_is_refused(stream, why):
    message = refusal(START + stream + b".")
    assert why in message
    assert message.isprintable()


def test_deeply_nested_keys_do_not_reach_the_hash():
    """Hashing tuples nested so deep overflows the C stack."""
    assert "a key is" in refusal(START + b"})" + b"\x85" * 150_000 + b"Ns.")


def test_exponentially_shared_keys_do_not_reach_the_hash():
    """A tuple of the same tuple twice, forty times over, takes 2**40 steps to hash."""
    doubled = b"".join(b"\x94h" + bytes([level]) + b"\x86" for level in range(40))
    assert "a key is" in refusal(START + b"})" + doubled + b"Ns.")


def test_deep_nesting_is_no_model():
    assert "makes no estimates" in refusal(START + b")" + b"\x85" * 100_000 + b".")


def test_operations_are_counted():
    assert "operations" in refusal(START + b"N" * 200_001 + b".")


def test_every_operation_of_a_model_is_one_of_protocol_4():
    """The table of operations names only what pickletools knows."""
    known = {operation.name for operation in pickletools.opcodes}
    assert safe_load._OPERATIONS.keys() <= known
