"""What every test shares: Hypothesis without a wall clock."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "house",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=int(os.environ.get("EXAMPLES", "60")),  # fewer for scripts/mutate
)
settings.load_profile("house")
