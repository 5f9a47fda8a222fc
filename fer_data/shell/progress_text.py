"""How far work is, in words, as a line of a log."""

from fer_data.shell.shown import printable

__all__ = ["amount_text", "duration_text", "line_text", "rate_text"]

_SCALES = (("GB", 1e9), ("MB", 1e6))
_SLOW = 1.0
"""Amount a second, below which people think in minutes and hours."""


def line_text(
    what: str, amounts: tuple[int, int | None], unit: str, *, rate: float, seconds: float, note: str
) -> str:
    """Return one line; `amounts` are done and total, `rate` is the amount a second and 0 where it is not known yet.

    >>> line_text("align", (1200, 48000), "frames", rate=41.5, seconds=30, note="")
    'align: 1,200 of 48,000 frames (2.5 %), 41.5 frames/s, 18 min 48 s left'
    >>> line_text("align", (0, 48000), "frames", rate=0, seconds=30, note="")
    'align: 0 of 48,000 frames (0.0 %), 30 s so far'
    >>> line_text("verify", (3_200_000_000, None), "bytes", rate=2e8, seconds=30, note="a.arrow")
    'verify: 3.20 GB, 200 MB/s; a.arrow'
    """
    done, total = amounts
    parts = [amount_text(done, unit, total)]
    if rate > 0:
        parts.append(rate_text(rate, unit))
        if total is not None and total > done:
            parts.append(f"{duration_text((total - done) / rate)} left")
    else:
        parts.append(f"{duration_text(seconds)} so far")
    return printable(f"{what}: {', '.join(parts)}{f'; {note}' if note else ''}")


def amount_text(done: int, unit: str, total: int | None = None) -> str:
    """Return an amount, of a total where there is one.

    >>> amount_text(3, "videos"), amount_text(1, "videos", 3), amount_text(5_000_000, "bytes", 20_000_000)
    ('3 videos', '1 of 3 videos (33.3 %)', '5.0 of 20.0 MB (25.0 %)')
    """
    name, scale = _scale(max(done, total or 0)) if unit == "bytes" else (unit, 0.0)
    form = "{:,}" if not scale else "{:,.2f}" if name == "GB" else "{:,.1f}"
    first, second = (form.format(amount / scale if scale else amount) for amount in (done, total or 0))
    if total is None:
        return f"{first} {name}"
    share = f" ({100 * done / total:.1f} %)" if total else ""
    return f"{first} of {second} {name}{share}"


def rate_text(rate: float, unit: str) -> str:
    """Return an amount a second, or a minute or hour where it is less than one.

    >>> rate_text(1234.5, "rows"), rate_text(4.25, "images"), rate_text(0.02, "videos"), rate_text(0.005, "videos")
    ('1,234 rows/s', '4.2 images/s', '1.2 videos/min', '18.0 videos/h')
    """
    if unit == "bytes":
        return f"{rate / 1e6:,.0f} MB/s"
    for per, seconds in (("s", 1.0), ("min", 60.0), ("h", 3600.0)):
        if rate * seconds >= _SLOW or per == "h":
            amount = rate * seconds
            break
    return f"{amount:,.0f} {unit}/{per}" if amount >= 100 else f"{amount:.1f} {unit}/{per}"


def duration_text(seconds: float) -> str:
    """Return a duration in the two largest units that it has.

    >>> duration_text(9.6), duration_text(61), duration_text(7260), duration_text(200_000)
    ('10 s', '1 min 1 s', '2 h 1 min', '2 d 7 h')
    """
    whole = round(seconds)
    days, hours, minutes = whole // 86_400, whole // 3600 % 24, whole // 60 % 60
    if days:
        return f"{days:,} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"


def _scale(largest: int) -> tuple[str, float]:
    return next((scale for scale in _SCALES if largest >= scale[1]), _SCALES[-1])
