"""What things mean: orders, documents, policies, and the decision between them.

Standard library only: no I/O, no clock, no randomness, no async. Everything here is a value or a pure function.
"""
