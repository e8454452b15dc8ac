"""The section ``cluster`` of config.yaml, the names of workers, and where the cells of a cluster lie."""

from pathlib import Path

import pytest

from bot.config import (
    ClusterConfig,
    Config,
    cell_config,
    cell_dir,
    check_tokens,
    host_dir,
    list_cells,
    misplaced_cells,
    shard_dir,
    token_problems,
    worker_address,
    worker_dir,
    worker_name,
)
from bot.core.cells import CellKey, shard_of
from bot.errors import BotError, ConfigError
from tests.config.hosting import CLUSTER, CLUSTER_VARIABLES, HOSTING, KEY, OTHER_KEY, VARIABLES, load

ONE, TWO = CellKey("T0ONE"), CellKey("E0TWO")


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Of a cluster with two cells."""
    loaded = load(tmp_path, CLUSTER, CLUSTER_VARIABLES)
    for key in (ONE, TWO):
        cell_dir(loaded, key).mkdir(parents=True)
    return loaded


def test_without_the_section_one_machine_serves_all(tmp_path: Path) -> None:
    assert load(tmp_path).cluster is None


@pytest.mark.parametrize(
    ("section", "address"),
    [
        ("cluster: {}", "http://worker-1:3000"),
        ("cluster: {address: 'http://{worker}:9000'}", "http://worker-1:9000"),
        (
            "cluster: {address: 'https://{worker}.workers.example.org'}",
            "https://worker-1.workers.example.org",
        ),
    ],
)
def test_a_worker_is_reached_at_the_address_of_its_name(tmp_path: Path, section: str, address: str) -> None:
    config = load(tmp_path, HOSTING + section)

    assert address == worker_address(config, "worker-1")


def test_the_usual_address_has_the_port_on_which_the_bot_listens(tmp_path: Path) -> None:
    text = HOSTING.replace("{mode: http}", "{mode: http, http: {port: 8443}}")

    assert (
        ClusterConfig(address_template="http://{worker}:8443")
        == load(tmp_path, f"{text}cluster: {{}}").cluster
    )


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        ("cluster:", "line 4, cluster: is empty. Write cluster: {}"),
        ("cluster: {adress: x}", "adress: is no key that is known here. Did you mean 'address'?"),
        ("cluster: {address: 'http://here:3000'}", "has no {worker} in it, so all would have one address."),
        ("cluster: {address: 3000}", "has no {worker} in it"),
        ("cluster: {address: '{worker}'}", "is no address of a worker."),
        ("cluster: {address: 'ftp://{worker}'}", "is no address of a worker."),
        ("cluster: {address: 'http://{worker}:x'}", "is no address of a worker."),
        ("cluster: {address: 'http://{worker}.{pod}'}", "is no address of a worker."),
        ("cluster: {address: 'http://{worker}/x'}", "has more than a host and a port."),
        ("cluster: {address: 'http://me:word@{worker}'}", "has more than a host and a port."),
    ],
)
def test_a_section_that_cannot_be_right_is_refused_with_its_line(
    tmp_path: Path, section: str, sentence: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, HOSTING + section)

    assert sentence in str(refused.value)


def test_a_cluster_serves_many_workspaces_only(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="line 3, cluster: needs workspaces"):
        load(tmp_path, "slack: {mode: http}\ncluster: {}")


def test_the_name_of_a_worker_is_given_or_set_or_that_of_the_machine() -> None:
    assert "given" == worker_name("given", {"BELONGING_WORKER": "set"})
    assert "set.example-1" == worker_name(None, {"BELONGING_WORKER": " set.example-1 "})
    assert worker_name(None, {})


@pytest.mark.parametrize("name", ["", "A", "-a", ".", "..", "a/b", "a b", "a" * 64, "a\n", "ä"])
def test_a_name_that_is_no_part_of_an_address_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="is no name of a worker"):
        worker_name(name, {})


def test_a_cluster_needs_two_variables_more(tmp_path: Path) -> None:
    config = load(tmp_path, CLUSTER, CLUSTER_VARIABLES)

    check_tokens(config)
    assert set(CLUSTER_VARIABLES) == set(token_problems(config))
    assert (bytes.fromhex(OTHER_KEY),) == config.secrets.cluster_keys
    assert CLUSTER_VARIABLES["BELONGING_DATABASE_URL"] == config.secrets.database_url
    assert "A0SECRET1" not in repr(config) + repr(config.secrets)


def test_one_machine_needs_none_of_them(tmp_path: Path) -> None:
    assert set(VARIABLES) == set(token_problems(load(tmp_path)))


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("BELONGING_DATABASE_URL", "", "is not set, and config.yaml has cluster. Write an address such as"),
        ("BELONGING_DATABASE_URL", "mysql://a:A0SECRET1@b/c", "is no address of a PostgreSQL database."),
        (
            "BELONGING_DATABASE_URL",
            "postgresql://a:A0SECRET1@b:x/c",
            "is no address of a PostgreSQL database.",
        ),
        ("BELONGING_DATABASE_URL", "postgresql://a:A0SECRET1@b", "is no address of a PostgreSQL database."),
        ("BELONGING_DATABASE_URL", "postgresql://[A0SECRET1/c", "is no address of a PostgreSQL database."),
        ("BELONGING_CLUSTER_KEYS", "", "is not set, and the workers seal what they say to each other."),
        ("BELONGING_CLUSTER_KEYS", "A0SECRET1", "BELONGING_CLUSTER_KEYS is not 64 digits 0-9 and a-f."),
        ("BELONGING_CLUSTER_KEYS", f"{OTHER_KEY},{KEY}", "has a key that is in BELONGING_TOKEN_KEYS, too."),
        ("BELONGING_CLUSTER_KEYS", "00" * 32, "is one digit again and again, which anybody can guess."),
    ],
)
def test_a_variable_that_cannot_be_right_is_named_and_not_quoted(
    tmp_path: Path, name: str, value: str, sentence: str
) -> None:
    config = load(tmp_path, CLUSTER, CLUSTER_VARIABLES | {name: value})

    with pytest.raises(ConfigError) as refused:
        check_tokens(config)

    said = str(refused.value)
    assert (True, True) == (name in said, sentence in said)
    assert not [secret for secret in ("A0SECRET1", KEY, OTHER_KEY) if secret in said]


def test_a_cell_lies_in_the_directory_of_its_shard(config: Config) -> None:
    shards = {key: config.data_dir / "shards" / f"{shard_of(key):02}" for key in (ONE, TWO)}

    assert {key: folder / key for key, folder in shards.items()} == {
        key: cell_dir(config, key) for key in (ONE, TWO)
    }
    assert shards[ONE] == shard_dir(config, shard_of(ONE))
    assert (TWO, ONE) == list_cells(config)
    assert (ONE,) == list_cells(config, [shard_of(ONE)])


def test_a_cell_of_a_cluster_knows_the_directory_of_all(config: Config) -> None:
    cell = cell_config(config, ONE)

    assert config.data_dir == host_dir(cell)
    assert host_dir(config) is None
    assert config.cluster == cell.cluster
    assert cell_dir(config, ONE) / "ballots" == cell.ballots_dir


def test_the_settings_of_a_cell_are_named_as_they_lie_on_the_disk(config: Config) -> None:
    (cell_dir(config, ONE) / "config.yaml").write_text("admin: []")

    with pytest.raises(ConfigError, match=rf"shards/{shard_of(ONE):02}/T0ONE/config.yaml, line 1"):
        cell_config(config, ONE)


def test_a_cell_in_the_directory_of_another_shard_is_no_cell_and_is_found(config: Config) -> None:
    wrong = shard_dir(config, (shard_of(ONE) + 1) % 64)
    wrong.mkdir(exist_ok=True)
    cell_dir(config, ONE).rename(wrong / ONE)

    assert (TWO,) == list_cells(config)
    assert (wrong / ONE,) == misplaced_cells(config)


def test_a_shard_that_cannot_be_read_is_named(config: Config) -> None:
    shard = next(number for number in range(64) if not shard_dir(config, number).exists())
    shard_dir(config, shard).write_text("")

    with pytest.raises(BotError, match=rf"shards/{shard:02} cannot be read"):
        list_cells(config)


def test_a_worker_has_a_small_directory_of_its_own(config: Config) -> None:
    assert config.data_dir / "workers" / "worker-1" == worker_dir(config, "worker-1")
    with pytest.raises(ConfigError):
        worker_dir(config, "../cells")
