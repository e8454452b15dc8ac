"""Programs that measure; ``make bench`` prints their figures."""
