"""The benchmarks: each prints ours, a peer or the plain way, the physical limit, and the ratios, from one run."""
