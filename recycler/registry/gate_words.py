"""The gate's findings as sentences that hold their figures."""

from collections.abc import Iterable

from recycler.registry.pairing import CERTAINTY, Change, Pairing

_MOST_NAMED = 5


def held(version: str, coverage: float, votes: float | None, low: float, high: float) -> str:
    """What the 90 % intervals of a version held, and what is asked for; no full stop yet."""
    counted = f" of {votes:,.0f} votes" if votes else ""
    return (
        f"The 90 % intervals of {version} held {percent(coverage)}{counted}; "
        f"{low * 100:.3g} to {high * 100:.3g} % are asked for"
    )


def evaluated(paired: Pairing, old: str, new: str) -> str:
    """How many figures are compared, and how many only one version was evaluated on."""
    if not paired.both:
        return f"No figure was left out of both {old} and {new}, so their CRPS cannot be compared."
    alone = [
        f"{counted(len(scores), 'figure')} only {version} ({_named(s.source for s in scores)})"
        for version, scores in ((new, paired.only_new), (old, paired.only_old))
        if scores
    ]
    return (
        "; ".join([f"Both were evaluated on {counted(len(paired.both), 'figure')}", *alone]) + "."
    )


def pooled(found: Change, old: str, new: str, allowed: float) -> str:
    """How CRPS differs on all figures that both versions were evaluated on."""
    over = f"{counted(found.figures, 'figure')} ({counted(found.votes, 'vote')})"
    return (
        f"On the {over} of both, CRPS of {new} is {found.new_crps:.3f}, of {old} "
        f"{found.old_crps:.3f} ({_rise(found.rise, allowed)})."
    )


def on_lots(found: Change, old: str, new: str) -> str:
    """How CRPS differs on the lots that both versions left out of their plants' lots."""
    over = f"{counted(found.figures, 'figure')} of {counted(found.sources, 'lot')}"
    return (
        f"On the {over} that both left out of their plants' lots, CRPS of {new} is "
        f"{found.new_crps:.3f}, of {old} {found.old_crps:.3f} ({signed_percent(found.rise)})."
    )


def without_its_lots(lots: int, old: str, new: str) -> str:
    """That a version was not evaluated on the lots that the one before was."""
    return (
        f"{old} was evaluated on {counted(lots, 'lot')} of plants, {new} on none of them: whether "
        "it predicts them worse cannot be told. Was it trained without --assays?"
    )


def unpaired(old: str, new: str, crps: tuple[float, float], rise: float, allowed: float) -> str:
    """How CRPS differs where it cannot be told whether it is of the same figures."""
    return (
        f"CRPS of {new} is {crps[1]:.3f}, of {old} {crps[0]:.3f} ({_rise(rise, allowed)}), each on "
        f"figures of its own: not both keep a held_out.csv to pair them by."
    )


def risen(name: str, found: Change, allowed: float, *, by_chance: bool, unit: str) -> str:
    """How much the CRPS of a factor rose, and what chance makes of it.

    Args:
        name: What the CRPS is of.
        found: Its change.
        allowed: The rise that is allowed.
        by_chance: Whether chance may explain a larger one.
        unit: What was drawn anew to see that.
    """
    from_to = f"CRPS of {name} rises from {found.old_crps:.3f} to {found.new_crps:.3f}"
    over = f"{counted(found.votes, 'vote')} of {counted(found.sources, unit)}"
    verdict = "chance may explain it" if by_chance else "chance does not explain it"
    return (
        f"{from_to} over {over} ({_rise(found.rise, allowed)}); {verdict}: {CERTAINTY * 100:.0f} % "
        f"of resamples of the {unit}s rise by more than {signed_percent(found.surely)}."
    )


def too_few(found: Iterable[tuple[str, int]], due: int, unit: str) -> str:
    """Which factors are not judged by themselves, each with its number of units."""
    named = ", ".join(f"{name} ({count})" for name, count in found)
    return f"Not judged by themselves, for fewer than {due} {unit}s: {named}."


def percent(fraction: float) -> str:
    """A share in percent."""
    return f"{fraction * 100:.1f} %"


def signed_percent(fraction: float) -> str:
    """A relative change in percent."""
    return f"{fraction * 100:+.2f} %".replace("-", "−")


def counted(count: int, noun: str) -> str:
    """A number of things."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _rise(rise: float, allowed: float) -> str:
    return f"{signed_percent(rise)}; at most {signed_percent(allowed)} is allowed"


def _named(names: Iterable[str]) -> str:
    known = sorted(set(names))
    more = len(known) - _MOST_NAMED
    return ", ".join(known[:_MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")
