"""Journeys of many workspaces, as elsewhere in this folder, over two workers of a cluster."""

# ruff: noqa: F401 - pytest finds the imported tests and fixtures here

from tests.hosting.test_changed_organisations import (
    test_one_that_comes_back_makes_its_organization_rest,
    test_one_that_joins_an_organization_ends_in_its_own_cell,
    test_one_that_leaves_an_organization_ends_its_part_there,
    test_one_that_uninstalls_in_between_makes_its_new_cell_rest,
)
from tests.hosting.test_deleted_meanwhile import test_what_was_deleted_does_not_come_back
from tests.hosting.test_installing import (
    organisation,
    test_an_event_that_never_came_is_found_within_seven_hours,
    test_fewer_scopes_are_refused_in_words_and_the_older_installation_stays,
    test_installed_again_it_keeps_one_row_and_goes_on_with_its_data,
    test_nobody_replies_twice_after_a_start_where_a_whole_organisation_has_it,
    test_one_that_cannot_be_taken_up_is_refused_in_words_and_nothing_stays,
    test_uninstalled_from_one_of_two_the_cell_goes_on_for_the_other,
    test_uninstalled_rounds_keys_replies_and_token_end_at_once_and_nobody_else_notices,
    test_what_was_uninstalled_while_the_process_was_down_is_found_at_the_start,
)
from tests.hosting.test_isolation import (
    test_a_form_of_one_that_is_sent_from_the_other_is_handled_where_the_app_is_installed,
    test_a_receipt_of_one_changes_and_withdraws_nothing_in_the_other,
    test_two_events_with_one_id_are_both_handled,
)
from tests.hosting.test_one_is_broken import (
    test_a_token_that_slack_refuses,
)
from tests.hosting.test_over_workers import new_world
from tests.hosting.test_two_workspaces import (
    test_both_are_asked_and_answer_and_each_reads_its_own_summary,
)
