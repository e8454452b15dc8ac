"""Say a number in words."""

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
