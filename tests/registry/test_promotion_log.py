"""The log is only ever added to, kept twice, noticed when edited, and rebuilt when lost."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from registry_samples import MOMENT, edit_json, open_registry, scored, write_small

from recycler.registry import (
    ArtefactError,
    Evidence,
    Finding,
    PromotionRefusedError,
    Registry,
    Rule,
    Verdict,
)
from recycler.registry.gate import gate_of
from recycler.registry.journal import read_journal
from recycler.settings import Settings

TABLE, JOURNAL = "registry.json", "promotions.jsonl"
COMMITTED = Path(__file__).parents[2] / "models"


@pytest.fixture
def two(registry: Registry) -> Registry:
    """Two versions, of which the second is champion, and what its log says."""
    write_small(registry, "v2")
    registry.promote("v2", who="Bo", why="narrower")
    return registry


def refuse(challenger: Evidence, champion: Evidence | None) -> Verdict:
    """A gate that nothing passes."""
    of = champion.version if champion else "none"
    told = Finding(Rule.FIGURES, passed=True, says=f"Compared with {of}.")
    return Verdict((told, Finding(Rule.CRPS, passed=False, says=f"{challenger.version} is worse.")))


def test_what_the_gate_refuses_changes_nothing(two):
    before = state(two)
    with pytest.raises(PromotionRefusedError, match=r"v1 is not promoted\. v1 is worse\.$"):
        two.promote("v1", who="Bo", why="older", gate=refuse)
    assert state(two) == before


def test_an_override_is_logged_with_its_reason_and_what_the_gate_had_said(two):
    entry = two.promote("v1", who="Bo", why="older", gate=refuse, forced="misprints")
    assert entry == two.promotions()[-1]
    assert (entry.forced, entry.why) == ("misprints", "older")
    assert [finding.says for finding in entry.gate.findings] == [
        "Compared with v2.",
        "v1 is worse.",
    ]
    assert entry.gate.objections == ("v1 is worse.",)


def test_an_override_that_was_not_needed_is_not_logged_as_one(two):
    write_small(two, "v3", scores=scored(0.5))
    write_small(two, "v4", scores=scored(0.4))
    two.promote("v3", who="Bo", why="scored")
    entry = two.promote("v4", who="Bo", why="x", gate=gate_of(Settings()), forced="in case")
    assert entry.forced is None
    assert entry.gate.passed


def test_a_reason_to_override_is_one_line(two):
    with pytest.raises(ArtefactError, match="the reason to force it must be one line"):
        two.promote("v1", who="Bo", why="older", gate=refuse, forced=" ")
    assert two.aliases()["champion"] == "v2"


def test_a_challenger_passes_no_gate(two):
    entry = two.promote("v1", who="Bo", why="on trial", alias="challenger", gate=refuse)
    assert entry.gate is None


def test_the_champion_is_the_champion_already_whatever_the_gate_says(two):
    with pytest.raises(ArtefactError, match="is the champion already"):
        two.promote("v2", who="Bo", why="again", gate=refuse)


def test_a_damaged_champion_can_be_replaced_by_force_only(two):
    write_small(two, "v3", scores=scored(0.5))
    (two.root / "v2/manifest.json").write_text("{")
    gate = gate_of(Settings())
    with pytest.raises(PromotionRefusedError, match="What v2 scored cannot be read: model v2, man"):
        two.promote("v3", who="Bo", why="v2 broke", gate=gate)
    two.promote("v3", who="Bo", why="v2 broke", gate=gate, forced="nothing to compare with")
    assert two.load().version == "v3"


def test_rolling_back_twice_leads_to_where_it_began(two):
    first = two.roll_back(who="Bo", why="assays mixed up")
    assert (first.version, first.replaced, first.rollback, first.gate) == ("v1", "v2", True, None)
    assert two.aliases() == {"champion": "v1", "previous": "v2"}
    two.roll_back(who="Bo", why="they were not")
    assert two.aliases() == {"champion": "v2", "previous": "v1"}
    assert [entry.version for entry in two.promotions()] == ["v1", "v2", "v1", "v2"]


def test_rolling_back_needs_a_previous_champion_that_loads(registry):
    with pytest.raises(ArtefactError, match=r"no version is previous.*the aliases stay"):
        registry.roll_back(who="Bo", why="x")
    write_small(registry, "v2")
    registry.promote("v2", who="Bo", why="x")
    (registry.root / "v1/card.md").unlink()
    with pytest.raises(ArtefactError, match=r"model v1, card\.md"):
        registry.roll_back(who="Bo", why="x")
    assert registry.aliases() == {"champion": "v2", "previous": "v1"}


def test_an_entry_once_written_stays_byte_for_byte(registry):
    write_small(registry, "v2")
    kept = b""
    for version in ("v2", "v1", "v2"):
        registry.promote(version, who="Bo", why="back and forth")
        journal = (registry.root / JOURNAL).read_bytes()
        assert journal.startswith(kept)
        assert journal.endswith(b"\n")
        kept = journal
    assert read_journal(registry.root).finished == registry.promotions()


def test_a_table_from_before_the_chain_loads_and_goes_on(tmp_path):
    """As the releases before wrote it: no digest of the whole, none in an entry, no gate."""
    table = json.loads((COMMITTED / TABLE).read_text())
    del table["digest"], table["promotions"][0]["after"], table["promotions"][0]["gate"]
    (tmp_path / TABLE).write_text(json.dumps(table))
    registry = open_registry(tmp_path)
    (old,) = registry.promotions()
    assert old.after is None
    write_small(registry, "v2")
    registry.promote("v2", who="Bo", why="newer")
    assert registry.promotions()[0] == old
    assert registry.promotions()[1].after is not None
    edit_json(tmp_path / TABLE, lambda table: table["promotions"][0].update(who="Eve"))
    with pytest.raises(ArtefactError, match="entry 2 of the log does not follow"):
        registry.aliases()


def state(registry: Registry) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in registry.root.iterdir() if path.is_file()}


def entry(number: int, **changes: object) -> Callable[[dict], None]:
    return lambda table: table["promotions"][number].update(changes)


EDITS: dict[str, Callable[[dict], object]] = {
    "who decided": entry(0, who="Eve"),
    "why": entry(1, why="another reason"),
    "when": entry(0, when="2020-01-01T00:00:00+00:00"),
    "scores": entry(1, scores={"pooled": {"crps": 0.1}}),
    "forced denied": entry(1, forced="never"),
    "the last entry dropped": lambda table: table["promotions"].pop(),
    "the first entry dropped": lambda table: table["promotions"].pop(0),
    "all entries dropped": lambda table: table["promotions"].clear(),
    "entries swapped": lambda table: table["promotions"].reverse(),
    "an entry twice": lambda table: table["promotions"].append(table["promotions"][-1]),
    "an alias moved": lambda table: table["aliases"].update(champion="v1"),
    "an alias dropped": lambda table: table["aliases"].pop("previous"),
    "the digest dropped": lambda table: table.pop("digest"),
    "another digest": lambda table: table.update(digest="0" * 64),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_table_is_noticed_with_no_copy_to_hold_it_against(two, edit):
    (two.root / JOURNAL).unlink()
    edit_json(two.root / TABLE, EDITS[edit])
    with pytest.raises(
        ArtefactError, match=r"registry\.json: .*; restore it with `recycler models"
    ):
        two.aliases()


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_table_is_restored_from_its_copy(two, edit):
    before = two.promotions()
    edit_json(two.root / TABLE, EDITS[edit])
    with pytest.raises(ArtefactError, match="models restore"):
        two.promote("v1", who="Bo", why="x")
    two.restore()
    assert two.promotions() == before
    assert two.aliases() == {"champion": "v2", "previous": "v1"}


def test_an_older_table_put_back_is_noticed_by_its_copy(registry):
    older = (registry.root / TABLE).read_bytes()
    write_small(registry, "v2")
    registry.promote("v2", who="Bo", why="narrower")
    (registry.root / TABLE).write_bytes(older)
    with pytest.raises(ArtefactError, match=r"was shortened: it holds 1 promotion, .* 2"):
        registry.load()
    registry.restore()
    assert registry.aliases()["champion"] == "v2"
    assert (registry.root / f"{TABLE}.damaged").read_bytes() == older


def test_spaces_and_the_order_of_fields_are_no_edits(two):
    edit_json(two.root / TABLE, lambda table: table.update(aliases=table.pop("aliases")))
    assert two.aliases()["champion"] == "v2"


def test_a_table_cut_off_at_any_byte_is_refused_and_restored(two):
    whole = (two.root / TABLE).read_bytes()
    before = two.promotions()
    for size in range(len(whole) - 1):  # what is cut off at the end is a line feed
        (two.root / TABLE).write_bytes(whole[:size])
        with pytest.raises(ArtefactError, match=r"registry\.json: .*`recycler models restore`"):
            two.aliases()
        if size % 101 == 0:
            two.restore()
            assert two.promotions() == before
            assert (two.root / TABLE).read_bytes() == whole


def test_a_copy_cut_off_at_any_byte_keeps_nobody_from_reading_or_promoting(two):
    whole = (two.root / JOURNAL).read_bytes()
    before = state(two)
    for size in range(len(whole)):
        (two.root / JOURNAL).write_bytes(whole[:size])
        assert two.aliases()["champion"] == "v2"
        if size % 101 == 0:
            two.promote("v1", who="Bo", why="x")
            assert (two.root / JOURNAL).read_bytes().startswith(whole)
            for name, data in before.items():
                (two.root / name).write_bytes(data)


def test_a_deleted_table_is_restored(two):
    before = state(two)
    (two.root / TABLE).unlink()
    with pytest.raises(ArtefactError, match=r"it is missing, but promotions\.jsonl holds 2 promo"):
        two.load()
    done = two.restore().done
    assert done == ("registry.json was rebuilt (it was missing).",)
    assert state(two) == before


def test_a_deleted_copy_is_written_again_by_the_next_promotion(two):
    (two.root / JOURNAL).unlink()
    two.promote("v1", who="Bo", why="x")
    assert read_journal(two.root).finished == two.promotions()
    assert len(two.promotions()) == 3


def test_a_damaged_copy_is_not_added_to_and_restored_from_the_table(two):
    lines = (two.root / JOURNAL).read_bytes().splitlines(keepends=True)
    (two.root / JOURNAL).write_bytes(b"{}\n" + lines[1])
    assert two.load().version == "v2"
    with pytest.raises(
        ArtefactError, match=r"promotions\.jsonl: line 1 cannot be read.*from regis"
    ):
        two.promote("v1", who="Bo", why="x")
    assert two.restore().done[0].startswith("promotions.jsonl was rebuilt (line 1 cannot be read")
    assert (two.root / JOURNAL).read_bytes() == b"".join(lines)


def test_nothing_is_restored_where_nothing_is_wrong(two):
    before = state(two)
    restoration = two.restore()
    assert restoration.done == ()
    assert restoration.table.aliases["champion"] == "v2"
    assert state(two) == before


def test_where_both_are_damaged_nothing_is_made_up(two):
    (two.root / TABLE).write_text("{")
    edited = (two.root / JOURNAL).read_text().replace("narrower", "wider")
    (two.root / JOURNAL).write_text(edited.replace('"who": "Ada"', '"who": "Eve"'))
    before = state(two)
    with pytest.raises(ArtefactError, match=r"put good copies") as caught:
        two.restore()
    assert TABLE in str(caught.value)
    assert JOURNAL in str(caught.value)
    assert state(two) == before


def test_two_whole_logs_that_differ_are_left_for_people_to_choose(two, tmp_path):
    other = open_registry(tmp_path / "other")
    write_small(other, "v2")
    other.promote("v2", who="Cy", why="elsewhere")
    (two.root / JOURNAL).write_bytes((other.root / JOURNAL).read_bytes())
    with pytest.raises(ArtefactError, match=r"entry 1 of its log is another one"):
        two.aliases()
    with pytest.raises(ArtefactError, match="hold different promotions; remove the wrong one"):
        two.restore()
    (two.root / JOURNAL).unlink()
    assert two.aliases()["champion"] == "v2"


def test_with_nothing_to_restore_from_it_is_said(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ArtefactError, match=r"registry\.json: it was missing; .*promote a version"):
        open_registry(tmp_path / "empty").restore()


def test_what_is_replaced_is_kept_each_time(two):
    for text in ("{", "[", ""):
        (two.root / TABLE).write_text(text)
        two.restore()
    kept = {path.name: path.read_text() for path in two.root.glob("*.damaged*")}
    assert kept == {f"{TABLE}.damaged": "{", f"{TABLE}.damaged-2": "[", f"{TABLE}.damaged-3": ""}


def test_a_promotion_under_way_counts_only_where_the_table_cannot_tell(two):
    """Interrupted after its line was written: it has not happened, unless the table is lost."""
    before = state(two)
    two.promote("v1", who="Bo", why="interrupted")
    (two.root / JOURNAL).write_bytes((two.root / JOURNAL).read_bytes()[:-1] + b" ")
    (two.root / TABLE).write_bytes(before[TABLE])
    assert two.aliases()["champion"] == "v2"
    assert two.restore().done == ()
    (two.root / TABLE).unlink()
    assert two.restore().table.aliases["champion"] == "v1"


def test_the_log_says_when_in_utc_and_in_its_own_order(two):
    plain = json.loads((two.root / TABLE).read_bytes())["promotions"]
    assert [line["when"] for line in plain] == [MOMENT.isoformat()] * 2
    assert plain[1].keys() == {
        "version", "alias", "replaced", "who", "when", "why", "scores", "after"
    }  # fmt: skip
