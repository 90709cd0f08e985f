"""The same powers as the command line for operators' programs: `/api/v1`, a bearer token, OpenAPI 3.1.

A handler asks a read model of `jobs/report` (or does what a job does) and answers its document in a shape of `shapes`,
which is also what OpenAPI says; the command line prints the same document with `--json`. What is refused is said as
`{"code", "text", "fix"}` (`refusals`). Roles are guards (`access`): a viewer reads, an operator acts on orders, an
admin on connections, policies and people. What takes long is begun and answered 202, with an address to ask at.
"""

from ml_connector.web.api.needs import ApiNeeds
from ml_connector.web.api.routes import api_routes, openapi

__all__ = ["ApiNeeds", "api_routes", "openapi"]
