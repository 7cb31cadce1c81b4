"""The fields people type into: they read Chinese dates and refuse what no reader could see."""

import re
import unicodedata
from datetime import date, time
from typing import Any

from wtforms import BooleanField, Field, IntegerField, PasswordField, StringField, TextAreaField, widgets
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from portal.db import clock, deadlines

LONGEST_LINE = 200
LONGEST_TEXT = 100_000
# bidirectional overrides, zero-width characters and the byte-order mark: nobody can see them, nobody means them
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\u00ad]")


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
