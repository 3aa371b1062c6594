"""What all tests share: Hypothesis without deadlines, and with the seed printed when it finds something."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "portlog", deadline=None, max_examples=60, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("portlog")
