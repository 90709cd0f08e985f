"""ml-connector: every Shopify order becomes exactly one Zoho Books invoice, equal to the cent."""

__version__ = "0.1.0"
