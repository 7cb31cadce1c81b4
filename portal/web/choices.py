"""The fields people choose from: things out of rows, or the members of an enum."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from wtforms import SelectField, SelectMultipleField, widgets
from wtforms.fields.choices import Choice as Option
from wtforms.validators import Optional, ValidationError

from portal.db.engine import LARGEST_ID
from portal.web.fields import Required


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


def _number(value: Any) -> int | None:
    if value in (None, "", "None"):
        return None
    text = str(value)
    if not re.fullmatch(r"[0-9]{1,10}", text) or not 0 < int(text) <= LARGEST_ID:
        raise ValidationError("请从列表中选择一项。")
    return int(text)
