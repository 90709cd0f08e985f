"""Webhooks: verify the signature on the raw bytes, keep the delivery, answer 200 once it is durable."""
