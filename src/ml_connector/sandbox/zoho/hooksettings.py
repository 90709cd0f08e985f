"""Webhooks and workflow rules, as a connector registers them.

Source: Zoho Books API v3, webhooks; the two-step registration of published connectors.
"""

from __future__ import annotations

from typing import Any

from ml_connector.sandbox.http import Response
from ml_connector.sandbox.zoho.call import Call, Route
from ml_connector.sandbox.zoho.encoding import success
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.refusals import Refusal, invalid_value, missing
from ml_connector.sandbox.zoho.values import Body, choice, required, rows, text
from ml_connector.sandbox.zoho.webhooks import Webhook, Workflow

ENTITIES = ("customer", "item", "invoice", "customer_payment", "creditnote", "estimate", "salesorder")
_RULE_TYPES = ("add", "edit", "add_edit", "delete")
_PLANS = ("PROFESSIONAL", "PREMIUM", "ELITE", "ULTIMATE")


def _webhook_view(org: Organization, hook: Webhook) -> dict[str, Any]:
    rules = [w for w in org.automation.workflows.values() if hook.webhook_id in w.actions]
    return {
        "webhook_id": hook.webhook_id,
        "webhook_name": hook.name,
        "description": hook.description,
        "entity": hook.entity,
        "method": hook.method,
        "url": hook.url,
        "headers": hook.headers,
        "related_rules": [{"workflow_id": w.workflow_id, "workflow_name": w.name} for w in rules],
    }


def create_webhook(call: Call) -> Response:
    """`POST /settings/webhooks`."""
    org, body = call.org, call.body
    required(body, "webhook_name", "entity", "url")
    secret = text(body, "secret", 50)
    if secret and not (len(secret) >= 12 and secret.isascii() and secret.isalnum()):
        raise invalid_value("secret")
    url = text(body, "url", 5000)
    if not url.startswith(("http://", "https://")):
        raise invalid_value("url")
    headers = [
        {"param_name": text(r, "param_name", 200), "param_value": text(r, "param_value", 2000)}
        for r in rows(body, "headers")
    ]
    hook = Webhook(
        webhook_id=org.new_id(),
        name=text(body, "webhook_name", 50),
        entity=choice(body, "entity", ENTITIES),
        url=url,
        method=choice(body, "method", ("POST", "PUT", "DELETE"), "POST"),
        description=text(body, "description", 100),
        secret=secret,
        headers=headers,
    )
    org.automation.webhooks[hook.webhook_id] = hook
    return success("The webhook has been created.", status=201, webhook=_webhook_view(org, hook))


def list_webhooks(call: Call) -> Response:
    """`GET /settings/webhooks`."""
    hooks = call.org.automation.webhooks.values()
    return success(webhooks=[_webhook_view(call.org, hook) for hook in hooks])


def delete_webhook(call: Call) -> Response:
    """`DELETE /settings/webhooks/{id}`: its workflow rule has to go first."""
    org = call.org
    if call.id not in org.automation.webhooks:
        raise missing("Webhook does not exist.")
    if any(call.id in rule.actions for rule in org.automation.workflows.values()):
        raise org.refusal("in_use", document="webhook")
    del org.automation.webhooks[call.id]
    return success("The webhook has been deleted.")


def _rule_view(rule: Workflow) -> dict[str, Any]:
    return {
        "workflow_id": rule.workflow_id,
        "workflow_name": rule.name,
        "description": rule.description,
        "entity": rule.entity,
        "rule_type": rule.rule_type,
        "is_active": rule.active,
        "instant_actions": [{"action_id": one, "action_type": "webhook"} for one in rule.actions],
    }


def create_workflow(call: Call) -> Response:
    """`POST /settings/workflows`; needs a paid plan, and one webhook a rule."""
    org, body = call.org, call.body
    if org.profile.plan_name not in _PLANS:
        raise Refusal(400, 103002, "Workflow rules are not available in your plan. Please upgrade.")
    required(body, "workflow_name", "entity", "rule_type")
    actions = [_action(org, one) for one in rows(body, "instant_actions")]
    if len(actions) != 1:
        raise invalid_value("instant_actions")
    rule = Workflow(
        workflow_id=org.new_id(),
        name=text(body, "workflow_name", 100),
        entity=choice(body, "entity", ENTITIES),
        rule_type=choice(body, "rule_type", _RULE_TYPES),
        actions=actions,
        description=text(body, "description", 500),
    )
    of_module = [one for one in org.automation.workflows.values() if one.entity == rule.entity]
    if len(of_module) >= 10:
        raise Refusal(400, 103003, "You have reached the maximum number of workflow rules for this module.")
    org.automation.workflows[rule.workflow_id] = rule
    return success("The workflow has been created.", status=201, workflow=_rule_view(rule))


def _action(org: Organization, sent: Body) -> str:
    action_id = str(sent.get("action_id", ""))
    if sent.get("action_type") != "webhook" or action_id not in org.automation.webhooks:
        raise invalid_value("instant_actions")
    return action_id


def list_workflows(call: Call) -> Response:
    """`GET /settings/workflows`."""
    return success(workflows=[_rule_view(rule) for rule in call.org.automation.workflows.values()])


def _get(call: Call) -> Workflow:
    rule = call.org.automation.workflows.get(call.id)
    if rule is None:
        raise missing("Workflow does not exist.")
    return rule


def delete_workflow(call: Call) -> Response:
    """`DELETE /settings/workflows/{id}`."""
    del call.org.automation.workflows[_get(call).workflow_id]
    return success("The workflow has been deleted.")


def _status(word: str) -> Route:
    def handle(call: Call) -> Response:
        _get(call).active = word == "active"
        return success(f"The workflow has been marked as {word}.")

    return Route("POST", f"/settings/workflows/{{}}/{word}", "settings.CREATE", handle, paced=True)


ROUTES = [
    Route("POST", "/settings/webhooks", "settings.CREATE", create_webhook, paced=True),
    Route("GET", "/settings/webhooks", "settings.READ", list_webhooks, paced=True),
    Route("DELETE", "/settings/webhooks/{}", "settings.DELETE", delete_webhook, paced=True),
    Route("POST", "/settings/workflows", "settings.CREATE", create_workflow, paced=True),
    Route("GET", "/settings/workflows", "settings.READ", list_workflows, paced=True),
    Route("DELETE", "/settings/workflows/{}", "settings.DELETE", delete_workflow, paced=True),
    _status("active"),
    _status("inactive"),
]
