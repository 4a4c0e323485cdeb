"""One plan for patients, people, rooms, incubator places and living cells.

Four parts that do not know each other: the instance (``instance``), the model (``flow`` for the whole clinic at the
grain of days, ``rules`` for every rule at the grain of slots), the result (``result``), and a checker that knows
nothing of the solver (``checker``). Nothing here reads a clock other than to stop in time, and nothing reaches
Django or the database.
"""
