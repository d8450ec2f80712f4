"""Two versions side by side: scores, verdict, and what changes for batches that both are asked."""

from dataclasses import replace

import pytest
from registry_samples import GOLDEN_BATCH, SmallModel, scored
from test_gate import LIMITS, evidence, figures, scaled

from recycler.batch import Batch, FieldError, InvalidBatchError, LineItem
from recycler.model.evaluation import from_csv
from recycler.registry import Evidence
from recycler.registry.reference_batches import REFERENCE_BATCHES
from recycler.registry.version_comparison import POOLED, Candidate, compare_versions

PHONES = Batch((LineItem("phone", "smartphone", count=1000),))


def richer(factor: float) -> SmallModel:
    """The small model with that much more in a phone."""
    model = SmallModel().fit()
    key = ("phone", "smartphone")
    model.laws_[key] = replace(model.laws_[key], mean_g=model.laws_[key].mean_g * factor)
    return model


def compare(old: Evidence, new: Evidence, model: SmallModel, batches=None):
    before = Candidate(old, SmallModel().fit())
    return compare_versions(before, Candidate(new, model), batches or {"phones": PHONES}, LIMITS)


def test_every_factor_has_the_scores_of_both_and_their_change():
    old, new = figures(), scaled(figures(), 1.5, "presence")
    found = compare(evidence("v1", old), evidence("v2", new), richer(1.0))
    assert [each.factor for each in found.factors] == [
        "presence",
        "magnet_mass",
        "element_content",
        POOLED,
    ]
    presence, mass = found.factors[:2]
    assert presence.new["crps"] == pytest.approx(1.5 * presence.old["crps"], rel=1e-5)
    assert presence.change.rise == pytest.approx(0.5, rel=1e-4)
    assert mass.change.rise == 0
    assert found.factors[-1].change.figures == len(from_csv(evidence("v1", old).held_out))
    assert not found.verdict.passed


def test_a_factor_of_one_version_alone_has_no_change():
    old, new = figures(factors=("presence",)), figures(factors=("presence", "recovered"))
    found = compare(evidence("v1", old), evidence("v2", new), richer(1.0))
    recovered = next(each for each in found.factors if each.factor == "recovered")
    assert recovered.old is None
    assert recovered.change is None
    assert recovered.new["n"] == 60


def test_versions_without_figures_are_compared_by_what_they_have():
    found = compare(Evidence("v1", scored(1.0), None), Evidence("v2", {}, None), richer(1.0))
    (pooled,) = found.factors
    assert (pooled.old["crps"], pooled.new, pooled.change) == (1.0, None, None)
    assert not found.verdict.passed


def test_what_changes_for_a_batch_is_a_ratio_of_medians_and_of_widths():
    found = compare(evidence("v1", figures()), evidence("v2", figures()), richer(1.25))
    (batch,) = found.batches
    assert [(each.of, each.which) for each in batch.quantities] == [
        ("Nd", "contained_kg"),
        ("Nd", "recoverable_kg"),
        ("total_ree", "contained_kg"),
        ("total_ree", "recoverable_kg"),
    ]
    for each in batch.quantities:
        assert (each.median_ratio, each.width_ratio) == pytest.approx((1.25, 1.25))
        assert each.new.upper == pytest.approx(1.25 * each.old.upper)


def test_what_was_nothing_has_no_ratio():
    nothing = SmallModel().fit()
    nothing.laws_["phone", "smartphone"] = replace(nothing.laws_["phone", "smartphone"], mean_g=0.0)
    known = evidence("v1", figures())
    found = compare_versions(
        Candidate(known, nothing), Candidate(known, richer(1.0)), {"phones": PHONES}, LIMITS
    )
    assert {each.median_ratio for each in found.batches[0].quantities} == {None}


class Picky(SmallModel):
    """Knows no motors."""

    def estimate(self, batch):
        """Predict a batch without motors."""
        if any(line.category == "motor" for line in batch.items):
            raise InvalidBatchError([FieldError("/items/1/category", "motor is not known.")])
        return super().estimate(batch)


def test_a_batch_that_one_version_does_not_know_says_which():
    known = evidence("v1", figures())
    found = compare(known, evidence("v2", figures()), Picky().fit(), {"mixed": GOLDEN_BATCH})
    (batch,) = found.batches
    assert batch.refused == {"v2": "/items/1/category: motor is not known."}
    assert {each.new for each in batch.quantities} == {None}
    assert all(each.old for each in batch.quantities)


def test_the_reference_batches_are_of_every_kind_of_feed():
    categories = {line.category for batch in REFERENCE_BATCHES.values() for line in batch.items}
    assert categories == {"phone", "hdd", "motor", "wind_turbine", "magnet"}
    assert all(batch.collected_year for batch in REFERENCE_BATCHES.values())
