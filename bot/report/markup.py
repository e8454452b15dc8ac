"""HTML and SVG from values: whatever is not ``Html`` is text, and text is always escaped.

Names of tags and attributes are written in this house and nowhere else.
"""

import re
from collections.abc import Iterable
from html import escape

_UNSHOWN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\ufeff\ufffe\uffff]")
"""Controls, lone surrogates and their like: no reader sees them, and some parsers trip over them."""

_VOID = frozenset({"meta", "br", "hr"})
_EMPTY_IN_SVG = frozenset({"path", "rect", "circle", "line"})

Value = str | int | float


class Html(str):
    """Finished markup. Made by ``tag``, ``joined`` and ``raw`` alone."""

    __slots__ = ()


Child = str | None
"""Text to be escaped, ``Html`` to be kept, or nothing."""


def text(value: str) -> Html:
    """A text as markup that shows it, letter for letter; what cannot be shown becomes a question mark."""
    return Html(escape(_UNSHOWN.sub("\ufffd", value), quote=True))


def raw(markup: str) -> Html:
    """Markup of this house, as it is; never anything that came from elsewhere."""
    return Html(markup)


def joined(*children: Child) -> Html:
    """Children one after the other."""
    return Html("".join(child if isinstance(child, Html) else text(child) for child in children if child))


def tag(name: str, /, *children: Child, **attributes: Value | None) -> Html:
    """An element. ``class_`` is class, ``aria_label`` is aria-label; an attribute that is None is left out.

    >>> tag("p", "1 < 2", class_="x")
    '<p class="x">1 &lt; 2</p>'
    """
    written = "".join(
        f' {_named(key)}="{text(_number(value))}"' for key, value in attributes.items() if value is not None
    )
    if name in _VOID:
        return Html(f"<{name}{written}>")
    if name in _EMPTY_IN_SVG and not any(children):
        return Html(f"<{name}{written}/>")
    return Html(f"<{name}{written}>{joined(*children)}</{name}>")


def every(children: Iterable[Html]) -> Html:
    """All of these, one after the other."""
    return Html("".join(children))


def people_text(value: str, name: str = "bdi", /, **attributes: Value | None) -> Html:
    """What a person or a pack wrote, kept from turning the direction of the text around it."""
    return tag(name, value, dir="auto", **attributes)


def _named(key: str) -> str:
    if key == "viewbox":
        return "viewBox"
    return key.rstrip("_").replace("_", "-")


def _number(value: Value) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
