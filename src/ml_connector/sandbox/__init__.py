"""The other two companies, Shopify and Zoho Books, as small servers with faults on request.

Nothing here imports the rest of ml-connector, so that the sandbox cannot share its
misunderstandings: each company is written from its own vendor's documentation.

A company is a synchronous state machine, ``handle(request) -> Answer``, whose clock and
randomness are given to it. Thousands of seeded runs therefore go through it in one process
without a socket; `ml_connector.sandbox.http.serve` puts the same object on a port.
"""
