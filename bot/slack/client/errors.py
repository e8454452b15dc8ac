"""Translate a failed call to Slack: refused for good, refused for now, or outcome unknown."""

import errno
import socket
from collections.abc import Callable, Iterator
from itertools import chain, repeat
from urllib.error import HTTPError, URLError

from aiohttp import ClientConnectionError, ClientPayloadError
from slack_sdk.errors import SlackApiError

from bot.errors import (
    LockedOutError,
    SlackError,
    SlackUnavailableError,
    StoppingError,
    UncertainError,
)
from bot.slack.client.rate_limits import rate_limited

LOCKED_OUT = frozenset({"token_revoked", "token_expired", "invalid_auth", "account_inactive", "not_authed"})
"""Slack's reasons for refusing the token: the request itself is not refused, and a new token helps."""

UNCERTAIN = frozenset({"internal_error", "fatal_error"})
"""Slack says of these: "It's possible some aspect of the operation succeeded before the error was raised."

Source: the list of errors on every method's page, such as https://docs.slack.dev/reference/methods/auth.test.
"""

OF_EVERY_METHOD = frozenset(
    {
        "access_denied",
        "deprecated_endpoint",
        "ekm_access_denied",
        "enterprise_is_restricted",
        "invalid_arg_name",
        "invalid_arguments",
        "invalid_array_arg",
        "invalid_charset",
        "invalid_form_data",
        "invalid_post_type",
        "method_deprecated",
        "missing_args",
        "missing_argument",
        "missing_post_type",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "two_factor_setup_required",
        "unknown_method",
    }
)
OF_MESSAGES = frozenset(
    {
        "app_access_restricted",
        "as_user_not_supported",
        "attachment_payload_limit_exceeded",
        "block_mismatch",
        "blocked_file_type",
        "cannot_reply_to_message",
        "cant_broadcast_message",
        "cant_update_message",
        "channel_not_found",
        "draft_already_deleted",
        "draft_already_sent",
        "draft_has_conflict",
        "draft_not_found",
        "duplicate_channel_not_found",
        "duplicate_message_not_found",
        "edit_window_closed",
        "file_deleted",
        "file_is_deleted",
        "file_not_found",
        "file_share_limit_reached",
        "invalid_attachments",
        "invalid_blocks",
        "invalid_blocks_format",
        "invalid_metadata_format",
        "invalid_metadata_schema",
        "is_archived",
        "is_inactive",
        "markdown_text_conflict",
        "max_file_sharing_exceeded",
        "message_not_found",
        "messages_tab_disabled",
        "metadata_must_be_sent_from_app",
        "metadata_too_large",
        "missing_file_data",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_dual_broadcast_content_update",
        "no_text",
        "not_in_channel",
        "posting_to_channel_denied",
        "restricted_action",
        "restricted_action_non_threadable_channel",
        "restricted_action_read_only_channel",
        "restricted_action_thread_locked",
        "restricted_action_thread_only_channel",
        "send_on_behalf_not_allowed",
        "slack_connect_blocked_file_type",
        "slack_connect_canvas_sharing_blocked",
        "slack_connect_clip_sharing_blocked",
        "slack_connect_file_link_sharing_blocked",
        "slack_connect_file_upload_sharing_blocked",
        "slack_connect_lists_sharing_blocked",
        "team_not_found",
        "too_many_attachments",
        "too_many_contact_cards",
        "unable_to_share_files",
        "user_not_in_channel",
    }
)
OF_QUESTIONS = frozenset(
    {
        "channel_is_limited_access",
        "invalid_cursor",
        "invalid_limit",
        "invalid_types",
        "limit_required",
        "method_not_supported_for_channel_type",
        "team_access_not_granted",
        "too_many_users",
        "user_is_restricted",
        "user_not_found",
        "user_not_visible",
        "users_not_found",
    }
)
OF_VIEWS = frozenset(
    {
        "duplicate_external_id",
        "exchanged_trigger_id",
        "expired_trigger_id",
        "hash_conflict",
        "invalid_trigger_id",
        "missing_profile_id",
        "not_enabled",
        "not_found",
        "not_implemented",
        "push_limit_reached",
        "view_too_large",
    }
)
OF_CONNECTIONS = frozenset({"forbidden_team", "insecure_request"})
OF_INSTALLATIONS = frozenset(
    {
        "bad_client_secret",
        "bad_redirect_uri",
        "cannot_install_an_org_installed_app",
        "code_already_used",
        "code_expired",
        "invalid_client_id",
        "invalid_code",
        "invalid_code_verifier",
        "invalid_grant_type",
        "invalid_refresh_token",
        "no_scopes",
        "oauth_authorization_url_mismatch",
        "pkce_not_allowed",
        "preview_feature_not_available",
        "user_email_unverified",
    }
)

FINAL = OF_EVERY_METHOD | OF_MESSAGES | OF_QUESTIONS | OF_VIEWS | OF_CONNECTIONS | OF_INSTALLATIONS
"""Slack's reasons that a retry does not change.

Source: the errors of each method that the bot calls (https://docs.slack.dev/reference/methods). Every other
reason, also a new one, counts as passing.
"""

WAITS_S = (1, 2, 5, 10, 30, 60)
"""Seconds to wait after each attempt while Slack is unreachable; the last one repeats."""

SERVER_ERRORS = 500

_UNREACHED = frozenset({errno.ECONNREFUSED, errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN})


def error_of(error: Exception) -> SlackError:
    """Return the ``SlackError`` for an exception: with Slack's reason, and nothing of the payload."""
    if isinstance(error, SlackApiError):
        return _answered(error)
    if _never_sent(error):
        return SlackUnavailableError("no_connection", "Slack could not be reached.")
    if isinstance(error, OSError | ClientConnectionError | ClientPayloadError):
        return UncertainError("no_connection", "Slack was asked, and its answer got lost.")
    # The SDK fails on an answer that is no HTTP, no text, no JSON, or no JSON object.
    return UncertainError("malformed_response", "What answered is not Slack.")


def _answered(error: SlackApiError) -> SlackError:
    """Return the error for an answer of Slack. A text that is no reason is not quoted."""
    response = error.response
    answer = getattr(response, "data", response)
    status = int(getattr(response, "status_code", 200) or 200)
    reason = str(answer.get("error", "")) if isinstance(answer, dict) else ""
    known = reason if reason.isidentifier() else "malformed_response"
    if limited := rate_limited(status, known, getattr(response, "headers", None)):
        return limited
    if known in LOCKED_OUT:
        return LockedOutError(known)
    if known == "malformed_response" or known in UNCERTAIN or status >= SERVER_ERRORS:
        return UncertainError(known, "What answered is not Slack." if known == "malformed_response" else "")
    return SlackError(known) if known in FINAL else SlackUnavailableError(known)


def _never_sent(error: BaseException) -> bool:
    """Return whether Slack cannot have received the whole request, and so cannot have acted on it.

    ``urllib`` raises ``URLError`` only for failures before the last byte is sent. aiohttp keeps the system's
    error of a failed connection in ``os_error``.
    """
    if isinstance(error, HTTPError):
        return False
    if isinstance(error, URLError):
        return True
    inner = getattr(error, "os_error", error)
    if isinstance(inner, socket.gaierror):
        return True
    return isinstance(inner, OSError) and inner.errno in _UNREACHED


def is_unreachable(error: SlackError) -> bool:
    """Return whether Slack could not be reached or asks to retry: it said nothing about the request."""
    return isinstance(error, SlackUnavailableError) and not isinstance(error, LockedOutError | StoppingError)


def waits_s() -> Iterator[int]:
    """Return the seconds to wait after each attempt while Slack is unreachable, without end."""
    return chain(WAITS_S, repeat(WAITS_S[-1]))


def keep_trying(step: Callable[[], object], wait: Callable[[float], None]) -> None:
    """Repeat a step until Slack is reachable. Raises ``StoppingError``, and what Slack refuses for good."""
    for wait_s in waits_s():
        wait(wait_s)
        try:
            step()
        except SlackError as error:
            if not is_unreachable(error):
                raise
        else:
            return
