"""Shopify's customers as Zoho's contacts."""
