"""How apps get tokens, keep them alive and lose them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from tests.sandbox.shopify.scene import DOMAIN, Scene, a_scene, graphql, post

from ml_connector.sandbox.http import Request, Response
from ml_connector.sandbox.shopify import App
from ml_connector.sandbox.shopify.oauth import EXCHANGE, OFFLINE, query_hmac

CALLBACK = "https://connector.example/oauth/shopify/callback"
APP = {"client_id": "connector", "client_secret": "shpss_test"}


def a_scene_with_an_app(**changed: Any) -> Scene:
    scene = a_scene()
    scene.company.add_app(
        App(APP["client_id"], [APP["client_secret"]], ("read_orders", "write_customers"), (CALLBACK,), **changed)
    )
    return scene


def authorize(scene: Scene, **changed: str) -> Response:
    query = {"client_id": "connector", "redirect_uri": CALLBACK, "state": "nonce-1",
             "scope": "read_orders,read_customers,write_customers", **changed}  # fmt: skip
    answer = scene.company.handle(Request("GET", f"/shops/{DOMAIN}/admin/oauth/authorize", tuple(query.items())))
    assert isinstance(answer, Response)
    return answer


def a_code(scene: Scene) -> str:
    location = authorize(scene).header("location") or ""
    return dict(parse_qsl(urlsplit(location).query))["code"]


def token(scene: Scene, *, form: bool = False, **body: Any) -> Response:
    path = f"/shops/{DOMAIN}/admin/oauth/access_token"
    request = post(path, {**APP, **body})
    if form:
        headers = {"content-type": "application/x-www-form-urlencoded"}
        request = Request("POST", path, headers=headers, body=urlencode({**APP, **body}).encode())
    answer = scene.company.handle(request)
    assert isinstance(answer, Response)
    return answer


def works(scene: Scene, access_token: str) -> int:
    answer = scene.company.handle(graphql(access_token, "{ shop { id } }"))
    assert isinstance(answer, Response)
    return answer.status


def test_the_merchant_comes_back_with_a_signed_code() -> None:
    scene = a_scene_with_an_app()

    answer = authorize(scene)

    location = urlsplit(answer.header("location") or "")
    pairs = dict(parse_qsl(location.query))
    assert answer.status == 302
    assert f"{location.scheme}://{location.netloc}{location.path}" == CALLBACK
    assert pairs.keys() == {"code", "hmac", "host", "shop", "state", "timestamp"}
    assert (pairs["shop"], pairs["state"]) == (DOMAIN, "nonce-1")
    assert pairs["timestamp"] == str(int(scene.clock().timestamp()))
    assert pairs["hmac"] == query_hmac("shpss_test", pairs)
    assert len(pairs["hmac"]) == 64


def test_a_redirect_that_was_not_registered_a_foreign_app_and_a_refusal_go_nowhere() -> None:
    scene = a_scene_with_an_app()

    assert authorize(scene, redirect_uri="https://evil.example/").status == 400
    assert authorize(scene, client_id="nobody").status == 400
    scene.company.apps["connector"].refuses = True
    assert authorize(scene).status == 200


@pytest.mark.parametrize("form", [False, True])
def test_a_code_buys_a_token_once(form: bool) -> None:
    scene = a_scene_with_an_app()
    code = a_code(scene)

    first, second = token(scene, form=form, code=code), token(scene, form=form, code=code)

    assert first.status == 200
    assert first.json().keys() == {"access_token", "scope"}
    assert first.json()["scope"] == "read_orders,write_customers"  # writing swallows reading
    assert works(scene, first.json()["access_token"]) == 200
    assert second.status == 400


def test_a_code_is_soon_worthless() -> None:
    scene = a_scene_with_an_app()
    code = a_code(scene)
    scene.clock.pass_s(61)

    assert token(scene, code=code).status == 400


def test_an_expiring_token_lives_an_hour_and_its_refresh_token_ninety_days() -> None:
    scene = a_scene_with_an_app()

    body = token(scene, code=a_code(scene), expiring=1).json()
    young = works(scene, body["access_token"])
    scene.clock.pass_s(3600)

    assert (body["expires_in"], body["refresh_token_expires_in"]) == (3600, 7_776_000)
    assert body["refresh_token"].startswith("shprt_")
    assert (young, works(scene, body["access_token"])) == (200, 401)


def refresh(scene: Scene, refresh_token: str) -> Response:
    return token(scene, grant_type="refresh_token", refresh_token=refresh_token)


def test_refreshing_gives_a_new_pair_and_leaves_the_old_access_token_its_hour() -> None:
    scene = a_scene_with_an_app()
    old = token(scene, code=a_code(scene), expiring=1).json()
    scene.clock.advance(timedelta(minutes=50))

    new = refresh(scene, old["refresh_token"]).json()

    assert new["access_token"] != old["access_token"]
    assert new["refresh_token"] != old["refresh_token"]
    assert works(scene, old["access_token"]) == works(scene, new["access_token"]) == 200


def test_a_lost_answer_to_a_refresh_can_be_asked_for_again_for_a_minute() -> None:
    scene = a_scene_with_an_app()
    old = token(scene, code=a_code(scene), expiring=1).json()

    first = refresh(scene, old["refresh_token"]).json()
    scene.clock.pass_s(30)
    again = refresh(scene, old["refresh_token"]).json()
    scene.clock.pass_s(31)
    too_late = refresh(scene, old["refresh_token"])

    assert again == first
    assert too_late.status == 400
    assert too_late.json()["error"] == "invalid_grant"
    assert refresh(scene, first["refresh_token"]).status == 200


def test_installing_again_kills_the_earlier_refresh_token_at_once() -> None:
    scene = a_scene_with_an_app()
    old = token(scene, code=a_code(scene), expiring=1).json()

    token(scene, code=a_code(scene), expiring=1)

    assert refresh(scene, old["refresh_token"]).status == 400


def test_a_refresh_token_dies_after_ninety_days() -> None:
    scene = a_scene_with_an_app()
    old = token(scene, code=a_code(scene), expiring=1).json()
    scene.clock.advance(timedelta(days=90))

    assert refresh(scene, old["refresh_token"]).json()["error"] == "invalid_grant"


def test_an_app_of_the_same_organisation_asks_with_its_credentials_alone() -> None:
    scene = a_scene_with_an_app(client_credentials=True)

    body = token(scene, grant_type="client_credentials").json()
    young = works(scene, body["access_token"])
    scene.clock.pass_s(86_399)

    assert body.keys() == {"access_token", "scope", "expires_in"}
    assert body["expires_in"] == 86_399
    assert (young, works(scene, body["access_token"])) == (200, 401)
    assert token(a_scene_with_an_app(), grant_type="client_credentials").status == 400


def test_a_static_token_is_exchanged_for_an_expiring_one_and_dies() -> None:
    scene = a_scene_with_an_app()
    static = scene.company.install(DOMAIN, "connector").value
    wanted: dict[str, Any] = {"grant_type": EXCHANGE, "subject_token": static, "subject_token_type": OFFLINE,
              "requested_token_type": OFFLINE, "expiring": 1}  # fmt: skip

    body = token(scene, **wanted).json()

    assert body["refresh_token"].startswith("shprt_")
    assert (works(scene, static), works(scene, body["access_token"])) == (401, 200)
    assert token(scene, **wanted).status == 400


def test_wrong_credentials_are_told_apart_from_wrong_grants() -> None:
    scene = a_scene_with_an_app()

    assert token(scene, client_secret="wrong", code="x").status == 401
    assert token(scene, grant_type="password").json()["error"] == "unsupported_grant_type"
    assert token(scene, code="unknown").status == 400


def test_after_a_rotation_both_secrets_are_taken() -> None:
    scene = a_scene_with_an_app()
    scene.company.rotate_secret("connector", "shpss_new")

    assert token(scene, code=a_code(scene)).status == 200
    assert token(scene, client_secret="shpss_new", code=a_code(scene)).status == 200


def test_uninstalling_ends_every_token_of_the_app() -> None:
    scene = a_scene_with_an_app()
    body = token(scene, code=a_code(scene), expiring=1).json()

    scene.company.uninstall(DOMAIN, "connector")

    assert works(scene, body["access_token"]) == 401
    assert refresh(scene, body["refresh_token"]).status == 400
    assert works(scene, scene.token) == 200  # another app's


def test_the_app_can_leave_by_itself() -> None:
    scene = a_scene()

    left = scene.data("mutation { appUninstall { app { id } userErrors { message } } }")

    assert left["appUninstall"]["userErrors"] == []
    assert works(scene, scene.token) == 401
