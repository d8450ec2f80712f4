"""Settings: the only place that reads the environment.

Every setting is one field of `Settings`, read from the variable `RECYCLER_` + its name in capitals.
Its meaning and the values it takes stand in the field's metadata, so that `recycler settings`,
error messages and documentation say the same.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final

PREFIX: Final = "RECYCLER_"


class SettingsError(ValueError):
    """A setting cannot be used; the message is one sentence that names the variable."""


@dataclass(frozen=True, slots=True)
class Reader:
    """How a value is read from text; `read` raises ValueError or KeyError, `expected` says why."""

    read: Callable[[str], Any]
    expected: str


def _whole(minimum: int, maximum: int) -> Reader:
    def read(text: str) -> int:
        number = int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else -1
        if not minimum <= number <= maximum:
            raise ValueError
        return number

    return Reader(read, f"a whole number from {minimum} to {maximum}")


def _number(minimum: float, maximum: float) -> Reader:
    def read(text: str) -> float:
        number = float(text)
        if not minimum <= number <= maximum:
            raise ValueError
        return number

    return Reader(read, f"a number from {minimum:g} to {maximum:g}")


def _database_url(text: str) -> str:
    if not text.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        raise ValueError
    return text


_RATE: Final = re.compile(r"([1-9][0-9]{0,8}) ?(?:/|per) ?(second|minute|hour)")


def _rate(text: str) -> str:
    if text.lower() == "none":
        return ""
    found = _RATE.fullmatch(text.lower())
    if found is None:
        raise ValueError
    return f"{found[1]} per {found[2]}"


def _networks(text: str) -> str:
    return ", ".join(str(ip_network(part.strip())) for part in text.split(","))


def _count_store_url(text: str) -> str:
    schemes = ("redis://", "rediss://", "valkey://", "valkeys://")
    if text != "memory://" and not text.startswith(schemes):
        raise ValueError
    return text


def _short_text(text: str) -> str:
    if not 0 < len(text) <= 128 or not text.isprintable():
        raise ValueError
    return text


def _one_of(words: Mapping[str, Any]) -> Reader:
    return Reader(lambda text: words[text.lower()], f"one of {', '.join(words)}")


_SECRET: Final = frozenset({"database_url", "rate_limit_store"})
"""Settings that may hold a password: their values are never shown."""

_PASSWORD: Final = re.compile(r"(?<=://)[^/]*(?=@)|(?<=password=)[^&]*")
_RATES: Final = Reader(
    _rate, "a number per second, minute or hour, such as 600 per minute, or none"
)
_LEVELS: Final = _one_of({word: word for word in ("debug", "info", "warning", "error")})
_ANONYMOUS: Final = _one_of({word: word for word in ("loopback", "yes", "no")})
_YES_NO: Final = _one_of({"yes": True, "no": False})


def _setting(default: Any, reader: Reader, meaning: str) -> Any:
    return field(default=default, metadata={"reader": reader, "meaning": meaning})


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """What can be set from outside; limits are refused above, not cut off."""

    models: Path | None = _setting(
        None,
        Reader(Path, "a folder"),
        "Folder of model versions; empty: ./models if it holds a registry, else the package's own.",
    )
    database_url: str = _setting(
        "sqlite:///assays.db",
        Reader(_database_url, "a URL beginning with sqlite:/// or postgresql://"),
        "Database of the assays; a SQLite file is made where there is none.",
    )
    database_timeout_s: int = _setting(
        5, _whole(1, 600), "Seconds to wait for a database that is locked or does not answer."
    )
    plant: str = _setting(
        "own",
        Reader(_short_text, "a text of 1 to 128 printable characters"),
        "Plant of assays and batches that name none.",
    )
    anonymous: str = _setting(
        "loopback",
        _ANONYMOUS,
        "Who needs no key: loopback for callers on this machine, while the service listens on a "
        "loopback address and trusts no proxy; yes for everyone; no for nobody.",
    )
    keys_file: Path | None = _setting(
        None,
        Reader(Path, "a file"),
        "File of the API keys; empty: they are in the database.",
    )
    keys_check_s: float = _setting(
        2.0, _number(0.05, 60), "Seconds after which a key that was made or revoked counts."
    )
    keys_grace_s: float = _setting(
        300.0,
        _number(0, 86_400),
        "Seconds that keys let their holders in while they cannot be read again.",
    )
    log_level: str = _setting("info", _LEVELS, "Least severe message that is logged.")
    log_format: str | None = _setting(
        None,
        _one_of({"json": "json", "text": "text"}),
        "Form of the log, an object a line or text; empty: text on a terminal, else json.",
    )
    host: str = _setting(
        "127.0.0.1", Reader(str, "a host name or address"), "Address to listen on."
    )
    port: int = _setting(
        8000, _whole(0, 65535), "Port to listen on; 0 takes a free one and prints it."
    )
    workers: int = _setting(2, _whole(1, 256), "Processes that answer requests.")
    threads: int = _setting(2, _whole(1, 256), "Requests that one process works on at a time.")
    trusted_proxies: str = _setting(
        "",
        Reader(_networks, "addresses or networks such as 10.0.0.0/8, separated by commas"),
        "Proxies whose X-Forwarded-* headers are believed; empty: nobody's are.",
    )
    timeout_s: int = _setting(
        30, _whole(3, 3600), "Seconds of silence after which a process is replaced."
    )
    graceful_timeout_s: int = _setting(
        20, _whole(1, 3600), "Seconds that open requests get to finish when the service stops."
    )
    keep_alive_s: int = _setting(
        15, _whole(1, 3600), "Seconds that an idle connection is kept open."
    )
    request_timeout_s: int = _setting(
        30, _whole(1, 3600), "Seconds that a request may take to come in; longer for a large one."
    )
    access_log: bool = _setting(False, _YES_NO, "Whether every request is logged.")
    tracing: bool = _setting(
        False,
        _YES_NO,
        "Whether traces of requests are sent, by recycler[telemetry]; OTEL_... say where to.",
    )
    max_body_bytes: int = _setting(1_048_576, _whole(1, 1 << 40), "Largest request body, in bytes.")
    max_import_bytes: int = _setting(
        67_108_864, _whole(1, 1 << 40), "Largest body of an import of assays, in bytes."
    )
    max_json_depth: int = _setting(
        16, _whole(6, 200), "Deepest nesting of arrays and objects in a request."
    )
    max_items: int = _setting(1000, _whole(1, 1_000_000), "Most lines in one batch.")
    max_assay_samples: int = _setting(1000, _whole(1, 1_000_000), "Most assay samples in one line.")
    max_analysed_lines: int = _setting(
        100,
        _whole(1, 1_000_000),
        "Most lines in one batch that differ and carry an assay or a declared composition.",
    )
    max_planned_lines: int = _setting(
        200,
        _whole(1, 1_000_000),
        "Most lines that differ in one request for a sampling plan.",
    )
    max_import_lots: int = _setting(100_000, _whole(1, 10**9), "Most lots in one import over HTTP.")
    max_count: int = _setting(
        1_000_000_000, _whole(1, 10**15), "Largest count of pieces in one line."
    )
    max_mass_kg: float = _setting(
        1e9, _number(1e-3, 1e15), "Largest mass in one line, in kg; also of one piece."
    )
    rate_limit: str = _setting(
        "6000 per minute", _RATES, "Requests that one sender may make, by key or else by address."
    )
    rate_limit_lines: str = _setting(
        "30000 per minute",
        _RATES,
        "Lines of batches that one sender may send; dear ones count several times.",
    )
    rate_limit_store: str = _setting(
        "memory://",
        Reader(_count_store_url, "memory:// or a URL beginning with redis:// or valkey://"),
        "Where that is counted; memory:// counts in each worker by itself.",
    )

    worker_wait_s: int = _setting(
        60, _whole(1, 86_400), "Seconds to wait for a worker of a Dask cluster that has none."
    )

    model_check_s: float = _setting(
        0.5, _number(0.05, 3600), "Seconds between two looks whether another model was promoted."
    )
    retry_after_s: int = _setting(
        5, _whole(1, 3600), "Seconds that a sender is asked to wait after a 503."
    )
    promote_coverage_min: float = _setting(
        0.85, _number(0, 1), "Least coverage of 90 % intervals that a promotion asks for."
    )
    promote_coverage_max: float = _setting(
        0.95, _number(0, 1), "Largest coverage of 90 % intervals that a promotion allows."
    )
    promote_crps_rise: float = _setting(
        0.02, _number(0, 10), "Largest relative rise of the CRPS that a promotion allows."
    )
    promote_factor_crps_rise: float = _setting(
        0.05,
        _number(0, 10),
        "Relative rise of one factor's CRPS above which chance must explain it for a promotion.",
    )
    promote_factor_sources: int = _setting(
        10, _whole(2, 1_000_000), "Fewest sources by which a factor is judged by itself."
    )
    outlier_limit: float = _setting(
        6.0,
        _number(3, 100),
        "Robust standard deviations beyond which an assay is set aside before training.",
    )
    intake: bool = _setting(
        True, _YES_NO, "Whether lines that come in over HTTP are counted, by day and kind."
    )
    intake_flush_s: float = _setting(
        60.0, _number(0.05, 86_400), "Seconds between two times that such counts are written."
    )
    intake_recent_days: int = _setting(
        30, _whole(1, 365), "Last days whose intake is compared with that of the year before."
    )
    monitor_new_lots: int = _setting(
        30,
        _whole(1, 1_000_000),
        "Lots that the model has not learned from, from which on retraining is worth it.",
    )

    def __repr__(self) -> str:
        """Every value but those that may hold a password: no trace of settings may show one."""
        told = (f.name for f in fields(self) if f.name not in _SECRET)
        return f"Settings({', '.join(f'{name}={getattr(self, name)!r}' for name in told)})"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Settings":
        """Read every setting from its variable; unset and empty variables keep the default.

        Raises:
            SettingsError: A variable's value cannot be used.
        """
        given = {f.name: environ.get(variable(f.name), "").strip() for f in fields(cls)}
        return cls(**{name: _read(name, text) for name, text in given.items() if text})


def variable(name: str) -> str:
    """Name of the environment variable behind a setting."""
    return PREFIX + name.upper()


def without_password(name: str, shown: str) -> str:
    """The value of a setting with *** in place of the password that its URL may hold."""
    return _PASSWORD.sub("***", shown) if name in _SECRET else shown


def describe() -> list[tuple[str, str, str]]:
    """Every setting as (variable, default, meaning with the values it takes), in order."""
    return [
        (
            variable(f.name),
            _shown(f.default),
            f"{f.metadata['meaning']} ({_reader(f.name).expected})",
        )
        for f in fields(Settings)
    ]


def _shown(default: object) -> str:
    if isinstance(default, bool):
        return "yes" if default else "no"
    return "" if default is None else str(default)


def _reader(name: str) -> Reader:
    reader: Reader = Settings.__dataclass_fields__[name].metadata["reader"]
    return reader


def _read(name: str, text: str) -> Any:
    reader = _reader(name)
    try:
        return reader.read(text)
    except (ValueError, KeyError):
        shown = "set to something else" if name in _SECRET else repr(text)
        msg = f"{variable(name)} is {shown}, but {reader.expected} is expected."
        raise SettingsError(msg) from None
