"""Mappings and policy: under which rules orders are posted, since when, and by whom."""

from ml_connector.web.console.policy.choices import exclude, include, save
from ml_connector.web.console.policy.mappings import accounts, gateway, map_tax, refresh, remove_gateway, take_back
from ml_connector.web.console.policy.page import policy, tab
from ml_connector.web.console.policy.versions import again

POLICY_PAGES = (
    policy,
    tab,
    map_tax,
    take_back,
    accounts,
    gateway,
    remove_gateway,
    refresh,
    save,
    exclude,
    include,
    again,
)

__all__ = ["POLICY_PAGES"]
