"""Make the first tables."""

import sqlalchemy as sa
from alembic import op

revision = "v0001"
down_revision = None

SHARDS = 64


def upgrade() -> None:
    """Make all tables, and a row for each shard."""
    op.create_table(
        "slack_installations",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("app_id", sa.Text(), nullable=False),
        sa.Column("enterprise_id", sa.Text()),
        sa.Column("enterprise_name", sa.Text()),
        sa.Column("enterprise_url", sa.Text()),
        sa.Column("team_id", sa.Text()),
        sa.Column("team_name", sa.Text()),
        sa.Column("bot_token", sa.Text()),
        sa.Column("bot_id", sa.Text()),
        sa.Column("bot_user_id", sa.Text()),
        sa.Column("bot_scopes", sa.Text()),
        sa.Column("bot_refresh_token", sa.Text()),
        sa.Column("bot_token_expires_at", sa.DateTime()),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("user_token", sa.Text()),
        sa.Column("user_scopes", sa.Text()),
        sa.Column("user_refresh_token", sa.Text()),
        sa.Column("user_token_expires_at", sa.DateTime()),
        sa.Column("incoming_webhook_url", sa.Text()),
        sa.Column("incoming_webhook_channel", sa.Text()),
        sa.Column("incoming_webhook_channel_id", sa.Text()),
        sa.Column("incoming_webhook_configuration_url", sa.Text()),
        sa.Column("is_enterprise_install", sa.Boolean(), nullable=False, server_default="false"),
        sa.Column("token_type", sa.Text()),
        sa.Column("installed_at", sa.DateTime(), nullable=False, server_default=sa.func.now()),
        sa.CheckConstraint("user_token IS NULL AND user_refresh_token IS NULL", name="no_user_token"),
        sa.CheckConstraint("incoming_webhook_url IS NULL", name="no_webhook"),
        sa.CheckConstraint("bot_refresh_token IS NULL", name="no_refresh_token"),
        sa.CheckConstraint("bot_token LIKE 'v1.%'", name="sealed_token"),
    )
    op.create_index(
        "one_installation",
        "slack_installations",
        ["client_id", sa.text("coalesce(enterprise_id, '')"), sa.text("coalesce(team_id, '')")],
        unique=True,
    )
    op.create_table(
        "slack_oauth_states",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("state", sa.Text(), nullable=False, unique=True),
        sa.Column("expire_at", sa.DateTime(), nullable=False),
    )
    op.create_table(
        "left_workspaces",
        sa.Column("cell", sa.Text(), primary_key=True),
        sa.Column("team_id", sa.Text(), primary_key=True),
    )
    op.create_table(
        "cells_of_workspaces",
        sa.Column("team_id", sa.Text(), primary_key=True),
        sa.Column("cell", sa.Text(), primary_key=True),
    )
    version = op.create_table(
        "installations_version",
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
    )
    op.bulk_insert(version, [{"number": 1}])
    op.create_table(
        "workers",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("storage", sa.Text(), nullable=False),
        sa.Column("seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("draining", sa.Boolean(), nullable=False, server_default="false"),
        sa.Column("skew_ms", sa.Integer()),
    )
    shards = op.create_table(
        "shards",
        sa.Column("shard", sa.SmallInteger(), primary_key=True, autoincrement=False),
        sa.Column("worker", sa.Text()),
        sa.Column("address", sa.Text()),
        sa.Column("epoch", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("since", sa.DateTime(timezone=True)),
        sa.Column("storage", sa.Text()),
        sa.Column("handed_by", sa.Text()),
        sa.Column("wanted", sa.Text()),
        sa.Column("not_moved", sa.Text()),
    )
    op.bulk_insert(shards, [{"shard": shard} for shard in range(SHARDS)])
