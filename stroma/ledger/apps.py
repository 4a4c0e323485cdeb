"""The ledger as a Django application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LedgerConfig(AppConfig):
    """Registers the ledger's own sentences."""

    name = "stroma.ledger"
    label = "ledger"

    def ready(self) -> None:
        """Called once at start-up."""
        from stroma.ledger import wording

        wording.register(
            {
                "founded_as_other": _(
                    "This database is {is} for ever and cannot become {asked}. Name another folder in STROMA_HOME."
                ),
                "time_in_the_future": _(
                    "The time given, {at}, lies in the future of the clock, {now}. Correct the time."
                ),
                "clock_went_back": _(
                    "The clock says {now}, but {chain} has an entry of {last}. "
                    "Set the server's clock right, then try again."
                ),
            }
        )
