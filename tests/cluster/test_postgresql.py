"""The PostgreSQL of the tests."""

from tests.postgresql import DURABLE, PostgreSQL, running


def test_each_test_has_a_database_of_its_own(postgresql: PostgreSQL) -> None:
    with postgresql.database() as first, postgresql.database() as second:
        postgresql.query("CREATE TABLE here (id int)", first)

        assert [] == postgresql.query("SELECT 1 FROM pg_tables WHERE tablename = 'here'", second)


def test_it_comes_back_after_it_was_killed() -> None:
    with running(DURABLE) as server:
        server.query("CREATE TABLE here (id int)")
        server.kill()
        server.start()

        assert [] == server.query("SELECT * FROM here")
