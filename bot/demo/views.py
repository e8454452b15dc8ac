"""Open, replace and close views: the stack of modals of each member, and the Home tab."""

from typing import Any

from bot.demo.block_kit import check_view, is_too_large
from bot.demo.shapes import initial_state
from bot.demo.site import Site, SlackRefusal
from bot.demo.workspace import Json, View

MAX_STACK = 3


def checked(site: Site, body: Any, kind: str) -> Json:
    """Return the view body, if Slack would accept it as a ``modal`` or ``home``.

    Raises ``SlackRefusal``: ``view_too_large``, or ``invalid_arguments`` with what is wrong and where.
    """
    if is_too_large(body):
        raise SlackRefusal("view_too_large")
    issues = check_view(body, kind)
    if issues:
        raise SlackRefusal(
            "invalid_arguments", *(i.as_text() for i in issues), errors=[i.as_json() for i in issues]
        )
    return {**body, "blocks": site.workspace.copy_blocks(body["blocks"])}


def _hash(site: Site) -> str:
    return f"{int(site.clock.now().timestamp())}.{site.workspace.new_id('').lower()}"


def _new(site: Site, user: str, body: Json) -> View:
    view_id = site.workspace.new_id("V")
    return View(
        id=view_id,
        user=user,
        hash=_hash(site),
        body=body,
        state=initial_state(body["blocks"]),
        root_id=view_id,
    )


def open_modal(site: Site, user: str, body: Json) -> View:
    """Open a modal as the only one on the member's stack."""
    view = _new(site, user, body)
    site.workspace.stacks[user] = [view]
    site.workspace.changed()
    return view


def push_modal(site: Site, user: str, body: Json) -> View:
    """Push a modal onto the member's stack.

    Raises ``SlackRefusal``: ``not_found`` if no modal is open, ``push_limit_reached`` if three are.
    """
    stack = site.workspace.stack(user)
    if not stack:
        raise SlackRefusal("not_found")
    if len(stack) >= MAX_STACK:
        raise SlackRefusal("push_limit_reached")
    view = _new(site, user, body)
    view.root_id, view.previous_id = stack[0].root_id, stack[-1].id
    stack.append(view)
    site.workspace.changed()
    return view


def replace(site: Site, view: View, body: Json) -> View:
    """Give a view a new body and hash; input stays where block and action ids stay the same."""
    fresh = initial_state(body["blocks"])
    for block_id, actions in fresh.items():
        for action_id, state in actions.items():
            kept = view.state.get(block_id, {}).get(action_id)
            if kept is not None and kept["type"] == state["type"]:
                actions[action_id] = kept
    view.body, view.state, view.errors = body, fresh, {}
    view.hash = _hash(site)
    site.workspace.changed()
    return view


def publish(site: Site, user: str, body: Json) -> View:
    """Create or replace the Home tab of this member."""
    current = site.workspace.homes.get(user)
    if current is not None:
        return replace(site, current, body)
    view = _new(site, user, body)
    site.workspace.homes[user] = view
    site.workspace.changed()
    return view


def close(site: Site, view: View) -> None:
    """Close this view and those above it, or the whole stack with ``clear_on_close``."""
    stack = site.workspace.stack(view.user)
    index = stack.index(view)
    site.workspace.stacks[view.user] = [] if view.body.get("clear_on_close") else stack[:index]
    site.workspace.changed()


def close_one(site: Site, view: View) -> None:
    """Remove one view from its stack, as after a submission; those below it stay."""
    site.workspace.stack(view.user).remove(view)
    site.workspace.changed()


def clear(site: Site, user: str) -> None:
    """Close every modal of this member."""
    site.workspace.stacks[user] = []
    site.workspace.changed()
