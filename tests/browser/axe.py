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
COLOURS: dict[str, Any] = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}
"""The rules whose answer another theme can change."""

ASK = """async options => (await axe.run(document, options)).violations.flatMap(rule => rule.nodes.map(node =>
  `${rule.id}: ${node.target.join(" ")} (${(node.any[0] ?? node.all[0] ?? node.none[0])?.message})`))"""


def hits(page: Page, state: str) -> list[str]:
    """Return each rule that this state of a page breaks, with the size, the theme and the element."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[str] = []
    for width, height in WIDTHS:
        page.set_viewport_size({"width": width, "height": height})
        found += [f"{state}, {width} px, light: {hit}" for hit in page.evaluate(ASK, RULES)]
        page.emulate_media(color_scheme="dark")
        found += [f"{state}, {width} px, dark: {hit}" for hit in page.evaluate(ASK, COLOURS)]
        page.emulate_media(color_scheme="light")
    width, height = WIDTHS[0]
    page.set_viewport_size({"width": width, "height": height})
    return found
