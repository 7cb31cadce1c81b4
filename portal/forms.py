"""What people type: one base form, fields that read Chinese dates and refuse what no reader could see."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, time
from typing import Any, TypeVar

from flask import request
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    IntegerField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    widgets,
)
from wtforms.fields.choices import Choice as Option
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from portal import clock, deadlines
from portal.database import LARGEST_ID, db
from portal.errors import Refused, Stale
from portal.pages import request_id

LONGEST_LINE = 200
LONGEST_TEXT = 100_000
# bidirectional overrides, zero-width characters and the byte-order mark: nobody can see them, nobody means them
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\u00ad]")
Answer = TypeVar("Answer")


def clean_line(text: str | None) -> str:
    """One line of typed text: invisible and control characters gone, every blank a plain one, trimmed."""
    kept = clean_text(text)
    return re.sub(r"\s+", " ", kept).strip()


def clean_text(text: str | None) -> str:
    """Typed text of many lines: plain newlines, invisible and control characters and lone surrogates gone, trimmed."""
    kept = _INVISIBLE.sub("", unicodedata.normalize("NFC", (text or "").replace("\r\n", "\n").replace("\r", "\n")))
    kept = "".join(c for c in kept if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})
    return "\n".join(line.rstrip() for line in kept.split("\n")).strip("\n").strip()


class Required(InputRequired):
    """The field must be filled, not with blanks."""

    def __init__(self, message: str = "请填写这一项。") -> None:
        super().__init__(message)

    def __call__(self, form: Any, field: Field) -> None:
        typed = any(str(one).strip() for one in field.raw_data or ())
        read = field.data.strip() if isinstance(field.data, str) else field.data is not None
        if typed and (read or field.errors):  # what was typed and could not be read has its own sentence already
            return
        field.errors[:] = []
        from wtforms.validators import StopValidation

        raise StopValidation(self.message)


def _checks(required: bool, *more: Any) -> list[Any]:
    return [Required() if required else Optional(), *more]


class Line(StringField):
    """One line of text, 200 characters at most unless said otherwise."""

    def __init__(self, label: str, *, required: bool = True, longest: int = LONGEST_LINE, **more: Any) -> None:
        limit = Length(max=longest, message=f"请不要超过 {longest} 个字。")
        more.setdefault("render_kw", {}).setdefault("maxlength", longest)
        super().__init__(label, _checks(required, limit, *more.pop("validators", [])), filters=[clean_line], **more)


class Paragraphs(TextAreaField):
    """Text of many lines."""

    def __init__(self, label: str, *, required: bool = True, longest: int = LONGEST_TEXT, **more: Any) -> None:
        limit = Length(max=longest, message=f"请不要超过 {longest} 个字。")
        super().__init__(label, _checks(required, limit), filters=[clean_text], **more)


class _Typed(StringField):
    """A field whose text is read into a value; what was typed stays typed when it cannot be read."""

    refusal = ""

    def __init__(self, label: str, *, required: bool = True, **more: Any) -> None:
        super().__init__(label, _checks(required), **more)

    def read(self, text: str) -> Any:
        """The value of a text, or ValueError."""
        raise ValueError(text)

    def write(self, value: Any) -> str:
        """The text of a value."""
        return str(value)

    def process_formdata(self, valuelist: list[str]) -> None:
        text = clean_line(valuelist[0]) if valuelist else ""
        self.data = None
        if text:
            try:
                self.data = self.read(text)
            except ValueError:
                raise ValidationError(self.refusal) from None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return self.write(self.data) if self.data is not None else ""


class Day(_Typed):
    """A calendar day, typed in any of the usual ways."""

    widget = widgets.DateInput()
    refusal = "请填写正确的日期，例如 2026-11-23 或 2026年11月23日。"

    def read(self, text: str) -> date:
        return clock.parse_day(text)

    def write(self, value: Any) -> str:
        return str(value.isoformat())

    def _value(self) -> str:
        # a date input shows nothing but ISO, so give it that wherever the text could be read
        return self.data.isoformat() if self.data is not None else super()._value()


class Deadline(Day):
    """A day until when something is to be done, typed as a date or in words: 下周三前, 月底前, 三个工作日内."""

    widget = widgets.TextInput()
    refusal = "请写明日期，例如 12月5日前、下周三前、月底前、三个工作日内。"
    why = ""  # how the words were understood, for the page to say

    def read(self, text: str) -> date:
        try:
            return super().read(text)
        except ValueError:
            reading = deadlines.read(text, clock.today())
        if reading is None:
            raise ValueError(text)
        self.why = reading.why
        return reading.day

    def write(self, value: Any) -> str:
        return clock.zh_date(value)

    def _value(self) -> str:
        return self.write(self.data) if self.data is not None else super()._value()


class Clock(_Typed):
    """A time of day, typed in any of the usual ways."""

    widget = widgets.TimeInput()
    refusal = "请填写 24 小时制的时间，例如 09:30。"

    def read(self, text: str) -> time:
        return clock.parse_time(text)

    def write(self, value: Any) -> str:
        return clock.hm(value)

    def _value(self) -> str:
        return clock.hm(self.data) if self.data is not None else super()._value()


class Whole(IntegerField):
    """A whole number within limits; full-width digits are read too."""

    def __init__(self, label: str, *, lowest: int, highest: int, required: bool = True, **more: Any) -> None:
        limits = NumberRange(lowest, highest, f"请填写 {lowest} 到 {highest} 之间的整数。")
        super().__init__(label, _checks(required, limits), **more)

    def process_formdata(self, valuelist: list[str]) -> None:
        text = unicodedata.normalize("NFKC", valuelist[0]).strip() if valuelist else ""
        self.data = None
        if text:
            if not re.fullmatch(r"-?\d{1,9}", text):
                raise ValidationError("请填写整数。")
            self.data = int(text)


def _one_of(rows: Sequence[Any], name: Callable[[Any], str]) -> list[tuple[str, str]]:
    return [(str(row.id), name(row)) for row in rows]


class OneOf(SelectField):
    """One thing out of rows that are handed in when the form is made (`offer`); its data is the thing's id or None."""

    def __init__(self, label: str, *, required: bool = True, blank: str = "请选择", **more: Any) -> None:
        self.blank = blank
        super().__init__(
            label, [Required("请选择一项。")] if required else [Optional()], coerce=_number, choices=[], **more
        )

    def offer(self, rows: Sequence[Any], name: Callable[[Any], str] = str) -> None:
        """Say which rows can be chosen and how they are named."""
        self.choices = [("", self.blank), *_one_of(rows, name)]

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValidationError("请从列表中选择一项。") from None

    def pre_validate(self, form: Any) -> None:
        if self.data is not None and str(self.data) not in {key for key, _ in self.choices}:
            raise ValidationError("请从列表中选择一项。")

    def iter_choices(self) -> Any:
        for value, label in self.choices:
            yield Option(value, label, value == ("" if self.data is None else str(self.data)), {})


class SomeOf(SelectMultipleField):
    """Some of the rows that are handed in; its data is a list of ids. Drawn as a list of boxes to tick."""

    widget = widgets.ListWidget(prefix_label=False)
    option_widget = widgets.CheckboxInput()

    def __init__(self, label: str, *, required: bool = False, **more: Any) -> None:
        super().__init__(
            label, [Required("请至少选择一项。")] if required else [Optional()], coerce=_number, choices=[], **more
        )

    def offer(self, rows: Sequence[Any], name: Callable[[Any], str] = str) -> None:
        """Say which rows can be chosen and how they are named."""
        self.choices = _one_of(rows, name)

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValidationError("请从列表中选择。") from None
        self.data: list[Any] = list(dict.fromkeys(self.data or ()))

    def pre_validate(self, form: Any) -> None:
        known = {key for key, _ in self.choices}
        if any(str(one) not in known for one in self.data or ()):
            raise ValidationError("请从列表中选择。")

    def iter_choices(self) -> Any:
        chosen = {str(one) for one in self.data or ()}
        for value, label in self.choices:
            yield Option(value, label, value in chosen, {})


class Choice(SelectField):
    """One of a fixed set: the members of an enum with labels, or pairs; its data is the member or the key."""

    def __init__(self, label: str, options: Any, *, required: bool = True, **more: Any) -> None:
        pairs = options if isinstance(options, list) else [(one.value, one.label) for one in options]
        kind = None if isinstance(options, list) else options
        if not required:
            pairs = [("", "不限"), *pairs]
        self.kind = kind
        super().__init__(
            label, [Required("请选择一项。")] if required else [Optional()], coerce=self._read, choices=[], **more
        )
        self.choices = pairs

    def _read(self, value: Any) -> Any:
        if value in (None, "") or self.kind is None or isinstance(value, self.kind):
            return value or None
        return self.kind(value)

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValidationError("请从列表中选择一项。") from None

    def pre_validate(self, form: Any) -> None:
        key = getattr(self.data, "value", self.data)
        if key is not None and key not in {value for value, _ in self.choices}:
            raise ValidationError("请从列表中选择一项。")

    def iter_choices(self) -> Any:
        key = getattr(self.data, "value", self.data) or ""
        for value, label in self.choices:
            yield Option(value, label, value == key, {})


class Tick(BooleanField):
    """A box to tick."""

    def __init__(self, label: str, *, required: str = "", **more: Any) -> None:
        super().__init__(label, [InputRequired(required)] if required else [], **more)


class Secret(PasswordField):
    """A password or signing PIN: never cleaned, never shown again."""

    def __init__(self, label: str, *, shortest: int = 1, **more: Any) -> None:
        limits = Length(shortest, 200, f"至少 {shortest} 位。" if shortest > 1 else "请填写这一项。")
        super().__init__(label, [Required(), limits], **more)


class Upload(Field):
    """A file to upload; its data is werkzeug's FileStorage or None."""

    widget = widgets.FileInput()

    def __init__(self, label: str, *, required: bool = True, accept: str = "", **more: Any) -> None:
        more.setdefault("render_kw", {})["accept"] = accept
        super().__init__(label, [], **more)
        self.flags.required = required
        self.is_required = required

    def process_formdata(self, valuelist: list[Any]) -> None:
        chosen = next((one for one in valuelist if getattr(one, "filename", "")), None)
        self.data = chosen

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if self.is_required and self.data is None:
            raise ValidationError("请选择要上传的文件。")

    def _value(self) -> bool:
        return False


def _number(value: Any) -> int | None:
    if value in (None, "", "None"):
        return None
    text = str(value)
    if not re.fullmatch(r"[0-9]{1,10}", text) or not 0 < int(text) <= LARGEST_ID:
        raise ValidationError("请从列表中选择一项。")
    return int(text)


class Form(FlaskForm):
    """The form every form is made from: CSRF, a one-time id against double posts, the version it was opened on."""

    once = HiddenField()
    version = HiddenField()

    class Meta:
        """Chinese messages; the token is checked at the gate for every write."""

        locales = ("zh_CN", "zh")

    def __init__(self, *arguments: Any, thing: Any = None, **more: Any) -> None:
        """`thing` fills the fields whose names it has, and its version."""
        super().__init__(*arguments, obj=thing, **more)
        self.refusals: list[str] = []
        self.status: int | None = None
        if not self.is_submitted() or not self.once.data:
            self.once.data = request_id()

    @property
    def seen(self) -> int | None:
        """The version of the thing this form was opened on."""
        text = self.version.data or ""
        return int(text) if re.fullmatch(r"[0-9]{1,9}", str(text)) else None

    def ready(self) -> bool:
        """Whether the form was posted and its shape is right; a wrong one makes the answer a 422."""
        if not self.is_submitted():
            return False
        if self.validate():
            return True
        self.status = 422
        return False

    def attempt(self, deed: Callable[..., Answer], *arguments: Any, **more: Any) -> Answer | None:
        """Do the deed; a refusal is shown on the form, with what was typed, and nothing is half-saved."""
        try:
            return deed(*arguments, **more)
        except Stale:
            raise
        except Refused as refusal:
            db.session.rollback()
            self.refusals.append(str(refusal))
            self.status = refusal.status
            return None


class Empty(Form):
    """A form without fields: a button."""


class Why(Form):
    """A form with a reason that must be given."""

    why = Paragraphs("理由", longest=2000)


def posted_ids(name: str) -> list[int]:
    """The ids a list was posted with, in their order; anything that is no id is left out."""
    return _ids(request.form.getlist(name))


def ticked_ids(name: str) -> list[int]:
    """The ids of what was ticked in a list, each once, whether the form was sent by address or posted."""
    return list(dict.fromkeys(_ids(request.values.getlist(name))))


def _ids(typed: list[str]) -> list[int]:
    return [int(text) for text in typed if re.fullmatch(r"[0-9]{1,10}", text) and int(text) <= LARGEST_ID]
