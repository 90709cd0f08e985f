"""What an HTTP request and its answer are, and the thin sender that carries them.

Vendor clients are meaning: they build `HttpRequest`s and understand `HttpResponse`s. What carries them is a `Send`:
aiohttp in production, a company's handler in the same process when many runs are proved in minutes.
"""

from ml_connector.net.values import AnswerLost, HttpRequest, HttpResponse, NotSent, Send

__all__ = ["AnswerLost", "HttpRequest", "HttpResponse", "NotSent", "Send"]
