"""The rules of the house as functions: source in, findings out. ``test_house_rules.py`` applies them."""
