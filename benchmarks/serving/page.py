"""The tables of docs/performance.md, put between its marks."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from .goals import goals, lines

PACES: Final = {"even": "evenly spaced", "chance": "at moments that do not depend on each other"}
LARGEST_IMPORTS: Final = 8


def rendered(page: str, found: dict[str, Any]) -> str:
    """The page with new tables; what stands outside of the marks is left.

    Raises:
        KeyError: The page has a mark that no table belongs to.
    """

    def between(mark: re.Match[str]) -> str:
        return f"<!-- {mark[1]} -->\n{TABLES[mark[1]](found)}\n<!-- /{mark[1]} -->"

    return re.sub(r"<!-- (\w+) -->.*?<!-- /\1 -->", between, page, flags=re.DOTALL)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; all columns but the first hold figures."""
    marks = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in (head, marks, *rows))


def machine(found: dict[str, Any]) -> str:
    """On what and how it was measured, in a sentence or two."""
    on, effort = found["machine"], found["effort"]
    packages = ", ".join(f"{name} {version}" for name, version in on["packages"].items())
    return (
        f"Measured on {on['day']} on {on['cores']} cores ({on['processor']}), which the services "
        f"shared with wrk; Python {on['python']}, {packages}. Figures are medians over "
        f"{effort['rounds']} rounds of {effort['seconds']} s. The load average before it was "
        f"{on['load_before']:.1f}{_busy(on)}."
    )


def _busy(on: dict[str, Any]) -> str:
    is_busy = on["load_before"] > on["cores"] / 2
    return ": others had the cores, too, and times on the clock are too long" if is_busy else ""


def verdicts(found: dict[str, Any]) -> str:
    """Goals met and missed."""
    head = ("goal", "asked", "measured", "")
    return table(head, ((g.name, g.asked, g.measured, g.verdict) for g in goals(found)))


def echo(found: dict[str, Any]) -> str:
    """Recycler beside the echo service."""
    head = ("batch", "counts", "service", "requests/s", "share", "p50 ms", "p99 ms")
    return table(
        head,
        (
            (
                *(lines(load["lines"]), load["counts"], name, f"{its['rate']:,.0f}"),
                f"{load['share']:.2f}" if name == "recycler" else "",
                *(f"{its['p50_ms']:.2f}", f"{its['p99_ms']:.2f}"),
            )
            for load in found["echo"]
            for name, its in load["services"].items()
        ),
    )


def others(found: dict[str, Any]) -> str:
    """Recycler beside other ways of serving the same model."""
    head = ("batch", "service", "requests/s", "recycler is", "p50 ms", "p99 ms")
    rows = [
        (
            *(lines(load["lines"]), name, f"{its['rate']:,.0f}"),
            "" if name == "recycler" else f"{its['recycler_times']:.2f} ×",
            *(f"{its['p50_ms']:.2f}", f"{its['p99_ms']:.2f}"),
        )
        for load in found["others"]["lines"]
        for name, its in load["services"].items()
    ]
    missing = [
        f"\n\n{name} could not be measured: {why}"
        for name, why in found["others"]["missing"].items()
    ]
    return table(head, rows) + "".join(missing)


def half_load(found: dict[str, Any]) -> str:
    """Latency at half of full load."""
    head = ("requests come", "requests/s", "p50 ms", "p99 ms", "p99 / p50")
    rows = (
        (
            *(PACES[pace], f"{its['rate']:,.0f}"),
            *(f"{its['p50_ms']:.2f}", f"{its['p99_ms']:.2f}", f"{its['ratio']:.1f}"),
        )
        for pace, its in found["half_load"]["paces"].items()
    )
    return f"Full load is {found['half_load']['full_rate']:,.0f} requests/s.\n\n" + table(
        head, rows
    )


def memory(found: dict[str, Any]) -> str:
    """Memory by number of workers."""
    head = ("workers", "of a worker: all MB", "its share", "its own", "of the listener", "sum")
    return table(
        head,
        (
            (
                one["workers"],
                *(f"{one['worker'][name]:.0f}" for name in ("rss_mb", "pss_mb", "own_mb")),
                *(f"{one['listener']['pss_mb']:.0f}", f"{one['all_mb']:.0f}"),
            )
            for one in found["memory"]
        ),
    )


def starting(found: dict[str, Any]) -> str:
    """Starts of the service and of commands."""
    its, commands = found["starting"]["service"], found["starting"]["commands"]
    return table(
        ("", "s on the clock", "s of CPU time"),
        [
            ("service: exec to the first 200 of /readyz", f"{its['ready_s']:.2f}", ""),
            (
                "service: until both workers have the model",
                *(f"{its['both_s']:.2f}", f"{its['cpu_s']:.2f}"),
            ),
            *(
                (f"`{name}`", f"{took['wall_s']:.2f}", f"{took['cpu_s']:.2f}")
                for name, took in commands.items()
            ),
        ],
    )


def imports(found: dict[str, Any]) -> str:
    """The packages that take longest to import."""
    head = ("imported by", "ms in all", "of which")
    return table(
        head,
        (
            (name, f"{sum(spent.values()):,.0f}", _largest(spent))
            for name, spent in found["starting"]["imports_ms"].items()
        ),
    )


def _largest(spent: dict[str, float]) -> str:
    largest = sorted(spent.items(), key=lambda item: -item[1])[:LARGEST_IMPORTS]
    return ", ".join(f"{package} {took_ms:.0f}" for package, took_ms in largest)


def stages(found: dict[str, Any]) -> str:
    """Where the time of a request goes."""
    columns = found["stages"]
    heads = (f"{lines(one['lines'])}: {unit}" for one in columns for unit in ("ms", "share"))
    sums = [sum(one["ms"].values()) for one in columns]
    rows = [
        (name, *(_part(one["ms"][name], all_ms) for one, all_ms in zip(columns, sums, strict=True)))
        for name in columns[0]["ms"]
    ]
    together = ("together", *(_part(all_ms, all_ms) for all_ms in sums))
    return table(("stage", *heads), [*rows, together])


def parts(found: dict[str, Any]) -> str:
    """What the estimate is made of."""
    measured = found["parts"]
    head = (f"of the estimate of {lines(measured['lines'])}", "µs")
    return table(head, ((name, f"{took_us:.0f}") for name, took_us in measured["us"].items()))


def _part(took_ms: float, all_ms: float) -> str:
    return f"{took_ms:.3f} | {100 * took_ms / all_ms:.0f} %"


TABLES: Final[dict[str, Callable[[dict[str, Any]], str]]] = {
    "machine": machine,
    "verdicts": verdicts,
    "echo": echo,
    "others": others,
    "half_load": half_load,
    "memory": memory,
    "starting": starting,
    "imports": imports,
    "stages": stages,
    "parts": parts,
}
"""Mark in the page -> what makes the table that belongs there."""
