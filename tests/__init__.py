"""Stroma's tests. ``python -m tests`` runs them on both databases; ``docs/how-to/develop.md`` says how to write one."""
