"""The Spanish of every step: which texts are marked, what the catalogs say, what a page says without a mark.

Plain Python, so that a fresh machine needs no GNU gettext. ``python -m tests.translations --write`` brings the
catalogs up to date; ``test_every_text_has_its_spanish.py`` fails while one is stale.
"""
