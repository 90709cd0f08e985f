"""A question before something is done: what it is, what follows from it, and both ways out.

With scripting it is a dialog on the page; without, the link leads to the same question as a page of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    Attributes:
        id: A word that names it in the page and in the address (`?ask=hold`).
        label: The link that asks it, `Hold…`.
        title: The question, `Hold #10482?`.
        consequences: Sentences with numbers: what will be, and what will not.
        yes: The dark button, which repeats the verb.
        action: Where the form goes.
        address: The page that asks, for a browser without scripting.
        back: Where "no" leads.
        fields: Hidden fields of the form.
        note: The label of a remark that may be given; empty: none is asked for.
        type_name: What has to be typed before it is done; only Disconnect asks for that.
    """

    id: str
    label: str
    title: str
    consequences: tuple[str, ...]
    yes: str
    action: str
    address: str
    back: str
    no: str = "Leave it as it is"
    fields: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    type_name: str = ""
