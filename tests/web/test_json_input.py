"""The strict reader: a document that two readers could understand differently is refused."""

import json
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recycler.web.input.json_input import LONGEST_NAME, MalformedError, nesting_depth, read_json

DEPTH = 16

texts = st.text(st.characters(exclude_categories=["Cs"]))
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=LONGEST_NAME)

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=20,
)


@given(json_values)
def test_what_json_writes_is_read_back(value):
    document = json.dumps(value, ensure_ascii=False).encode()

    assert value == read_json(document, 100)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (b"", "the body is empty"),
        (b" \n", "the body is empty"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b'{"a": "\xff"}', "not UTF-8: byte 7"),
        ('{"a": "ä"}'.encode("latin-1"), "not UTF-8"),
        ('{"a": 1}'.encode("utf-16"), "not UTF-8"),
        (b'{"a": "\xed\xa0\x80"}', "not UTF-8"),
        (b'{"a": 1', "not valid JSON at line 1, column 8"),
        (b'{"a": 1,}', "not valid JSON"),
        (b"{'a': 1}", "not valid JSON"),
        (b'{"a": 01}', "not valid JSON"),
        (b'{"a": .5}', "not valid JSON"),
        (b'{"a": +1}', "not valid JSON"),
        (b'{"a": 1} {}', "not valid JSON"),
        (b'{"a": 1} // no', "not valid JSON"),
        (b'{"a": "\n"}', "not valid JSON"),
        (b"\x00{}", "not valid JSON"),
        (b'{"a": NaN}', "NaN is not a JSON number"),
        (b'{"a": Infinity}', "Infinity is not a JSON number"),
        (b'{"a": [-Infinity]}', "-Infinity is not a JSON number"),
        (b'{"a": 1, "b": 2, "a": 1}', '"a" stands more than once'),
        (b'{"x": [{"count": 1, "\\u0063ount": 2}]}', '"count" stands more than once'),
        (b'{"a": "\\ud800"}', "half of a surrogate pair"),
        (b'{"\\uDFFF": 1}', "half of a surrogate pair"),
        (b"[" * 17 + b"]" * 17, "nested 17 deep; at most 16"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "nested 5000 deep"),
        (b"[" * 100_000, "nested 100000 deep"),
        (json.dumps(dict.fromkeys(map(str, range(101)))).encode(), "101 names; at most 100"),
        (b'{"a": {"' + b"n" * 129 + b'": 1}}', "has 129 characters; at most 128 are read"),
    ],
)
def test_a_document_that_is_not_strict_json_is_refused(document, said):
    with pytest.raises(MalformedError, match=said.replace("[", r"\[")) as refused:
        read_json(document, DEPTH)

    assert "\n" not in str(refused.value)


def test_a_pair_of_escaped_surrogates_is_one_character():
    assert read_json(rb'["\ud83d\ude00"]', DEPTH) == ["😀"]


def test_numbers_beyond_floating_point_become_infinite_for_the_fields_to_refuse():
    huge = b"9" * 100_000

    assert [float("inf")] * 2 == read_json(b"[1e400, " + huge + b"]", DEPTH)


@pytest.mark.parametrize(
    ("document", "depth"),
    [
        (b"", 0),
        (b"1", 0),
        (b"[]", 1),
        (b'[{"a": [1]}, []]', 3),
        (b'"[[["', 0),
        (rb'["\"[[", "\\", ["["]]', 2),
        (rb'{"\\\"{": {}}', 2),
        (b"]]]][[", 0),
    ],
)
def test_brackets_count_outside_strings_alone(document, depth):
    assert depth == nesting_depth(document)


@given(json_values)
def test_depth_is_that_of_the_parsed_value(value):
    def depth(value):
        if isinstance(value, dict):
            return 1 + max(map(depth, value.values()), default=0)
        return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0

    assert depth(value) == nesting_depth(json.dumps(value, ensure_ascii=False).encode())


@given(st.binary(max_size=200) | st.text('[]{}",:\\u0d8 1aNe\n').map(lambda t: t.encode()))
def test_any_bytes_are_read_or_refused_and_nothing_else(document):
    with suppress(MalformedError):
        read_json(document, DEPTH)


@pytest.mark.parametrize("piece", [b"[", b"{", b'"', b"\\", b'\\"', b'{"a":', b"]", b'""', b"[]"])
def test_hostile_repetition_is_refused_in_linear_time(piece):
    """A megabyte of anything takes a moment; growing with the square it would take minutes."""
    document = piece * (1_000_000 // len(piece))
    started = time.perf_counter()

    with pytest.raises(MalformedError):
        read_json(document, DEPTH)

    assert time.perf_counter() - started < 5
