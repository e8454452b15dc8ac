"""Choose how Slack is reached: directly or through a proxy, with one TLS context for all calls.

``HTTPS_PROXY``, ``HTTP_PROXY`` and ``NO_PROXY`` are read as Python's standard library reads them.
"""

import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from bot.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """How Slack is reached. ``proxy``: a URL, or None to connect directly; ``tls``: None without https."""

    api_url: str
    proxy: str | None = None
    tls: ssl.SSLContext | None = None


def route_to(api_url: str) -> Route:
    """Return the route to this address, with the trusted certificates read once.

    Raises ``ConfigError`` where the environment names a proxy that the bot cannot use.
    """
    secure = urlsplit(api_url).scheme == "https"
    return Route(
        api_url=api_url, proxy=proxy_for(api_url), tls=ssl.create_default_context() if secure else None
    )


def proxy_for(url: str) -> str | None:
    """Return the URL of the proxy for this address, or None.

    Raises ``ConfigError`` for a proxy that is not reached over plain HTTP, and for an invalid URL.
    """
    to = urlsplit(url)
    scheme = {"wss": "https", "ws": "http"}.get(to.scheme, to.scheme)
    proxies = getproxies()
    if not to.hostname or proxy_bypass(to.netloc):
        return None
    name = next((one for one in (scheme, "all", "socks") if proxies.get(one)), None)
    if name is None:
        return None
    proxy = proxies[name]
    if "://" not in proxy:
        proxy = f"http://{proxy}"
    if not _is_reached_over_http(proxy):  # the SDK's synchronous client reaches no other
        raise ConfigError(
            f"{name.upper()}_PROXY names no proxy that is reached over plain HTTP; the bot uses no other.",
            remedy="Write HTTPS_PROXY as http://host:port, or put the host of Slack into NO_PROXY.",
        )
    return proxy


def _is_reached_over_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        known = parts.scheme == "http" and parts.hostname and parts.port != 0
        return bool(known) and not (parts.query or parts.fragment)
    except ValueError:  # the port is no number, or a bracket is open
        return False
