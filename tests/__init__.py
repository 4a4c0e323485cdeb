"""Stroma's tests: ``./run test`` runs them, ``docs/how-to/develop.md`` says how to write one."""
