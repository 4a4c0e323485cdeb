"""The ledger's commands: ``migrate``, ``found``, ``verify``, ``checkpoint`` and ``dossier``."""
