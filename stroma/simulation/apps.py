"""The simulation as a Django application: it has no tables of its own."""

from django.apps import AppConfig


class SimulationConfig(AppConfig):
    """Registers its sentences."""

    name = "stroma.simulation"
    label = "simulation"

    def ready(self) -> None:
        """Called once at start-up."""
        from stroma.ledger import wording
        from stroma.simulation.messages import MESSAGES

        wording.register(MESSAGES)
