"""Who may do what, as the handbook and the issues say it, and not as the tables of the flows do.

The tables alone; `rights_judge` judges by them.
"""

from __future__ import annotations

import re

from sandbox.world import IRINA, KOSTYA, LENA, MARAT, ZARINA

#: An auditor; the demo has none.
AUDITOR_ID = 500100051

ROLES: dict[int, frozenset[str]] = {
    MARAT.id: frozenset({"admin"}),
    LENA.id: frozenset({"admin"}),
    IRINA.id: frozenset({"supervisor"}),
    KOSTYA.id: frozenset({"it"}),
    ZARINA.id: frozenset({"returns"}),
    AUDITOR_ID: frozenset({"auditor"}),
}

#: Of each chat: what is done → who may. «!»: not on his own post, the owner neither. "poster": who
#: asked; "asker": or who joined; "named": whose refusal it became; "all": everybody in the chat.
_DEEDS = {
    "duplicates": {
        "allow deny ask question trash_anyway comment_only back switch leave": "admin !",
        "undo reason not_ours tell_orders": "admin !",
        "answer add": "asker",
        "withdraw ask_anew": "poster",
    },
    "anomalies": {
        "script site as_before other price swap undo reason": "admin !",
        "tell_prices turn edit": "asker",
        "withdraw": "poster",
    },
    "refusals": {
        "pin reject choose take name unclear explain back reason": "supervisor !",
        "decide_anew set_anyway leave undo": "supervisor !",
        "pick comment change": "poster supervisor",
        "edit pick_anew": "asker",
        "withdraw": "poster",
        "appeal": "named",
        "object": "all",
    },
    "returns": {
        "take": "returns",
        "hand_back reach no_answer give_up back end note set_anyway leave": "returns supervisor",
        "pick none_fits withdraw": "poster returns supervisor",
        "say go_on": "poster",
        "edit": "asker",
        "this_call the_order": "poster supervisor",
        "undo": "returns supervisor poster",
    },
    "it": {
        "take give_back helped undo merge join_incident split go_into add_member": "it",
        "solve_with undo_with helped_with": "it",
        "solve dismiss": "it !",
        "categories category": "it poster",
        "withdraw": "poster",
        "reopen": "asker",
        "note name_lead drop_member": "all",
    },
    "pauses": {
        "agree later close undo": "supervisor !",
        "start withdraw return ticket": "poster",
        "call": "all",
    },
}
DEEDS: dict[str, dict[str, str]] = {
    flow: {deed: who for deeds, who in table.items() for deed in deeds.split()}
    for flow, table in _DEEDS.items()
}
#: Only whoever did something here before may go on with it.
HIS_OWN = frozenset({"undo", "reason", "helped"})
#: What one case does to another: nobody can do it by itself.
FOLLOWS = frozenset(
    {
        *("call", "drop_member", "add_member", "go_into"),
        *("solve_with", "undo_with", "helped_with"),
    }
)
#: What the world brings. Nobody presses it.
FACTS = frozenset(
    {
        *("lead_read", "lead_missing", "orders_found", "crm_down", "crm_saved", "crm_conflict"),
        *("crm_refused", "time_up", "same_lead", "joined", "acted", "poster_known"),
    }
)
#: Facts that come with a person: his post joined, or his deed in another case touched this one.
CARRIED = frozenset({"joined", "acted"})

READERS = frozenset({"admin", "supervisor", "auditor", "owner"})
FOR_OWNERS = frozenset(
    {
        *("people.people", "aside", "replayed", "replay_under_way", "retried"),
        *("bound", "unbound"),
    }
)
#: What the bot says to everybody of what only readers may know: that they may not, or how to ask.
NO_RECORDS = re.compile(r"records\.(\w+_usage|not_for_you|answered_privately|start_me)")
