"""Keys and health: is the installation sound?"""

from __future__ import annotations

from litestar import Response, get, post
from litestar.exceptions import NotFoundException

from ml_connector import __version__
from ml_connector.store.unlock import known_keys
from ml_connector.web.console.confirm import Question
from ml_connector.web.console.guards import may
from ml_connector.web.console.visit import Visit, Visiting

WORST_FIRST = ("blocker", "warning", "info")


@get("/system", include_in_schema=False)
async def system(visit: Visiting) -> Response[str]:
    """The findings of `doctor`, worst first; the keys; what programs may come in."""
    findings = sorted(await visit.needs.diagnose(), key=lambda each: WORST_FIRST.index(each.severity))
    async with visit.store.at_once() as tx:
        keys = await known_keys(tx)
        tokens = await visit.store.api_tokens.all(tx)
        notices = await visit.store.notices.are_open(tx)
    return visit.page(
        "system.html",
        place="system",
        findings=findings,
        keys=keys,
        tokens=[each for each in tokens if each.revoked_at is None],
        notices=notices,
        version=__version__,
        ask=_question(visit),
    )


@get("/system/rotate", guards=[may("admin")], include_in_schema=False)
async def ask_rotate(visit: Visiting) -> Response[str]:
    return visit.page("confirm.html", place="system", question=_question(visit))


@post("/system/rotate", guards=[may("admin")], include_in_schema=False)
async def rotate(visit: Visiting) -> Response[str]:
    """Encrypt everything under a new key, while others read and write."""
    if visit.needs.rotate is None:
        raise NotFoundException
    done = await visit.needs.rotate()
    async with visit.store.at_once() as tx:
        await visit.store.audit.note(tx, visit.name, "keys.rotated", on=done.fingerprint)
    return visit.go("/system", did="rotated", secrets=done.encrypted)


def _question(visit: Visit) -> Question:
    address = visit.href("/system/rotate")
    return Question(
        id="rotate",
        label="Rotate the key…",
        title="Encrypt everything under a new key?",
        consequences=(
            "Every secret is read and encrypted again; nothing stops meanwhile.",
            "Backups from before need the old key, so keep it as long as you keep them.",
        ),
        yes="Rotate the key",
        action=address,
        address=address,
        back=visit.href("/system"),
    )
