"""Django's backend for PostgreSQL, with fewer ways to the server."""
