"""The rules of the house as functions: source in, findings out. ``tests/test_house_rules.py`` holds Stroma to them."""
