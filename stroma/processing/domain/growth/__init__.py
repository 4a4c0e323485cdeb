"""How a culture grows, and when it will hold the dose: a distribution, not a day.

``curve.py`` has the growth curve, ``population.py`` what is believed of cultures before one is counted and how a
clinic's own lots change that, ``fit.py`` what the counts say of one culture, ``forecast.py`` when it reaches the dose
and whether it still behaves like a culture. Time is in days from seeding, cells on the scale of their binary
logarithm, where one unit is one population doubling.
"""
