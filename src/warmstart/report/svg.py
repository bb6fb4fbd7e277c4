"""Small pictures in SVG, made by hand so that they follow the page's colours in light, dark and print."""

from __future__ import annotations

import math
from dataclasses import dataclass

from markupsafe import Markup, escape


@dataclass(frozen=True)
class Scale:
    """A straight map from data to pixels.

    >>> Scale(0, 10, 100, 200).at(5)
    150.0
    """

    low: float
    high: float
    start: float
    stop: float

    def at(self, value: float) -> float:
        """Return the pixel of a value, rounded to a tenth."""
        span = (self.high - self.low) or 1.0
        return round(self.start + (value - self.low) / span * (self.stop - self.start), 1)

    def ticks(self, most: int = 6) -> list[float]:
        """Return round values within the scale, at most about `most` of them."""
        step = nice_step(self.high - self.low, most)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [round(number * step, 10) for number in range(first, last + 1)]


def nice_step(span: float, most: int) -> float:
    """Return 1, 2 or 5 times a power of ten, so that a span has at most about `most` steps.

    >>> nice_step(0.23, 6)
    0.05
    """
    rough = max(span, 1e-9) / most
    power = 10 ** math.floor(math.log10(rough))
    factor = next(factor for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    return float(round(factor * power, 12))


def tag(name: str, text: str = "", **attributes: object) -> Markup:
    """Return one escaped element; `class_` is class, and `_` in a name stands for `-`.

    >>> tag("text", "<b>", x=1, class_="note")
    Markup('<text x="1" class="note">&lt;b&gt;</text>')
    """
    pairs = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), value)
        for key, value in attributes.items()
        if value is not None
    )
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(name), pairs, text)


def picture(width: float, height: float, title: str, description: str, parts: list[Markup], *, class_: str) -> Markup:
    """Return an SVG image that scales with the page and reads itself out."""
    label = escape(f"{title}. {description}" if description else title)
    return Markup('<svg class="{}" viewBox="0 0 {:g} {:g}" role="img" aria-label="{}">{}</svg>').format(
        class_, width, height, label, Markup("").join(parts)
    )
