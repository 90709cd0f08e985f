"""The attacks on exactly once: seeded runs whose books are checked against the orders."""
