"""Show the page on which a person chooses a workspace and allows an app, as Slack's OAuth page does."""

from collections.abc import Mapping
from html import escape
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.demo.install_flow import AUTHORIZE
from bot.demo.oauth import Asked, NotAuthorizableError, OAuth, Place

_MEANINGS: Mapping[str, str] = {
    "channels:read": "View basic information about public channels in your workspace",
    "chat:write": "Send messages as @{bot}",
    "commands": "Add shortcuts and slash commands that people can use",
    "groups:read": "View basic information about private channels that {app} has been added to",
    "im:read": "View basic information about direct messages that {app} has been added to",
    "mpim:read": "View basic information about group direct messages that {app} has been added to",
    "users:read": "View people in your workspace",
}
"""What Slack says of each scope."""

_HEAD = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
  <meta name="color-scheme" content="light dark">
  <meta name="referrer" content="same-origin">
  <title>{title}</title>
  <link rel="icon" href="/page/mark.svg" type="image/svg+xml">
  <script src="/page/theme-first.js"></script>
  <link rel="stylesheet" href="/page/base.css">
  <link rel="stylesheet" href="/page/authorize.css">
</head>
<body class="authorize">
  <main>
    <p class="note"><b>Local Slack</b> This page stands in for Slack’s own. Nothing leaves this machine.</p>
"""
_FOOT = """
  </main>
</body>
</html>
"""


def _headers(redirect_uri: str = "") -> dict[str, str]:
    """Return the headers of the page; its form may lead on to the app."""
    parts = urlsplit(redirect_uri)
    app = f" {parts.scheme}://{parts.netloc}" if parts.netloc else ""
    return {
        "Content-Security-Policy": (
            "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; "
            f"form-action 'self'{app}"
        ),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        # Without any referrer, a browser would not name the origin of the form either.
        "Referrer-Policy": "same-origin",
    }


class AuthorizePage:
    """The routes GET and POST ``/oauth/v2/authorize``."""

    def __init__(self, oauth: OAuth) -> None:
        self.oauth = oauth

    async def show(self, request: Request) -> Response:
        """Show what the app asks for, or why Slack does not ask anyone."""
        try:
            asked = self.oauth.asked(request.query_params)
        except NotAuthorizableError as error:
            return _refusal(error)
        page = _question(self.oauth, asked)
        return HTMLResponse(page, headers=_headers(asked.redirect_uri))

    async def decide(self, request: Request) -> Response:
        """Send the person back to the app with a code, or with ``access_denied``."""
        body = (await request.body()).decode("utf-8", "replace")
        fields = dict(parse_qsl(body, keep_blank_values=True))
        place, decision = fields.pop("place", ""), fields.pop("decision", "")
        try:
            asked = self.oauth.asked(fields)
            back = self.oauth.allow(asked, place) if decision == "allow" else self.oauth.cancel(asked)
        except NotAuthorizableError as error:
            return _refusal(error)
        return RedirectResponse(back, status_code=302, headers=_headers(asked.redirect_uri))


def _refusal(error: NotAuthorizableError) -> Response:
    page = (
        _HEAD.format(title="Something went wrong")
        + f"""    <div class="card">
      <h1>Something went wrong when authorizing this app</h1>
      <p>{escape(str(error))}</p>
      <p class="faint small">Error details: <code>{escape(error.code)}</code>.
        Try going back and authorizing again. If that does not help, tell whoever runs the app.</p>
    </div>"""
        + _FOOT
    )
    return HTMLResponse(page, status_code=400, headers=_headers())


def _question(oauth: OAuth, asked: Asked) -> str:
    app = oauth.app_name
    bot = oauth.installations.first.workspace.bot.handle
    meanings = [_MEANINGS.get(scope, scope).format(app=app, bot=bot) for scope in asked.scopes]
    scopes = "\n".join(
        f'          <li><span>{escape(meaning)}</span> <code class="faint">{escape(scope)}</code></li>'
        for meaning, scope in zip(meanings, asked.scopes, strict=True)
    )
    hidden = "\n".join(
        f'      <input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in asked.fields.items()
    )
    return (
        _HEAD.format(title=f"Allow {escape(app)}?")
        + f"""    <form class="card" method="post" action="{AUTHORIZE}">
{hidden}
      <img class="mark" src="/page/mark.svg" alt="">
      <h1>{escape(app)} is requesting permission to access a Slack workspace</h1>
{_choices(oauth.places(), asked, oauth)}
      <section aria-labelledby="what">
        <h2 id="what">What will {escape(app)} be able to do?</h2>
        <ul class="scopes">
{scopes}
        </ul>
      </section>
      <div class="buttons">
        <button class="button" name="decision" value="cancel" formnovalidate>Cancel</button>
        <button class="button primary" name="decision" value="allow">Allow</button>
      </div>
    </form>"""
        + _FOOT
    )


def _choices(places: list[Place], asked: Asked, oauth: OAuth) -> str:
    chosen = next((place.key for place in places if place.key == asked.team), "")
    if not chosen:
        chosen = next(place.key for place in places if not place.organization)
    rows = "\n".join(_choice(place, oauth, chosen=place.key == chosen) for place in places)
    return f"""      <fieldset>
        <legend>Where do you want to install it?</legend>
{rows}
      </fieldset>"""


def _choice(place: Place, oauth: OAuth, *, chosen: bool) -> str:
    there = oauth.installations.at(place.key)
    tag = '<span class="tag">Installed</span>' if there else ""
    kind = '<span class="tag admin">Organization</span>' if place.organization else ""
    return f"""        <label class="place">
          <input type="radio" name="place" value="{escape(place.key)}" required{" checked" if chosen else ""}>
          <span class="avatar" aria-hidden="true">{escape(place.name[:1].upper())}</span>
          <span class="place-text"><b>{escape(place.name)}</b>
            <span class="faint small">{escape(place.about)}</span></span>
          {kind}{tag}
        </label>"""
