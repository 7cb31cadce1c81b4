"""Which of an old ledger's columns is what."""

import re
import unicodedata
from itertools import zip_longest

from portal.errors import Unreadable
from portal.files.tables import Table

HEADS: dict[str, tuple[str, str]] = {  # what a column is: its word on screen, what old ledgers call it
    "title": ("事项", "事项 交办事项 督办事项 议定事项 任务 任务名称 工作任务 重点工作 事项名称 工作事项"),
    "text": ("具体要求", "具体要求 工作要求 要求 内容 工作内容 任务内容 事项内容 目标要求"),
    "evidence": ("佐证材料", "佐证材料 办结凭证 办结标准 完成标准"),
    "lead": ("牵头单位", "牵头单位 责任单位 承办单位 主办单位 牵头部门 责任部门 承办部门 主责单位 牵头"),
    "person": ("承办人", "承办人 责任人 负责人 经办人 承办人员 具体责任人"),
    "support": ("配合单位", "配合单位 协办单位 配合部门 协办部门 参与单位 配合"),
    "assigned": ("交办日期", "交办日期 交办时间 下达时间 下达日期 议定日期 会议日期"),
    "due": ("时限", "现在时限 时限 办理时限 完成时限 办结时限 截止日期 完成期限 办理期限 要求完成时间 计划完成时间"),
    "original": ("原定时限", "原定时限"),
    "state": ("状态", "状态 办理状态 当前状态 是否办结 是否完成 完成状态"),
    "progress": ("最新进展", "最新进展 进展 进展情况 办理进展 办理情况 完成情况 工作进展 落实情况"),
    "closed": ("销号日期", "销号时间 销号日期 办结时间 办结日期 完成时间 完成日期"),
    "number": ("原编号", "编号 事项编号 交办编号 原编号"),
}
_FIELDS = {word: name for name, (_, words) in HEADS.items() for word in words.split()}
NEEDED = ("title", "due")

LOOKED_AT = 20  # the rows in which a head may stand


def find_head(table: Table) -> tuple[int, dict[str, int], list[tuple[str, str, str]]]:
    """How many rows stand above the tasks, and which column is what; one head row or two, whichever says more."""
    best: dict[str, int] = {}
    rows: Table = []
    below = 0
    for top in range(min(LOOKED_AT, len(table))):
        for bottom in (top + 1, top + 2):
            places = _places(table[top:bottom])
            if len(places) > len(best):
                best, rows, below = places, table[top:bottom], bottom
    if missing := [HEADS[name][0] for name in NEEDED if name not in best]:
        raise Unreadable(f"没有找到“{'”和“'.join(missing)}”这一列。请在表头写明各列的名称后重新上传。")
    words = {at: name for name, at in best.items()}
    columns = [
        (_letter(at), head, HEADS[words[at]][0] if at in words else "") for at, head in enumerate(_heads(rows)) if head
    ]
    return below, best, columns


def _heads(rows: Table) -> list[str]:
    """What stands over each column: the lower head row where it says something, else the upper."""
    return [next(filter(None, reversed(column)), "") for column in zip_longest(*rows)]


def _places(heads: Table) -> dict[str, int]:
    """Where each column stands; the lower head row is asked first."""
    places: dict[str, int] = {}
    for at in range(max(len(row) for row in heads)):
        names = (_FIELDS.get(plain(row[at])) for row in reversed(heads) if at < len(row))
        name = next((one for one in names if one), None)
        if name:
            places.setdefault(name, at)
    return places


def _letter(at: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(at + 1))


def plain(text: str) -> str:
    """A head or a name without blanks, marks and what stands in brackets."""
    text = re.sub(r"[（(].*?[）)]", "", unicodedata.normalize("NFKC", text))
    return re.sub(r"[\s:：*、]+", "", text)
