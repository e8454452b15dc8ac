"""Install an app as a person in a browser does: its install page, Slack's page, and back to the app."""

import html
import http.client
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

AUTHORIZE = "/oauth/v2/authorize"
TIMEOUT_S = 30.0
MOST_REDIRECTS = 5
_LINK = re.compile(r"""(?:href|action)=["']([^"']+)["']""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page that the person saw. ``path``: its path and query."""

    status: int
    text: str
    path: str
    location: str = ""
    """Where a redirect leads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the person does on Slack's page. ``scopes``: asked for instead of those that the app asks for."""

    place: str
    allow: bool = True
    scopes: Iterable[str] | None = None


class WrongPageError(Exception):
    """The app's page leads to no page of Slack's."""


@dataclass(slots=True, kw_only=True)
class Browser:
    """A browser without a window, which keeps the cookies of one site and follows no redirect by itself."""

    base: str
    keeps_cookies: bool = True
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, path: str, form: Mapping[str, str] | None = None) -> Page:
        """Get a page, or post a form."""
        parts = urlsplit(self.base)
        connection_type = (
            http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        )
        connection = connection_type(parts.netloc, timeout=TIMEOUT_S)
        headers = {"Accept": "text/html"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        body = None
        if form is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.base}
            body = urlencode(form)
        try:
            connection.request("GET" if form is None else "POST", path, body, headers)
            answer = connection.getresponse()
            self._keep(answer.headers.get_all("Set-Cookie") or [])
            return Page(
                status=answer.status,
                text=answer.read().decode("utf-8", "replace"),
                path=path,
                location=answer.getheader("Location", ""),
            )
        finally:
            connection.close()

    def _keep(self, lines: Iterable[str]) -> None:
        if self.keeps_cookies:
            for line in lines:
                self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}


def install(app: Browser, slack: Browser, start: str, choice: Choice) -> Page:
    """Walk from the app's install page over Slack's page back to the app, and return the last page.

    ``start``: the path of the install page. An answer of the app or of Slack that leads nowhere is the last
    page. Raises ``WrongPageError`` if a page of the app has no link to Slack.
    """
    page, asked = _lead_to_slack(app, app.ask(start), start)
    if page.status >= http.client.BAD_REQUEST:
        return page
    if choice.scopes is not None:
        asked["scope"] = ",".join(choice.scopes)
    shown = slack.ask(f"{AUTHORIZE}?{urlencode(asked)}")
    if shown.status != http.client.OK:
        return shown
    decision = {"place": choice.place, "decision": "allow" if choice.allow else "cancel"}
    page = slack.ask(AUTHORIZE, asked | decision)
    return _follow(app, page)


def _lead_to_slack(app: Browser, page: Page, start: str) -> tuple[Page, dict[str, str]]:
    """Follow the app's pages to Slack's. Return the last page of the app, and what it asks Slack."""
    for _ in range(MOST_REDIRECTS):
        if page.status >= http.client.BAD_REQUEST:
            return page, {}
        links = [page.location] if page.location else _LINK.findall(page.text)
        found = [urlsplit(html.unescape(link)) for link in links]
        for parts in found:
            if parts.path == AUTHORIZE:
                return page, dict(parse_qsl(parts.query, keep_blank_values=True))
        further = [parts for parts in found if parts.path == start and f"{start}?{parts.query}" != page.path]
        if not further:
            break
        page = app.ask(f"{start}?{further[0].query}")
    raise WrongPageError(f"The page at {page.path} has no link to {AUTHORIZE}: {page.text[:200]!r}")


def _follow(app: Browser, page: Page) -> Page:
    """Follow redirects at the app, whatever public name it has in them."""
    for _ in range(MOST_REDIRECTS):
        if not page.location:
            break
        parts = urlsplit(urljoin(page.path, page.location))
        page = app.ask(parts.path + (f"?{parts.query}" if parts.query else ""))
    return page
