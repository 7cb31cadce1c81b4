"""The migrations build exactly the models, on whichever database the tests run."""

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade

from portal.db.engine import db
from portal.db.search_index import is_index_table


def differences():
    def include(_thing, name, kind, _reflected, _other):
        return not (kind == "table" and name and is_index_table(name))

    with db.engine.connect() as connection:
        options = {"include_object": include, "compare_type": True, "target_metadata": db.metadata}
        return compare_metadata(MigrationContext.configure(connection, opts=options), db.metadata)


def test_migrations_build_exactly_the_models(app):
    assert differences() == []


@pytest.mark.long
@pytest.mark.database
def test_they_go_down_to_nothing_and_up_again(app):
    downgrade(revision="base")
    left = [name for name in sa.inspect(db.engine).get_table_names() if name != "alembic_version"]
    assert left == []
    upgrade()
    assert differences() == []
