"""A version that predicts worse than the champion does not pass, and the verdict says how much."""

from dataclasses import replace

import numpy as np
import pytest
from score_samples import a_score, lot_scores

from recycler.model.evaluation import MODEL, PUBLISHED, Score, summarise, to_csv
from recycler.registry import Evidence, Rule
from recycler.registry.gate import Limits, gate_of, judge
from recycler.registry.pairing import by_factor, change, lot_by_lot, pair
from recycler.settings import Settings, SettingsError

LIMITS = Limits.of(Settings())
FACTORS = ("presence", "magnet_mass", "element_content")


def figures(count: int = 60, factors: tuple[str, ...] = FACTORS, outside: int = 10) -> list[Score]:
    """Figures of many sources, each a vote; every `outside`-th lies outside its 90 % interval."""
    return [
        replace(
            a_score(MODEL, 0.6, factor, figure, 3.0 if figure % outside == 0 else 0.1),
            left_out=f"source{figure % (count // 2)}",
            subtype=f"product{figure}",
            below=0.99 if figure % outside == 0 else 0.5,
            upto=0.99 if figure % outside == 0 else 0.5,
        )
        for factor in factors
        for figure in range(count)
    ]


def scaled(scores: list[Score], by: float, factor: str | None = None) -> list[Score]:
    """The same with a CRPS that is `by` times as large, of one factor or all."""
    return [
        replace(score, crps=score.crps * by) if factor in (None, score.factor) else score
        for score in scores
    ]


def evidence(version: str, scores: list[Score], *, kept: bool = True) -> Evidence:
    return Evidence(version, summarise(scores), to_csv(scores) if kept else None)


def verdict_on(new: list[Score], old: list[Score], *, kept: bool = True, limits: Limits = LIMITS):
    return judge(evidence("v2", new, kept=kept), evidence("v1", old), limits)


def test_a_version_that_predicts_the_same_passes():
    verdict = verdict_on(figures(), figures())
    assert verdict.passed
    assert [finding.rule for finding in verdict.findings] == [
        Rule.COVERAGE,
        Rule.FIGURES,
        Rule.CRPS,
    ]


@pytest.mark.parametrize(("by", "passes"), [(0.5, True), (1.019, True), (1.021, False)])
def test_crps_may_rise_by_what_the_settings_allow(by, passes):
    verdict = verdict_on(scaled(figures(), by), figures(), limits=replace(LIMITS, crps_rise=0.02))
    assert verdict.passed is passes
    finding = next(found for found in verdict.findings if found.rule is Rule.CRPS)
    assert f"({(by - 1) * 100:+.2f} %".replace("-", "\N{MINUS SIGN}") in finding.says
    assert "180 figures (180 votes)" in finding.says


def test_figures_that_only_one_version_has_do_not_count_and_are_told():
    """The new ones are hard, and left out the old version would have the higher CRPS."""
    own = [
        replace(score, source="plant:own", left_out="plant:own", factor="recovered", crps=99.0)
        for score in figures(30, ("magnet_mass",))
    ]
    verdict = verdict_on([*figures()[5:], *own], figures())
    assert verdict.passed
    told = next(found.says for found in verdict.findings if found.rule is Rule.FIGURES)
    assert "175 figures; 30 figures only v2 (plant:own); 5 figures only v1 (smith" in told


def test_a_corrected_figure_is_another_one():
    corrected = [replace(score, measured=score.measured + 1) for score in figures()]
    verdict = verdict_on(corrected, figures())
    assert verdict.objections == (
        "No figure was left out of both v1 and v2, so their CRPS cannot be compared.",
    )


def test_a_factor_of_one_version_alone_is_no_obstacle():
    assert verdict_on(figures(factors=FACTORS[:2]), figures()).passed
    assert verdict_on(figures(), figures(factors=FACTORS[:2])).passed


def test_one_factor_cannot_be_paid_for_with_another():
    new = scaled(scaled(figures(), 1.4, "magnet_mass"), 0.5, "presence")
    verdict = verdict_on(new, figures())
    assert len(verdict.objections) == 1
    assert "CRPS of magnet_mass rises" in verdict.objections[0]
    assert "+40.00 %" in verdict.objections[0]


def test_a_factor_that_few_sources_tell_is_not_judged_by_itself():
    few = [score for score in figures() if score.factor != "presence" or int(score.row_id[3:]) < 9]
    verdict = verdict_on(scaled(few, 1.4, "presence"), few, limits=replace(LIMITS, crps_rise=0.1))
    assert verdict.passed
    assert verdict.findings[-1].says == (
        "Not judged by themselves, for fewer than 10 sources: presence (9)."
    )


def test_a_rise_that_one_source_makes_is_left_to_chance():
    """Twelve sources, of which one is predicted far worse: without it nothing rises."""
    old = figures(24, ("magnet_mass",))
    new = [
        replace(score, crps=score.crps * 4) if score.left_out == "source3" else score
        for score in old
    ]
    limits = replace(LIMITS, crps_rise=1.0)
    verdict = verdict_on(new, old, limits=limits)
    assert verdict.passed
    assert "chance may explain it" in verdict.findings[-1].says


def test_every_source_worse_by_the_same_is_beyond_chance_however_few_they_are():
    old = figures(20, ("magnet_mass",))
    verdict = verdict_on(scaled(old, 1.06), old, limits=replace(LIMITS, crps_rise=1.0))
    assert "chance does not explain it" in verdict.objections[0]


@pytest.mark.parametrize(
    ("outside", "count", "passes"),
    [(10, 300, True), (5, 300, False), (300, 300, False), (5, 20, True), (3, 20, False)],
)
def test_coverage_lies_within_the_limits_or_is_off_by_chance(outside, count, passes):
    """80 % of twenty votes are two of them off; of three hundred they are thirty."""
    new = evidence("v2", figures(count, ("magnet_mass",), outside))
    verdict = judge(new, None, LIMITS)
    assert verdict.passed is passes
    assert f"of {count} votes" in verdict.findings[0].says


def test_the_first_champion_is_judged_by_coverage_alone():
    assert len(judge(evidence("v1", figures()), None, LIMITS).findings) == 1


def test_coverage_off_the_limits_passes_if_that_of_the_champion_is_no_nearer():
    bad, worse = figures(outside=5), figures(outside=4)
    assert verdict_on(bad, bad).passed
    assert verdict_on(bad, worse).passed
    assert (
        "which v1 with 75.0 % misses by as much or more" in verdict_on(bad, worse).findings[0].says
    )
    assert verdict_on(worse, bad).objections[0].endswith("and v1 holds 80.0 %.")


@pytest.mark.parametrize(("by", "passes"), [(1.0, True), (1.1, False)])
def test_without_the_figures_the_scores_of_the_manifests_are_compared(by, passes):
    verdict = verdict_on(scaled(figures(), by), figures(), kept=False)
    assert verdict.passed is passes
    assert "not both keep a held_out.csv" in verdict.findings[-1].says


def test_a_table_of_figures_that_is_another_is_as_good_as_none():
    old = replace(evidence("v1", figures()), held_out="method,crps\nmodel,1\n")
    assert "not both keep" in judge(evidence("v2", figures()), old, LIMITS).findings[-1].says


@pytest.mark.parametrize(
    "scores",
    [{}, {"pooled": {"crps": 1.0}}, {"pooled": {"coverage": {"0.9": 0.9}}}, {"pooled": [1]}],
    ids=str,
)
def test_a_version_without_scores_is_refused_on_either_side(scores):
    known, unknown = evidence("v1", figures()), Evidence("v2", scores, None)
    for verdict in (judge(unknown, known, LIMITS), judge(unknown, None, LIMITS)):
        assert "v2 keeps no scores" in verdict.objections[0]
    assert "v2 keeps no scores" in judge(known, unknown, LIMITS).objections[0]


def test_a_champion_whose_scores_cannot_be_read_is_said_to_be():
    broken = Evidence("v1", {}, None, unreadable="model v1, manifest.json: it is not valid JSON")
    verdict = judge(evidence("v2", figures()), broken, LIMITS)
    assert verdict.objections == (
        "What v1 scored cannot be read: model v1, manifest.json: it is not valid JSON.",
    )


def test_baselines_are_not_judged():
    baseline = [replace(score, method="overall_mean", crps=99.0) for score in figures()]
    assert verdict_on([*figures(), *baseline], figures()).passed


def test_the_same_figures_give_the_same_verdict_in_any_order():
    old, new = figures(), scaled(figures(), 1.3, "magnet_mass")
    shuffled = [new[i] for i in np.random.default_rng(4).permutation(len(new))]
    assert verdict_on(shuffled, old).findings[-1] == verdict_on(new, old).findings[-1]


def test_repeated_figures_share_a_vote():
    """Ten figures of one source on one product are one vote, as in every other score."""
    others = figures(20, ("presence",))
    repeated = [
        replace(score, left_out="a", category="phone", subtype="b", row_id=f"again{score.row_id}")
        for score in others[:10]
    ]
    old = [replace(score, crps=1.0) for score in [*others, *repeated]]
    new = [replace(score, crps=2.0) if score.left_out == "a" else score for score in old]
    found = change(pair(old, new).both)
    assert (found.figures, found.votes, found.sources) == (30, 21, 11)
    assert found.rise == pytest.approx(1 / 21)


def test_the_error_of_a_change_is_that_of_the_mean_over_sources():
    """With one figure a source the bootstrap must find the usual standard error."""
    generator = np.random.default_rng(5)
    old = [
        replace(score, left_out=f"s{i}", crps=1.0)
        for i, score in enumerate(figures(200, ("presence",)))
    ]
    shifts = generator.normal(0.1, 0.5, len(old))
    new = [replace(s, crps=1.0 + float(shift)) for s, shift in zip(old, shifts, strict=True)]
    found = change(pair(old, new).both)
    assert found.new_crps - found.old_crps == pytest.approx(shifts.mean())
    assert found.error == pytest.approx(shifts.std() / np.sqrt(200), rel=0.1)
    assert found.surely == pytest.approx(shifts.mean() - 1.645 * found.error, abs=0.01)


def test_a_rise_from_nothing_is_without_limit():
    old = scaled(figures(), 0.0)
    assert change(pair(old, old).both).rise == 0
    assert change(pair(old, figures()).both).rise == np.inf


def test_pairs_are_told_apart_by_factor():
    pairs = by_factor(pair(figures(), figures()).both)
    assert {name: len(own) for name, own in pairs.items()} == dict.fromkeys(FACTORS, 60)


def test_limits_that_nothing_could_meet_are_refused():
    settings = Settings(promote_coverage_min=0.97)
    with pytest.raises(SettingsError, match=r"RECYCLER_PROMOTE_COVERAGE_MIN is 0\.97"):
        gate_of(settings)


def test_the_gate_of_the_settings_judges_by_them():
    gate = gate_of(Settings(promote_crps_rise=0.5, promote_factor_crps_rise=0.5))
    assert gate(evidence("v2", scaled(figures(), 1.4)), evidence("v1", figures())).passed


def verdict_on_lots(new: list[Score] | None, old: list[Score] | None, limits: Limits = LIMITS):
    """The verdict on two versions that differ in what they predict of lots alone."""
    known = [evidence(version, figures()) for version in ("v2", "v1")]
    kept = [None if scores is None else to_csv(scores) for scores in (new, old)]
    v2, v1 = (replace(one, lots=lots) for one, lots in zip(known, kept, strict=True))
    return judge(v2, v1, limits)


def of_lots(verdict) -> list[str]:
    return [finding.says for finding in verdict.findings if finding.rule is Rule.LOTS]


def test_a_version_that_predicts_the_next_lot_as_well_passes_and_it_is_told():
    verdict = verdict_on_lots(lot_scores(12), lot_scores(12))
    assert verdict.passed
    [told] = of_lots(verdict)
    assert told.startswith("On the 24 figures of 12 lots that both left out of their plants' lots,")
    assert told.endswith("(+0.00 %).")


@pytest.mark.parametrize(("by", "passes"), [(0.5, True), (1.04, True), (1.06, False), (3.0, False)])
def test_a_version_that_predicts_the_next_lot_clearly_worse_is_refused(by, passes):
    """By what a factor may rise, since lots are far fewer than figures of sources."""
    old = lot_scores(12)
    verdict = verdict_on_lots(scaled(old, by, "ratio:Dy"), old)
    assert verdict.passed is passes
    if not passes:
        [said] = verdict.objections
        assert said.startswith("CRPS of ratio:Dy of lots rises from")
        assert "over 12 votes of 12 lots" in said
        assert "95 % of resamples of the lots rise by more than" in said


def test_a_version_that_has_forgotten_a_plants_lots_is_refused():
    """It predicts as published figures alone do."""
    old = lot_scores(12)
    forgotten = [
        replace(score, method=MODEL) for score in lot_scores(12) if score.method == PUBLISHED
    ]
    assert len(verdict_on_lots(forgotten, old).objections) == 2


def test_lots_that_one_version_alone_was_evaluated_on_do_not_count():
    """New lots come in from one training to the next, and a corrected lot is another one."""
    old = lot_scores(12)
    hard = [replace(score, row_id=f"new-{score.row_id}", crps=99.0) for score in old]
    corrected = [
        replace(score, measured=score.measured + 1, crps=99.0) if score.row_id == "L-3" else score
        for score in old
    ]
    assert of_lots(verdict_on_lots([*old, *hard], old)) == of_lots(verdict_on_lots(old, old))
    assert "22 figures of 11 lots" in of_lots(verdict_on_lots(corrected, old))[0]


def test_a_lot_that_is_far_worse_is_left_to_chance():
    old = lot_scores(12)
    new = [replace(s, crps=9.0) if s.row_id == "L-3" else s for s in old]
    verdict = verdict_on_lots(new, old)
    assert verdict.passed
    assert "chance may explain it" in of_lots(verdict)[-1]


def test_few_lots_are_told_and_not_judged():
    old = lot_scores(9)
    verdict = verdict_on_lots(scaled(old, 9.0), old)
    assert verdict.passed
    assert of_lots(verdict)[-1] == (
        "Not judged by themselves, for fewer than 10 lots: nd_fraction of lots (9), "
        "ratio:Dy of lots (9)."
    )


@pytest.mark.parametrize("old", [None, []], ids=["no table", "an empty table"])
def test_the_first_lots_have_nothing_to_be_compared_with(old):
    assert of_lots(verdict_on_lots(lot_scores(12), old)) == []
    assert of_lots(verdict_on_lots(None, old)) == []


@pytest.mark.parametrize(
    "new", [None, [replace(score, source="plant:another") for score in lot_scores(12)]]
)
def test_a_version_that_was_not_evaluated_on_the_champions_lots_is_refused(new):
    """Trained without them, by mistake or on purpose: it may have forgotten the plants."""
    verdict = verdict_on_lots(new, lot_scores(12))
    assert not verdict.passed
    [told] = of_lots(verdict)
    assert told.startswith("v1 was evaluated on 12 lots of plants, v2 on none of them:")


def test_each_lot_is_drawn_by_itself_and_each_of_its_figures_is_a_vote():
    """They were left out in five folds, and repeat nothing within one."""
    scores = lot_by_lot(score for score in lot_scores(12) if score.method == MODEL)
    found = change(pair(scores, scores).both)
    assert (found.figures, found.votes, found.sources) == (24, 24, 12)
