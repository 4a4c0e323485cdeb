"""Stroma: a clinic's mesenchymal stromal cell treatment of back pain, from the first question to the last."""

__version__ = "0.1.0"
