"""Routes of signing, with one's own key or on a platform elsewhere."""

from collections.abc import Sequence
from typing import Any

from flask import Response, url_for
from flask.typing import ResponseReturnValue

from portal.documents.pki.outside import Hole
from portal.errors import Refused
from portal.meetings.models.series import MeetingSeries
from portal.meetings.rules import see_series
from portal.minutes import rules
from portal.minutes.blueprint import bp, refuse, url
from portal.minutes.models.minutes import Minutes
from portal.minutes.signing import forms, operations, queries, signers
from portal.minutes.signoff import forms as signoff_forms
from portal.people.accounts.queries import people_to_choose
from portal.people.keys import signing as persons
from portal.web import once, responses
from portal.web.forms import Form
from portal.web.guards import me, requires


@bp.post("/minutes/<model:minutes>/printing")
@requires(rules.see, rules.redo, when=(lambda minutes: minutes.not_stuck,))
def redo(minutes: Minutes) -> ResponseReturnValue:
    """重新排版。"""
    operations.redo(minutes, by=me())
    return responses.done(url(minutes), "正在重新排版。")


MOST_CMS = 200_000


@bp.route("/minutes/<model:minutes>/signature", methods=["GET", "POST"])
@requires(rules.see, rules.sign, transition="sign")
def sign(minutes: Minutes) -> ResponseReturnValue:
    """签发：所见即所签。"""
    form = forms.SignForm()
    if form.ready() and form.attempt(_signed, minutes, form) is not None:
        told = "已签发，会议秘书将予印发。" if minutes.is_signed else f"已签名，转{next_signer(minutes)}。"
        return responses.done(url(minutes), told)
    return sign_page(minutes, form)


def next_signer(minutes: Minutes) -> str:
    """Who signs next, and as what, as the 审签单 has them: 会签人张三, 签发人李四."""
    turn = minutes.sheet.document.next_signature if minutes.sheet.document else None
    return f"{turn.role}{turn.name}" if turn else "签发人"


def _signed(minutes: Minutes, form: forms.SignForm) -> Minutes:
    """Sign while nobody waits: the key is opened first, and the register learns of it afterwards."""
    acting = operations.begin_signing(minutes, form.pin.data or "", form.text.data or "", by=me())
    with once.released():
        acted = acting.made()
    return operations.sign(minutes, acted, form.seen, by=me())


def sign_page(minutes: Minutes, form: Form) -> Response:
    """The paper to be signed, with both forms; the one that was posted as it was typed."""
    refuse(minutes.lifecycle.obstacle(minutes, "sign"))
    signs = isinstance(form, forms.SignForm)
    signing = form if signs else forms.SignForm(formdata=None)
    returning = signoff_forms.ReturnForm(formdata=None) if signs else form
    signing.version.data = returning.version.data = minutes.version  # of the paper this page shows
    return responses.show("minutes/signing/sign.html", minutes=minutes, form=form, signing=signing, returning=returning)


def _not_to_be_signed(minutes: Minutes) -> str | None:
    return minutes.not_to_be_signed


_signs_outside = requires(rules.see, rules.sign_outside, when=(_not_to_be_signed,))


@bp.get("/minutes/<model:minutes>/outside")
@_signs_outside
def outside(minutes: Minutes) -> ResponseReturnValue:
    """用外部签名平台签署：取待签数据，交回签名。"""
    return _outside_page(minutes)


def _outside_page(minutes: Minutes, form: Form | None = None) -> Response:
    """The page with the form that was posted, and the other one as it stands."""
    refuse(minutes.not_to_be_signed)
    opinion, bringing = _outside_forms(minutes)
    opinion.text.data = minutes.sheet.handed_out
    bringing.version.data = minutes.version
    holes = _holes(minutes)
    return responses.show(
        "minutes/signing/outside.html",
        minutes=minutes,
        form=form or bringing,
        opinion=form if isinstance(form, type(opinion)) else opinion,
        bringing=form if isinstance(form, type(bringing)) else bringing,
        handed_out=minutes.sheet.handed_out,
        holes=holes,
        turn=minutes.sheet.document.next_signature if minutes.sheet.document else None,
    )


def _outside_forms(minutes: Minutes) -> tuple[Any, Any]:
    """The opinion that is handed out, and the signatures that come back, by what is being signed."""
    if minutes.is_reviewed:
        return signoff_forms.PassOpinion(formdata=None), forms.OutsidePassForm(formdata=None)
    return forms.SignOpinion(formdata=None), forms.OutsideSignForm(formdata=None)


def _holes(minutes: Minutes) -> dict[str, tuple[str, Hole]]:
    """What an outside platform is to sign, by the word in the address, with its name; empty before it is prepared."""
    papers_ = [("sheet", "审签单", minutes.sheet.document)]
    if minutes.is_to_sign:
        papers_.append(("minutes", "纪要", minutes.document))
    found = {key: (name, hole) for key, name, one in papers_ if one and (hole := persons.hole_of(one))}
    return found if len(found) == len(papers_) else {}


@bp.post("/minutes/<model:minutes>/outside/preparation")
@_signs_outside
def prepare_outside(minutes: Minutes) -> ResponseReturnValue:
    """写好意见，准备待签数据。"""
    form = signoff_forms.PassOpinion() if minutes.is_reviewed else forms.SignOpinion()
    if form.ready() and form.attempt(operations.prepare_outside, minutes, form.text.data or "", by=me()) is not None:
        return responses.done(url_for("minutes.outside", minutes=minutes.id), "待签数据已备好。")
    return _outside_page(minutes, form)


@bp.get("/minutes/<model:minutes>/outside/<string:of>/<string:part>")
@_signs_outside
def fetch_outside(minutes: Minutes, of: str, part: str) -> ResponseReturnValue:
    """下载审签单或纪要的待签数据，或它的摘要。"""
    found = _holes(minutes).get(of)
    if found is None or part not in ("data", "digest"):
        raise Refused("还没有准备待签数据，请先点“准备待签数据”。")
    called, hole = found
    name = f"{minutes.title}-{called}-{'待签数据.bin' if part == 'data' else '摘要.sha256'}"
    return responses.download(hole.covered if part == "data" else hole.digest, name, "application/octet-stream")


@bp.post("/minutes/<model:minutes>/outside/signature")
@_signs_outside
def sign_outside(minutes: Minutes) -> ResponseReturnValue:
    """交回外部平台的签名。"""
    form = forms.OutsidePassForm() if minutes.is_reviewed else forms.OutsideSignForm()
    if form.ready():
        cms = [field.data.stream.read(MOST_CMS) for field in form.signatures]
        if form.attempt(_signed_outside, minutes, cms, form.seen) is not None:
            return responses.done(url(minutes), "签名已核对并嵌入。")
    return _outside_page(minutes, form)


def _signed_outside(minutes: Minutes, cms: Sequence[bytes], read: int | None) -> Minutes:
    """Check what was brought while nobody waits, as in `_signed`."""
    acting = operations.begin_outside(minutes, cms, by=me())
    with once.released():
        acted = acting.made()
    return operations.sign_outside(minutes, acted, read, by=me())


@bp.route("/series/<model:series>/signing", methods=["GET", "POST"])
@requires(see_series, rules.set_signing)
def set_signing(series: MeetingSeries) -> ResponseReturnValue:
    """一个例会的纪要怎样签署。"""
    signing = queries.signing_of(series.id)
    form = forms.SigningForm(thing=signing)
    further = [one.user_id for one in signing.further] if signing else []
    form.offer(people_to_choose(further))
    if not form.is_submitted():
        for field, number in zip(form.further, further, strict=False):
            field.data = number
    if form.ready() and form.attempt(
        signers.set_signing, series, form.chosen(), visible=form.visible.data, sealed=form.sealed.data, by=me()
    ) is not None:  # fmt: skip
        return responses.done(url_for("meetings.show_series", series=series.id), "签署设置已保存。")
    page = url_for("meetings.show_series", series=series.id)
    trail = [("例会一览", url_for("meetings.all_series")), (series.name, page), ("签署设置", "")]
    hint = "会签人按顺序先签，签发人最后签；对以后排版的纪要起作用。"
    return responses.show(
        "act.html", form=form, title="签署设置", word="保存", hint=hint, about=series.name, trail=trail
    )
