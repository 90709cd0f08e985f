"""What we know about Zoho Books: requests, answers, errors, OAuth, limits (pure), and a thin client.

Nothing here knows Shopify or our store. `requests` turns drafts into requests, `responses.understand` is the one place
that says what an answer means, `books` turns answers into the values that decisions read, `compare` says whether Zoho
holds what was wanted. `client` and `tokens` are the thin edge: they carry requests and hold no meaning of their own.
"""
