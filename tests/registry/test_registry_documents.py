"""manifest.json and registry.json come from outside: every field of theirs is judged."""

import contextlib
import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registry_samples import GOLDEN_BATCH, SMALL_ALLOWED, SmallModel, edit_json, write_small

from recycler.registry import ArtefactError, documents
from recycler.registry.aliases import LARGEST, AliasTable
from recycler.registry.manifest import LARGEST_MANIFEST, Manifest, read_manifest
from recycler.registry.packing import Training, pack

MOMENT = datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)
TRAINING = Training("0" * 64, {"compositions": 2}, 7, {"crps": 0.2}, "# Card", GOLDEN_BATCH, {}, {})
FILES = pack(SmallModel().fit(), "v1", TRAINING, MOMENT, SMALL_ALLOWED)
MANIFEST = json.loads(FILES["manifest.json"])


def changed(place: str, value: object) -> bytes:
    """The manifest with one value changed, added or (by `...`) removed; keys apart by spaces."""
    document = deepcopy(MANIFEST)
    *parents, last = place.split(" ")
    target = document
    for parent in parents:
        target = target[int(parent) if isinstance(target, list) else parent]
    key = int(last) if isinstance(target, list) else last
    if value is ...:
        del target[key]
    else:
        target[key] = value
    return json.dumps(document).encode()


def test_a_manifest_is_read_as_it_was_written():
    manifest = read_manifest(FILES["manifest.json"], "v1")
    assert documents.dump(manifest) == FILES["manifest.json"]
    assert manifest.created_at == MOMENT


@pytest.mark.parametrize(
    ("place", "value", "why"),
    [
        ("format", 2, "format 2 is not the format 1"),
        ("format", "1", "format '1' is not"),
        ("format", True, "format True is not"),
        ("format", ..., "format None is not"),
        ("version", "v2", "belongs to version 'v2'"),
        ("version", ..., "the field /version is missing"),
        ("seed", 1.0, "an integer is expected at /seed"),
        ("seed", True, "an integer is expected at /seed"),
        ("seed", 10**18, "19 digits"),
        ("created_at", "yesterday", "a moment such as"),
        ("created_at", "2026-01-31T23:59:59", "a moment such as"),
        ("created_at", "0001-01-01T00:00:00+23:59", "a moment such as"),
        ("created_at", 20260131, "a text is expected at /created_at"),
        ("data_digest", "A" * 64, "data_digest"),
        ("rows", [], "an object is expected at /rows"),
        ("rows compositions", -1, "rows must not be negative"),
        ("rows compositions", None, "an integer is expected at /rows/compositions"),
        ("packages numpy", 2, "a text is expected at /packages/numpy"),
        ("scores", None, "an object is expected at /scores"),
        ("extra", 1, "the field /extra is unknown"),
        ("files", {}, "files must list card.md, model.joblib"),
        ("files card.md", ..., "files must list card.md"),
        ("files manifest.json", {"sha256": "0" * 64, "size": 1}, "no file of a version"),
        ("files ../v2/card.md", {"sha256": "0" * 64, "size": 1}, "no file of a version"),
        ("files /etc/passwd", {"sha256": "0" * 64, "size": 1}, "no file of a version"),
        ("files figures/..", {"sha256": "0" * 64, "size": 1}, "no file of a version"),
        ("files figures/a\n", {"sha256": "0" * 64, "size": 1}, "no file of a version"),
        ("files figures/a/b", {"sha256": "0" * 64, "size": 1}, "no file of a version"),
        ("files card.md size", -1, "card.md must have"),
        ("files card.md size", 2**40, "card.md must have"),
        ("files card.md sha256", "x" * 64, "card.md must have"),
        ("files card.md mode", 1, "the field /files/card.md/mode is unknown"),
        (
            "files",
            {f"figures/{i}": {"sha256": "0" * 64, "size": 1} for i in range(100)}
            | {name: {"sha256": "0" * 64, "size": 1} for name in ("card.md", "model.joblib")},
            "102 files are listed",
        ),
        ("golden figures", {}, "holds no figures"),
        ("golden figures a", "1", "a number is expected at /golden/figures/a"),
        ("golden batch", ..., "the field /golden/batch is missing"),
        ("golden batch items", {}, "a list is expected at /golden/batch/items"),
        ("golden batch items 0 category", 1, "a text is expected at /golden/batch/items/0/categ"),
        ("golden batch items 0 count", 1.5, "an integer is expected at /golden/batch/items/0/cou"),
        ("golden batch items 0 origin", "moon", "one of end_of_life, swarf is expected at"),
        ("golden batch items 0 magnet", {"type": "NdFeB", "x": 1}, "items/0/magnet/x is unknown"),
        ("golden batch items 0 assay", {"samples": [{"Nd": {"fraction": "x"}}]}, "0/Nd/fraction"),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_a_field_that_is_wrong_is_named(place, value, why):
    with pytest.raises(ValueError, match=r".") as caught:
        read_manifest(changed(place, value), "v1")
    assert why in str(caught.value)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b"\xff{}", "not valid JSON"),
        (b"\xef\xbb\xbf{}", "not valid JSON"),
        (b"[]", "an object is expected at the top"),
        (b"null", "an object is expected at the top"),
        (b'{"a": 1, "a": 1}', "the field 'a' more than once"),
        (b'{"a": NaN}', "NaN is not a number"),
        (b'{"a": -Infinity}', "-Infinity is not a number"),
        (b'{"a": 1e999}', "1e999 is not a number"),
        (b'{"a": ' + b"9" * 5000 + b"}", "5000 digits"),
        (b'{"a": ' + b"[" * 100_000, "nested too deeply"),
        (b'{"a": 1} x', "not valid JSON"),
    ],
    ids=range(13),
)
def test_what_is_not_strictly_json_is_refused(data, why):
    with pytest.raises(ValueError, match=r".") as caught:
        documents.parse(data)
    assert why in str(caught.value)


def places(value: object, at: str = "") -> Iterator[str]:
    """Where everything in a document stands."""
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    for key, entry in entries:
        yield f"{at}{key}"
        if isinstance(entry, (dict, list)):
            yield from places(entry, f"{at}{key} ")


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(st.sampled_from(list(places(MANIFEST))), JSON_VALUES)
def test_whatever_stands_in_a_manifest_only_value_errors_come_of_it(place, value):
    with contextlib.suppress(ValueError):
        assert isinstance(read_manifest(changed(place, value), "v1"), Manifest)


def test_a_manifest_of_megabytes_is_not_read(registry):
    path = registry.root / "v1/manifest.json"
    path.write_bytes(path.read_bytes() + b" " * LARGEST_MANIFEST)
    with pytest.raises(ArtefactError, match=r"model v1, manifest\.json: the file is larger than"):
        registry.load()


def test_the_refusal_names_version_file_and_what_to_do(registry):
    edit_json(registry.root / "v1/manifest.json", lambda m: m.update(format=2))
    with pytest.raises(ArtefactError) as caught:
        registry.load()
    assert str(caught.value) == (
        "model v1, manifest.json: format 2 is not the format 1 that this release reads; "
        "restore this version from a good copy, or train a new one with `recycler train`"
    )


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (lambda t: t.update(format=2), "format 2"),
        (lambda t: t["aliases"].update(champion="../v1"), "no version name"),
        (lambda t: t["aliases"].update(champion="champion"), "no version name"),
        (lambda t: t["aliases"].update(champion=1), "a text is expected at /aliases/champion"),
        (lambda t: t["aliases"].update(canary="v1"), "'canary' is no alias"),
        (lambda t: t.update(promotions={}), "a list is expected at /promotions"),
        (lambda t: t["promotions"][0].pop("who"), "the field /promotions/0/who is missing"),
        (lambda t: t.pop("aliases"), "the field /aliases is missing"),
    ],
    ids=range(8),
)
def test_a_damaged_table_of_aliases_is_refused(registry, edit, why):
    edit_json(registry.root / "registry.json", edit)
    for use in (registry.aliases, registry.promotions, registry.load):
        with pytest.raises(ArtefactError, match=r"registry\.json: .+; restore it with") as caught:
            use()
        assert why in str(caught.value)


def test_a_linked_table_of_aliases_is_refused(registry, tmp_path):
    path = registry.root / "registry.json"
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ArtefactError, match=r"registry\.json: Too many levels of symbolic links"):
        registry.load()


def test_the_log_never_grows_beyond_what_can_be_read(registry):
    for version in ("v2", "v3"):
        write_small(registry, version, scores={"pooled": {"note": "x" * (LARGEST * 2 // 9)}})
    for number in range(4):
        registry.promote(f"v{2 + number % 2}", who="Bo", why="back and forth")
    before = {path: path.read_bytes() for path in registry.root.glob("*.json*")}
    with pytest.raises(ArtefactError, match="would grow beyond"):
        registry.promote("v2", who="Bo", why="once more")
    assert {path: path.read_bytes() for path in registry.root.glob("*.json*")} == before
    assert registry.aliases() == {"champion": "v3", "previous": "v2"}


def test_an_alias_to_a_version_that_is_gone_is_refused(registry):
    (registry.root / "v1").rename(registry.root / "v0")
    with pytest.raises(ArtefactError, match=r"no version 'v1' \(versions there: v0\)"):
        registry.load()


def test_an_empty_table_of_aliases_is_written_and_read():
    table = AliasTable(1, {}, ())
    assert documents.read(AliasTable, documents.parse(documents.dump(table))) == table
