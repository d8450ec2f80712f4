"""Priors chosen by what they predict: for the scores of a source, by all other sources.

Every alternative is a method in the same folds. Which of them counts as the model in a fold is
decided by the scores of the other folds alone: how well a source is predicted has no say in how it
is predicted. The models of those folds have learned from it, though; leaving it out of them as well
(the double cross of M. Stone, J. R. Stat. Soc. B 36 (1974) 111-147) would take eighty times as
long. What is served rests on the choice of all.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import inf
from statistics import fmean
from typing import Any

from recycler.model.evaluation.folds import Part
from recycler.model.evaluation.scoring import Score
from recycler.model.evaluation.summary import MODEL, rounded
from recycler.model.evaluation.targets import PRESENCE, STAGE_YIELD
from recycler.model.factors.priors import ALTERNATIVES, USUAL, Priors

_BELIEF_OF = {
    Part.CONTENT: "parent_spread",
    Part.PRESENCE: "other_products",
    Part.STAGE_YIELD: "yield_spread",
}

_Votes = Mapping[str, tuple[float, int]]
"""What a fold left out -> sum of the CRPS of its votes, and how many there are."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen of the belief that matters to a part of the model.

    Attributes:
        part: The part.
        belief: Name of the field of Priors.
        crps: Value tried -> its CRPS over all folds; a source has one vote on an element of a
            product.
        value: The best of them.
        by_fold: What a fold left out -> the best by all folds that share no source with it.
    """

    part: Part
    belief: str
    crps: Mapping[float, float]
    value: float
    by_fold: Mapping[str, float]

    def told(self) -> dict[str, Any]:
        """For the scores of a version: the value, CRPS of those tried, folds that chose each."""
        often = Counter(self.by_fold.values())
        return {
            "value": self.value,
            "crps": {f"{value:g}": rounded(crps) for value, crps in self.crps.items()},
            "folds": {f"{value:g}": often[value] for value in self.crps},
        }


def alternatives(part: Part) -> dict[float, Priors]:
    """Value of the belief that matters to a part -> the usual priors but for that."""
    belief = _BELIEF_OF[part]
    return {value: replace(USUAL, **{belief: value}) for value in ALTERNATIVES[belief]}


def candidate(value: float) -> str:
    """Name of the method that believes a value."""
    return f"{MODEL} {value:g}"


def choose(part: Part, scores: Iterable[Score]) -> Choice:
    """Choose among the alternatives of a part, whose scores are in the names of `candidate`."""
    own = [score for score in scores if _part(score) is part]
    votes = {value: _votes(own, candidate(value)) for value in alternatives(part)}
    crps = {value: _mean(of.values()) for value, of in votes.items()}
    return Choice(
        part=part,
        belief=_BELIEF_OF[part],
        crps=crps,
        value=min(crps, key=crps.__getitem__),
        by_fold={name: _best_without(name, votes) for name in {s.left_out: None for s in own}},
    )


def chosen(choices: Iterable[Choice]) -> Priors:
    """The priors that all sources together choose."""
    return Priors(**{choice.belief: choice.value for choice in choices})


def with_choices(scores: Iterable[Score], choices: Iterable[Choice]) -> list[Score]:
    """The same scores with the alternative chosen in each fold as the model, without the others."""
    kept = {
        (choice.part, left_out, candidate(value))
        for choice in choices
        for left_out, value in choice.by_fold.items()
    }
    found = []
    for score in scores:
        if (_part(score), score.left_out, score.method) in kept:
            found.append(replace(score, method=MODEL))
        elif not score.method.startswith(f"{MODEL} "):
            found.append(score)
    return found


def _part(score: Score) -> Part:
    return {PRESENCE: Part.PRESENCE, STAGE_YIELD: Part.STAGE_YIELD}.get(score.factor, Part.CONTENT)


def _votes(scores: Iterable[Score], method: str) -> _Votes:
    by_vote: dict[tuple[str, ...], list[float]] = defaultdict(list)
    for score in scores:
        if score.method == method:
            by_vote[score.vote].append(score.crps)
    sums: dict[str, tuple[float, int]] = defaultdict(lambda: (0.0, 0))
    for (left_out, *_), crps in by_vote.items():
        total, count = sums[left_out]
        sums[left_out] = total + fmean(crps), count + 1
    return dict(sums)


def _best_without(left_out: str, votes: Mapping[float, _Votes]) -> float:
    own = set(left_out.split("+"))
    crps = {
        value: _mean(of[name] for name in of if not own & set(name.split("+")))
        for value, of in votes.items()
    }
    return min(crps, key=crps.__getitem__)


def _mean(sums: Iterable[tuple[float, int]]) -> float:
    """Mean over all votes; infinite where there are none, so that the first value is taken."""
    found = list(sums)
    votes = sum(count for _, count in found)
    return sum(total for total, _ in found) / votes if votes else inf
