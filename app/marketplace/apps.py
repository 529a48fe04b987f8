"""The app's configuration."""

from django.apps import AppConfig


class MarketplaceConfig(AppConfig):
    """One app, so that scenario files can say `marketplace.User.pk` for every model."""

    name = "marketplace"
    verbose_name = "Shift-work marketplace"

    def ready(self) -> None:
        """Connect the receivers of signals that invalidate cached responses."""
        from marketplace.caching import signals

        signals.connect()
