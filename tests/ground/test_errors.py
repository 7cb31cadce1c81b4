"""What the portal says when something is wrong before a page can be shown."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from cast import Cast
from flask import Flask
from flask.testing import FlaskClient

from portal.db.engine import db


def test_under_a_foreign_name_the_portal_says_one_sentence(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "TRUSTED_HOSTS", ["portal.example.gov.cn"])
    foreign = client.get("/login", headers={"Host": "evil.example"})
    assert (foreign.status_code, foreign.text) == (400, "请使用门户的正式网址访问。")
    assert client.get("/login", headers={"Host": "portal.example.gov.cn"}).status_code == 200


def test_who_waits_for_the_database_in_vain_is_asked_to_try_again(
    app: Flask, people: Cast, as_: Callable[..., FlaskClient]
) -> None:
    browser = as_(people.secretary)
    db.session.commit()
    db.engine.dispose()
    sa.event.listen(db.engine, "connect", impatient)
    try:
        with sa.create_engine(app.config["SQLALCHEMY_DATABASE_URI"]).connect() as other:
            table = "LOCK TABLE request_once IN ACCESS EXCLUSIVE MODE"
            other.execute(sa.text("SELECT 1" if other.dialect.name == "sqlite" else table))  # SQLite locks by itself
            answer = browser.post("/inbox/reading", data={"once": "busy"})
            other.rollback()
        assert answer.status_code == 503
        assert "您刚才的操作没有保存。请稍等片刻再提交一次。" in answer.text
        assert browser.post("/inbox/reading", data={"once": "busy"}).status_code == 303
    finally:
        sa.event.remove(db.engine, "connect", impatient)
        db.session.rollback()
        db.engine.dispose()


def impatient(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout=50" if db.engine.dialect.name == "sqlite" else "SET lock_timeout = '50ms'")
    if db.engine.dialect.name != "sqlite":
        connection.commit()
    cursor.close()
