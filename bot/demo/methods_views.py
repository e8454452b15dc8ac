"""Implement the views.* methods."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.demo import views
from bot.demo.args import json_arg, text_arg
from bot.demo.shapes import view_json
from bot.demo.site import Site, SlackRefusal, Trigger
from bot.demo.workspace import Json, View


def _body(args: Json) -> Any:
    return json_arg(args, "view", "invalid_arguments")


def _trigger(site: Site, args: Json) -> Trigger:
    if "trigger_id" not in args:
        raise SlackRefusal("invalid_arguments", "missing required field: trigger_id")
    return site.redeem(text_arg(args, "trigger_id"))


def open_(site: Site, args: Json) -> Json:
    """Implement ``views.open``."""
    body = views.checked(site, _body(args), "modal")
    trigger = _trigger(site, args)
    return {"view": view_json(site, views.open_modal(site, trigger.user, body))}


def push(site: Site, args: Json) -> Json:
    """Implement ``views.push``, for the member whose modal the trigger came from."""
    body = views.checked(site, _body(args), "modal")
    trigger = _trigger(site, args)
    return {"view": view_json(site, views.push_modal(site, trigger.user, body))}


def _named(site: Site, args: Json) -> View:
    view = site.workspace.view(text_arg(args, "view_id"))
    if view is None:
        raise SlackRefusal("not_found")
    return view


def _check_hash(args: Json, view: View | None) -> None:
    stale = text_arg(args, "hash")
    if stale and (view is None or view.hash != stale):
        raise SlackRefusal("hash_conflict")


def update(site: Site, args: Json) -> Json:
    """Implement ``views.update``, for a view that is still open."""
    view = _named(site, args)
    body = views.checked(site, _body(args), view.body["type"])
    _check_hash(args, view)
    return {"view": view_json(site, views.replace(site, view, body))}


def publish(site: Site, args: Json) -> Json:
    """Implement ``views.publish`` for the Home tab of a member."""
    if not site.app.home_tab:
        raise SlackRefusal("not_enabled")
    user = site.workspace.members.get(text_arg(args, "user_id"))
    if user is None or not user.is_human:
        raise SlackRefusal("invalid_arguments", "invalid `user_id`")
    current = site.workspace.homes.get(user.id)
    body = views.checked(site, _body(args), "home")
    _check_hash(args, current)
    return {"view": view_json(site, views.publish(site, user.id, body))}


HANDLERS: Mapping[str, Callable[[Site, Json], Json]] = {
    "views.open": open_,
    "views.push": push,
    "views.update": update,
    "views.publish": publish,
}
