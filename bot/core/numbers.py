"""Say a number or a duration in words."""

from datetime import timedelta

_HOUR, _DAY = 60, 24 * 60

NUMBERS = (
    *("no", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)


def number_in_words(number: int) -> str:
    """Return a number, in words from 0 ("no") to 12, and else in digits.

    >>> number_in_words(4), number_in_words(13)
    ('four', '13')
    """
    return NUMBERS[number] if 0 <= number < len(NUMBERS) else str(number)


def spell(length: timedelta) -> str:
    """Write a duration as in config.yaml, in the largest exact unit: ``3d``, ``24h``, ``90m``."""
    minutes = int(length.total_seconds()) // 60
    if minutes > _DAY and minutes % _DAY == 0:
        return f"{minutes // _DAY}d"
    if minutes and minutes % _HOUR == 0:
        return f"{minutes // _HOUR}h"
    return f"{minutes}m"
