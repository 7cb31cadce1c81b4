"""What the portal says when something is wrong before a page can be shown."""

import pytest
from flask import Flask
from flask.testing import FlaskClient


def test_under_a_foreign_name_the_portal_says_one_sentence(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "TRUSTED_HOSTS", ["portal.example.gov.cn"])
    foreign = client.get("/login", headers={"Host": "evil.example"})
    assert (foreign.status_code, foreign.text) == (400, "请使用门户的正式网址访问。")
    assert client.get("/login", headers={"Host": "portal.example.gov.cn"}).status_code == 200
