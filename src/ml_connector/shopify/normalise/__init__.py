"""From Shopify's answers to the values of `domain.order`. Pure.

Both sides of every amount are kept, moments are aware, countries are the English names of the answer. Nothing is
computed and nothing is guessed here: a value that must be there and is not raises `NotUnderstood` with its path.
"""

from ml_connector.shopify.normalise.order import history_needed, order
from ml_connector.shopify.normalise.people import address, customer

__all__ = ["address", "customer", "history_needed", "order"]
