"""Everything we know about Shopify: signatures, deliveries, queries, errors, what an order means, and a thin client.

Pure: signature, delivery, topics, subscriptions, documents, cost, graphql, errors, pacing, oauth, tokens, normalise.
Wire: client (GraphQL) and token_wire (OAuth); both are given a `Send`. Who may ask, and how fast, is decided here;
what an order becomes in the books is not.
"""
