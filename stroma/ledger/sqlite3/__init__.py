"""Django's backend for SQLite, with guards that outlive a change of their table and one connection that writes."""
