"""What others reach over HTTP: webhooks, health, metrics, and later the console and its API."""
