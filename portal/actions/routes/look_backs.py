"""The door of looking back."""

from flask.typing import ResponseReturnValue

from portal import clock
from portal.access import me, needs
from portal.actions import forms, operations, rules
from portal.actions.models import LookBack, already_checked
from portal.actions.routes.doors import ask, back_to, bp


@bp.route("/actions/look-backs/<thing:look_back>", methods=["GET", "POST"])
@needs(rules.see_part, rules.look_back, when=(already_checked,))
def look_back(look_back: LookBack) -> ResponseReturnValue:
    """登记回头看。"""
    form = forms.LookBackForm()
    if form.ready():
        holds = form.holds.data == "yes"
        if form.attempt(operations.look_back, look_back, holds, form.finding.data, by=me()) is not None:
            said = "已登记：巩固。" if holds else "已登记：反弹，事项已重启办理。"
            return back_to(look_back.action, said, onward=True)
    hint = f"{clock.zh_date(look_back.drawn_on)}抽取，请在{clock.zh_date(look_back.due)}前复查。"
    return ask(look_back.action, form, "回头看", "登记", hint)
