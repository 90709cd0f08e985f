"""Zoho."""

from ml_connector.sandbox.zoho.company import ZohoCompany

__all__ = ["ZohoCompany"]
