"""Routes of the own signing key."""

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.people.blueprint import bp, proven
from portal.people.keys import forms, operations, queries
from portal.web import responses
from portal.web.guards import requires


@bp.route("/account/signature", methods=["GET", "POST"])
@requires()
def make_key() -> ResponseReturnValue:
    """设置签名。"""
    form = forms.MakeKey()
    if (
        form.ready()
        and proven(form)
        and form.attempt(operations.make_key, current_user, form.pin.data, by=current_user) is not None
    ):
        return responses.done(url_for("people.account"), "签名已设置，请记住签名口令。")
    return responses.show("people/keys/signature.html", form=form, key=queries.signing_key(current_user))


@bp.route("/account/signature/pin", methods=["GET", "POST"])
@requires()
def change_pin() -> ResponseReturnValue:
    """修改签名口令。"""
    form = forms.ChangePin()
    if form.ready():
        changed = form.attempt(operations.change_pin, current_user, form.old.data, form.pin.data, by=current_user)
        if changed is not None:
            return responses.done(url_for("people.account"), "签名口令已修改。")
    return responses.show("people/keys/pin.html", form=form)
