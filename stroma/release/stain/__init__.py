"""The stained area of a differentiation test, from photographs: no Django, no database."""
