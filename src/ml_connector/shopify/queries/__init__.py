"""Our GraphQL documents, as files; `shopify.documents` puts them together."""
