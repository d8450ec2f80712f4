"""What the verdict says of simulated histories, and how often it is wrong."""

from datetime import date

import numpy as np
import pytest
from intake_samples import TODAY, counts_of
from outcome_samples import history

from recycler.lot import Outcome
from recycler.monitoring import exchangeability as order
from recycler.monitoring.report import Asked, Monitoring, judged
from recycler.monitoring.shift import Intake, intake_shift, learned_from
from recycler.monitoring.verdict import Call, Decision, LotCounts, stands_out
from recycler.reference import load_tables

ALARMS = ("coverage", "coverage_of_group", "bias", "exchangeability")


def monitored(
    outcomes: list[Outcome], *, unseen: int | None = None, intake: Intake | None = None
) -> Monitoring:
    lots = len({(o.plant, o.lot_id) for o in outcomes})
    counts = LotCounts(lots, 0, lots if unseen is None else unseen, lots, 1000)
    return judged("v1", outcomes, counts, intake, Asked(None, None, TODAY))


def alarms(found: Monitoring) -> set[str]:
    return {f.code for f in found.verdict.findings if f.calls_for is Call.RETRAIN}


def said(found: Monitoring, code: str) -> list[str]:
    return [f.message for f in found.verdict.findings if f.code == code]


def false_alarms(histories: int, lots: int, **kwargs: float) -> dict[str, float]:
    """Share of histories of right predictions that ring each alarm."""
    rung = [alarms(monitored(history(lots, seed, **kwargs))) for seed in range(histories)]
    return {alarm: float(np.mean([alarm in found for found in rung])) for alarm in ALARMS}


@pytest.mark.parametrize("likeness", [0.2, 0.8])
def test_each_alarm_is_rarely_false(monkeypatch, likeness):
    monkeypatch.setattr(order, "PERMUTATIONS", 99)

    assert max(false_alarms(80, 50, likeness=likeness).values()) <= 0.1


@pytest.mark.slow
@pytest.mark.parametrize(("lots", "most"), [(12, 0.12), (20, 0.075), (50, 0.075), (200, 0.075)])
@pytest.mark.parametrize("likeness", [0.0, 0.5, 0.9])
def test_each_alarm_is_false_in_about_one_look_of_twenty(monkeypatch, lots, most, likeness):
    """Within what 400 histories can tell: 0.05 and two standard errors.

    How alike the figures of a lot are cannot be learned well from a dozen lots: there it is up to
    one look of ten.
    """
    monkeypatch.setattr(order, "PERMUTATIONS", 199)

    assert max(false_alarms(400, lots, likeness=likeness).values()) <= most


@pytest.mark.parametrize(
    ("wrong", "alarm"),
    [
        ({"log_bias": 0.35}, "bias"),
        ({"true_spread": 0.7}, "coverage"),
        ({"drift_from": 35, "log_drift": 0.6}, "exchangeability"),
    ],
)
def test_what_is_wrong_rings_its_alarm_in_fifty_lots(wrong, alarm):
    rung = [alarm in alarms(monitored(history(50, seed, **wrong))) for seed in range(20)]

    assert np.mean(rung) >= 0.8


def test_a_plant_that_is_off_alone_is_named():
    right = history(60, 1, plants=("north",))
    wrong = history(40, 2, plants=("south",), true_spread=0.9)
    found = monitored(sorted([*right, *wrong], key=lambda o: (o.measured_on, o.lot_id)))

    assert any(message.startswith("Plant south: ") for message in said(found, "coverage_of_group"))
    assert not any("Plant north" in message for message in said(found, "coverage_of_group"))


def test_right_predictions_are_no_reason_to_retrain():
    found = monitored(history(50, 4))

    assert found.verdict.decision is Decision.NOT_YET
    assert found.verdict.summary == "Not yet: nothing in 50 lots speaks for retraining."
    assert said(found, "bias") == ["No figure is off by more than 10 % beyond chance."]


def test_the_sentence_on_coverage_has_its_figures():
    found = monitored(history(50, 1, true_spread=0.8))
    level = found.coverage[0].judged

    share = f"{level.inside * 100:.0f} % ({level.lower * 100:.0f} to {level.upper * 100:.0f})"
    told = f"{share} of 300 figures of 50 lots lie inside their 90 % intervals"
    assert said(found, "coverage") == [f"{told}: they are too narrow."]


def test_the_sentence_on_bias_names_figure_direction_and_size():
    found = monitored(history(50, 1, log_bias=-0.4, categories=("hdd",)))
    row = found.bias[0]

    assert (
        f"Nd mass fraction is measured {-row.bias_pct:.0f} % "
        f"({-row.upper_pct:.0f} to {-row.lower_pct:.0f}) below what is predicted, in 50 lots."
    ) in said(found, "bias")


def test_many_biases_are_counted_after_the_first():
    found = monitored(history(60, 1, log_bias=0.8))

    assert len(said(found, "bias")) == 6
    assert said(found, "bias")[-1] == "13 more figures are off likewise."


def test_the_sentence_on_drift_tells_before_and_after():
    (message,) = said(monitored(history(50, 3, drift_from=30, log_drift=0.9)), "exchangeability")

    assert message.startswith("The last 20 lots, from 2026-02-04 on, fare unlike the 30 before (p")
    assert "of figures above their predicted median, before" in message


@pytest.mark.parametrize("lots", [0, 1, 9])
def test_of_fewer_than_ten_lots_nothing_is_concluded(lots):
    found = monitored(history(lots, 1, log_bias=3.0))

    assert found.verdict.decision is Decision.TOO_FEW_LOTS
    assert "nothing is concluded from fewer than 10" in found.verdict.summary
    assert alarms(found) == set()


def test_a_group_of_few_lots_rings_no_alarm():
    found = monitored([*history(40, 1), *history(5, 2, categories=("mri",), log_bias=5.0)])

    assert not any("mri" in message for message in said(found, "bias"))


@pytest.mark.parametrize(("unseen", "decision"), [(30, Decision.RETRAIN), (29, Decision.NOT_YET)])
def test_enough_new_lots_are_reason_enough(unseen, decision):
    counts = LotCounts(60, 0, unseen, 20, 30)
    found = judged("v1", history(20, 4), counts, None, Asked(None, None, TODAY))

    assert found.verdict.decision is decision
    assert (
        f"{unseen} lots are stored that the model has not learned from"
        in (said(found, "new_lots")[0])
    )


def test_what_calls_for_retraining_comes_first():
    calls = [f.calls_for for f in monitored(history(50, 1, log_bias=0.5)).verdict.findings]

    assert calls == sorted(calls, key=list(Call).index)


def test_shifted_intake_calls_for_measuring_and_is_no_reason_to_retrain():
    other = {"phone": 0.2, "motor": 0.3, "tablet": 0.5}
    learned = learned_from(load_tables(), [])
    intake = intake_shift(counts_of(120, recent=other), learned, today=TODAY, recent_days=30)
    found = monitored(history(50, 4), intake=intake)

    assert found.verdict.decision is Decision.NOT_YET
    (moved,) = said(found, "intake_shift")
    assert moved.startswith("Lines since 2026-10-29 differ from earlier ones in category by 5")
    assert "tablet was 0 % of the lines and is" in moved
    assert said(found, "thin_categories")[0].endswith("1 row).")


def test_intake_that_is_as_ever_is_said_to_be():
    intake = intake_shift(
        counts_of(120), learned_from(load_tables(), []), today=TODAY, recent_days=30
    )

    assert said(monitored(history(50, 4), intake=intake), "intake_shift") == [
        "Lines since 2026-10-29 are like earlier ones, as far as can be told."
    ]


def test_nothing_that_came_in_is_said_to_be_nothing():
    intake = intake_shift([], learned_from(load_tables(), []), today=TODAY, recent_days=30)

    assert said(monitored(history(50, 4), intake=intake), "intake") == [
        f"No line has been counted since {date(2026, 10, 29)}."
    ]


def test_of_several_groups_those_stand_out_that_do_so_among_all():
    """Holm's own procedure: 0.05 over 4, then over 3; 0.03 over 2 is not enough."""
    assert stands_out("abcd", [0.03, 0.001, 0.2, 0.016]) == ["b", "d"]
    assert stands_out("ab", [0.04, 0.03]) == []
    assert stands_out("", []) == []
