"""The gate before the champion: a version that predicts worse than the champion does not pass.

Judged are coverage, on all figures that the version itself was evaluated on, and CRPS, on the
figures that champion and challenger were both evaluated on: pooled, and by factor where enough
sources tell. Lots of plants that both have learned from are judged by factor likewise, each as it
was predicted from its plant's other lots. docs/models.md has the rules for people.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import inf, sqrt
from typing import Any, Self

from recycler.model.evaluation import Score, from_csv
from recycler.registry import gate_words as words
from recycler.registry.pairing import Pair, Pairing, by_factor, change, lot_by_lot, pair
from recycler.registry.verdict import Evidence, Finding, Gate, Rule, Verdict
from recycler.settings import Settings, SettingsError, variable

LEVEL = 0.9
"""Level of the intervals whose coverage is judged."""

_CHANCE = 2  # binomial standard errors off the level that chance is granted


@dataclass(frozen=True, slots=True)
class Limits:
    """What a promotion asks for; the settings promote_* say what each means."""

    coverage_min: float
    coverage_max: float
    crps_rise: float
    factor_crps_rise: float
    factor_sources: int

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The limits that the settings name.

        Raises:
            SettingsError: No coverage could meet them.
        """
        low, high = settings.promote_coverage_min, settings.promote_coverage_max
        if low > high:
            names = variable("promote_coverage_min"), variable("promote_coverage_max")
            raise SettingsError(f"{names[0]} is {low:g}, but at most {names[1]}, {high:g}, is due.")
        return cls(
            low,
            high,
            settings.promote_crps_rise,
            settings.promote_factor_crps_rise,
            settings.promote_factor_sources,
        )


def gate_of(settings: Settings) -> Gate:
    """The gate with the limits that the settings name.

    Raises:
        SettingsError: No coverage could meet them.
    """
    return partial(judge, limits=Limits.of(settings))


def judge(challenger: Evidence, champion: Evidence | None, limits: Limits) -> Verdict:
    """Judge whether the challenger may replace the champion.

    Args:
        challenger: What the challenger keeps of its evaluation.
        champion: What the champion does; None if there is none, which leaves coverage alone.
        limits: What is asked for.
    """
    if problem := _without_scores(challenger):
        return Verdict((problem,))
    if champion is None:
        return Verdict((_coverage(challenger, None, limits),))
    if problem := _without_scores(champion):
        return Verdict((_coverage(challenger, None, limits), problem))
    return Verdict(
        (
            _coverage(challenger, champion, limits),
            *_compared(challenger, champion, limits),
            *_on_lots(challenger, champion, limits),
        )
    )


def pairing_of(old: Evidence, new: Evidence) -> Pairing | None:
    """The figures of two versions; None if one of them keeps none that can be read."""
    before, after = _scores(old.held_out), _scores(new.held_out)
    return None if before is None or after is None else pair(before, after)


def _scores(kept: str | None) -> Sequence[Score] | None:
    """The figures that a version keeps; a table of another release is as good as none."""
    if kept is None:
        return None
    try:
        return from_csv(kept)
    except (ValueError, TypeError):
        return None


def _without_scores(evidence: Evidence) -> Finding | None:
    """Why a version cannot be judged, if it cannot."""
    version = evidence.version
    if evidence.unreadable:
        why = f"What {version} scored cannot be read: {evidence.unreadable}."
        return Finding(Rule.SCORES, passed=False, says=why)
    if None in (_held(evidence), _crps(evidence)):
        why = f"{version} keeps no scores of its evaluation: nothing says how good it is."
        return Finding(Rule.SCORES, passed=False, says=why)
    return None


def _coverage(challenger: Evidence, champion: Evidence | None, limits: Limits) -> Finding:
    """Coverage within the limits, or off its level by chance, or no further off than before."""
    held, votes = _held(challenger) or 0.0, _number(challenger.scores, "pooled", "n")
    low, high = limits.coverage_min, limits.coverage_max
    says = words.held(challenger.version, held, votes, low, high)
    if low <= held <= high:
        return Finding(Rule.COVERAGE, passed=True, says=f"{says}.")
    if abs(held - LEVEL) <= (chance := _chance(votes)):
        may_be = f"so few votes may be {chance * 100:.2g} points off 90 % by chance"
        return Finding(Rule.COVERAGE, passed=True, says=f"{says}, but {may_be}.")
    before = _held(champion) if champion else None
    if champion is None or before is None:
        return Finding(Rule.COVERAGE, passed=False, says=f"{says}.")
    no_worse = abs(held - LEVEL) <= abs(before - LEVEL)
    misses = f"which {champion.version} with {words.percent(before)} misses by as much or more"
    holds = f"and {champion.version} holds {words.percent(before)}"
    says = f"{says}, {misses if no_worse else holds}."
    return Finding(Rule.COVERAGE, passed=no_worse, says=says)


def _chance(votes: float | None) -> float:
    """How far off its level chance may take the coverage of so many votes."""
    return _CHANCE * sqrt(LEVEL * (1 - LEVEL) / votes) if votes else 0.0


def _compared(challenger: Evidence, champion: Evidence, limits: Limits) -> Iterator[Finding]:
    paired = pairing_of(champion, challenger)
    if paired is None:
        yield _unpaired(challenger, champion, limits.crps_rise)
        return
    told = words.evaluated(paired, champion.version, challenger.version)
    yield Finding(Rule.FIGURES, passed=bool(paired.both), says=told)
    if paired.both:
        yield _pooled(paired.both, challenger, champion, limits.crps_rise)
        yield from _by_factor(paired.both, limits, Rule.FACTOR)


def _unpaired(challenger: Evidence, champion: Evidence, allowed: float) -> Finding:
    """Compare the scores of the manifests, where the figures behind them are not kept."""
    old, new = _crps(champion) or 0.0, _crps(challenger) or 0.0
    rise = (new - old) / old if old else (inf if new else 0.0)
    says = words.unpaired(champion.version, challenger.version, (old, new), rise, allowed)
    return Finding(Rule.CRPS, passed=rise <= allowed, says=says)


def _pooled(
    pairs: Sequence[Pair], challenger: Evidence, champion: Evidence, allowed: float
) -> Finding:
    found = change(pairs)
    says = words.pooled(found, champion.version, challenger.version, allowed)
    return Finding(Rule.CRPS, passed=found.rise <= allowed, says=says)


def _on_lots(challenger: Evidence, champion: Evidence, limits: Limits) -> Iterator[Finding]:
    """Judge each factor of the lots that both left out as other factors are, a lot as a source."""
    before, after = (lot_by_lot(_scores(of.lots) or ()) for of in (champion, challenger))
    pairs = pair(before, after).both
    if pairs:
        says = words.on_lots(change(pairs), champion.version, challenger.version)
        yield Finding(Rule.LOTS, passed=True, says=says)
        yield from _by_factor(pairs, limits, Rule.LOTS)
    elif lots := len({score.left_out for score in before}):
        says = words.without_its_lots(lots, champion.version, challenger.version)
        yield Finding(Rule.LOTS, passed=False, says=says)


def _by_factor(pairs: Iterable[Pair], limits: Limits, rule: Rule) -> Iterator[Finding]:
    """Judge each factor that enough sources tell; only a rise beyond chance stands in the way."""
    of, unit = (" of lots", "lot") if rule is Rule.LOTS else ("", "source")
    allowed, few = limits.factor_crps_rise, []
    for factor, own in sorted(by_factor(pairs).items()):
        found, name = change(own), f"{factor}{of}"
        if found.sources < limits.factor_sources:
            few.append((name, found.sources))
        elif found.rise > allowed:
            by_chance = found.surely <= allowed
            says = words.risen(name, found, allowed, by_chance=by_chance, unit=unit)
            yield Finding(rule, passed=by_chance, says=says)
    if few:
        says = words.too_few(few, limits.factor_sources, unit)
        yield Finding(rule, passed=True, says=says)


def _held(evidence: Evidence) -> float | None:
    return _number(evidence.scores, "pooled", "coverage", str(LEVEL))


def _crps(evidence: Evidence) -> float | None:
    return _number(evidence.scores, "pooled", "crps")


def _number(scores: Mapping[str, Any], *path: str) -> float | None:
    """A number inside scores, which may be any JSON; None if there is none."""
    found: Any = scores
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return float(found) if type(found) in (int, float) else None
