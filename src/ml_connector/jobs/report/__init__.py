"""What people and programs are told, in the shapes that are promised: the same for the command line and for the API.

Keys may be added to these shapes, never renamed or dropped. Amounts are text with the currency's places, moments are
RFC 3339 with offset, Shopify ids are global ids, Zoho ids are text, and a figure that is not known is null.
"""
