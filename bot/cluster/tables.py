"""The tables in PostgreSQL: installations and OAuth states as the SDK has them, shards, and workers.

Nobody adds a table or a column for anything about replies: PostgreSQL's log would keep the order in which
they came.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    func,
)

METADATA = MetaData()

INSTALLATIONS = Table(
    "slack_installations",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("client_id", Text, nullable=False),
    Column("app_id", Text, nullable=False),
    Column("enterprise_id", Text),
    Column("enterprise_name", Text),
    Column("enterprise_url", Text),
    Column("team_id", Text),
    Column("team_name", Text),
    Column("bot_token", Text),
    Column("bot_id", Text),
    Column("bot_user_id", Text),
    Column("bot_scopes", Text),
    Column("bot_refresh_token", Text),
    Column("bot_token_expires_at", DateTime),
    Column("user_id", Text, nullable=False),
    Column("user_token", Text),
    Column("user_scopes", Text),
    Column("user_refresh_token", Text),
    Column("user_token_expires_at", DateTime),
    Column("incoming_webhook_url", Text),
    Column("incoming_webhook_channel", Text),
    Column("incoming_webhook_channel_id", Text),
    Column("incoming_webhook_configuration_url", Text),
    Column("is_enterprise_install", Boolean, nullable=False, server_default="false"),
    Column("token_type", Text),
    Column("installed_at", DateTime, nullable=False, server_default=func.now()),
    CheckConstraint("user_token IS NULL AND user_refresh_token IS NULL", name="no_user_token"),
    CheckConstraint("incoming_webhook_url IS NULL", name="no_webhook"),
    CheckConstraint("bot_refresh_token IS NULL", name="no_refresh_token"),
    CheckConstraint("bot_token LIKE 'v1.%'", name="sealed_token"),
)
"""The columns of ``SQLAlchemyInstallationStore``. The constraints keep out what the bot never stores."""

Index(
    "one_installation",
    INSTALLATIONS.c.client_id,
    func.coalesce(INSTALLATIONS.c.enterprise_id, ""),
    func.coalesce(INSTALLATIONS.c.team_id, ""),
    unique=True,
)

OAUTH_STATES = Table(
    "slack_oauth_states",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("state", Text, nullable=False, unique=True),
    Column("expire_at", DateTime, nullable=False),
)
"""The columns of ``SQLAlchemyOAuthStateStore``; times are UTC."""

LEFT = Table(
    "left_workspaces",
    METADATA,
    Column("cell", Text, primary_key=True),
    Column("team_id", Text, primary_key=True),
)
"""Workspaces that have left a cell in which their rounds have not ended yet."""

CELLS_OF_WORKSPACES = Table(
    "cells_of_workspaces",
    METADATA,
    Column("team_id", Text, primary_key=True),
    Column("cell", Text, primary_key=True),
)
"""Every cell that a workspace was ever in. No row is ever deleted."""

INSTALLATIONS_VERSION = Table(
    "installations_version", METADATA, Column("number", BigInteger, primary_key=True, autoincrement=False)
)
"""One row, whose number grows with each transaction; who writes it is alone."""

WORKERS = Table(
    "workers",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("address", Text, nullable=False),
    Column("storage", Text, nullable=False),
    Column("seen", DateTime(timezone=True), nullable=False),
    Column("draining", Boolean, nullable=False, server_default="false"),
    Column("skew_ms", Integer),
)
"""The workers: where the others reach each, the id of its storage, when it was last heard of, whether it is
about to leave, and how far its clock is ahead of PostgreSQL's."""

SHARDS = Table(
    "shards",
    METADATA,
    Column("shard", SmallInteger, primary_key=True, autoincrement=False),
    Column("worker", Text),
    Column("address", Text),
    Column("epoch", BigInteger, nullable=False, server_default="0"),
    Column("since", DateTime(timezone=True)),
    Column("storage", Text),
    Column("handed_by", Text),
    Column("wanted", Text),
    Column("not_moved", Text),
)
"""Who owns each shard, and since when. The epoch grows each time a worker takes it.

``storage``: the storage on which its cells lie; NULL while there is none. ``handed_by``: the worker that has
given it, until another one takes it; NULL after a death. ``wanted``: the worker that an operator wants to
take it next. ``not_moved``: why the last such wish was not fulfilled, as the name of that worker and a code.
"""
