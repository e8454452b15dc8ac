"""Look up public holidays in the ``holidays`` library.

The library is imported on first use, since it takes 0.1 s and 13 MB, and many installations do not need it.
"""

from datetime import date
from functools import lru_cache

from bot.config.problems import WrongValueError, nearest, quoted


@lru_cache(maxsize=1024)
def holiday_calendar(region: str, year: int) -> frozenset[date]:
    """Return the public holidays of a region (``DE`` or ``DE-BE``) in a year, including observed days.

    Raises ``ValueError`` if the library does not know the region.
    """
    import holidays  # noqa: PLC0415 - start-up time and memory

    country, _, subdivision = region.partition("-")
    try:
        days = holidays.country_holidays(country, subdiv=subdivision or None, years=year, expand=False)
    except NotImplementedError:
        raise ValueError(f"no holidays are known for {region}") from None
    return frozenset(days)


def parse_region(text: str) -> str | None:
    """Return a country or region whose holidays are known, in capitals; None for ``none``."""
    region = text.strip()
    if region.lower() in {"", "none"}:
        return None
    import holidays  # noqa: PLC0415 - start-up time and memory

    known = holidays.list_supported_countries(include_aliases=False)
    country, dash, subdivision = region.partition("-")
    country = country.upper()
    if country not in known:
        raise WrongValueError(
            f"no public holidays are known for {quoted(region)}",
            "Write a country such as DE, a region such as DE-BE, or none.",
        )
    regions = list(known[country])
    if subdivision.upper() in regions:
        subdivision = subdivision.upper()
    if dash and subdivision not in regions:
        raise WrongValueError(
            f"{country} has no region {quoted(subdivision)}",
            nearest(subdivision, regions)
            or (f"Known: {', '.join(regions)}." if regions else f"Write {country}."),
        )
    return f"{country}{dash}{subdivision}"
