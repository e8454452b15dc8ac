"""A whole organization has the bot, as in ``test_isolation_org_wide``, over two workers of a cluster."""

# ruff: noqa: F401 - pytest finds the imported tests and fixtures here

from tests.hosting.test_isolation_org_wide import (
    test_a_click_is_handled_for_the_organization_wherever_the_person_belongs,
    test_another_company_is_not_taken_for_a_workspace_of_the_organization,
    test_only_a_workspace_that_slack_confirms_is_served_and_stored,
    world,
)
from tests.hosting.test_over_workers import new_world
