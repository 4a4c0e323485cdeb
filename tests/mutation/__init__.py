"""The guards, taken away one after the other: for each of them some test must fail."""
