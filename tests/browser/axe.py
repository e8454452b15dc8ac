"""Ask axe-core what is wrong with a page, at three widths, in light and dark colours."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

WIDTHS = ((1280, 800), (390, 844), (320, 640))
RULES: dict[str, Any] = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"label-content-name-mismatch": {"enabled": True}},  # WCAG 2.5.3, which axe calls experimental
    "resultTypes": ["violations"],
}
NO_COLOURS = RULES | {"rules": RULES["rules"] | {"color-contrast": {"enabled": False}}}
COLOURS: dict[str, Any] = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}
"""The rules whose answer another theme can change."""

COLOURED = WIDTHS[:2]
"""The sizes at which colours are looked at, which takes long: no style sheet changes one below 390 pixels."""

ASK = """async ([part, options]) => {
  const within = [...document.querySelectorAll(part)].at(-1) ?? document;
  return (await axe.run(within, options)).violations.flatMap(rule => rule.nodes.map(node =>
    `${rule.id}: ${node.target.join(" ")} (${(node.any[0] ?? node.all[0] ?? node.none[0])?.message})`));
}"""

ON_TOP = "[data-testid=confirm][open], [data-testid=modal][open]"
"""A dialog, else the page: what lies under a dialog is inert, and was looked at before."""

IDLE = "() => !document.querySelector('[aria-busy=true]')"
"""A button that is busy is paler for a moment."""


def hits(page: Page, state: str) -> list[str]:
    """Return each rule that this state of a page breaks, with the size, the theme and the element."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    page.wait_for_function(IDLE)
    found: list[str] = []
    for size in WIDTHS:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        part = "html" if size == WIDTHS[0] else ON_TOP
        rules = RULES if size in COLOURED else NO_COLOURS
        found += [f"{state}, {size[0]} px, light: {hit}" for hit in page.evaluate(ASK, [part, rules])]
        if size in COLOURED:
            page.emulate_media(color_scheme="dark")
            found += [f"{state}, {size[0]} px, dark: {hit}" for hit in page.evaluate(ASK, [ON_TOP, COLOURS])]
            page.emulate_media(color_scheme="light")
    width, height = WIDTHS[0]
    page.set_viewport_size({"width": width, "height": height})
    return found
