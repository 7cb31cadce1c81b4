"""Operations on the pages of slides: conversion into pictures, and comparisons of versions."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.courses.materials import comparing, queries
from portal.courses.materials.operations import let_slides_be_found
from portal.courses.models.materials import (
    ConversionState,
    MaterialComparison,
    MaterialPage,
    MaterialVersion,
    has_not_failed,
)
from portal.db import clock, journal
from portal.db.engine import db
from portal.errors import Refused
from portal.files import store
from portal.inbox.operations import notify
from portal.jobs import due as jobs_due
from portal.people.models.accounts import User

MOST_COMPARED = 6  # versions before a new one


@dataclass(frozen=True)
class KeptPage:
    """A page whose pictures lie in the store already; no row names them yet."""

    number: int
    picture: tuple[str, int]
    thumbnail: tuple[str, int]
    width: int
    height: int
    text: str


def add_page(session: Session, version_id: int, page: KeptPage) -> None:
    """登记刚生成的一页；其余的还在生成。"""
    name = f"{version_id}-{page.number}.webp"
    session.add(
        MaterialPage(
            version_id=version_id, number=page.number, file=_picture(page.picture, name),
            thumbnail=_picture(page.thumbnail, name), width=page.width, height=page.height, text=page.text,
        )
    )  # fmt: skip


def finish_conversion(version: MaterialVersion, pages: int, fonts: Sequence[str] = ()) -> MaterialVersion:
    """登记预览页面已经全部生成，以及哪些字体用了代替的。"""
    version.conversion, version.fonts = ConversionState.ready, list(fonts)
    version.pages_done = version.pages_total = pages
    journal.record(None, "courses.convert", version.material, "生成预览", version=version.number, pages=pages)
    let_slides_be_found(version.material)
    _owe_comparisons(version)
    return version


def _owe_comparisons(version: MaterialVersion) -> None:
    """Let the new version be compared with those before it."""
    before = [one for one in version.material.versions if one.number < version.number and one.can_be_seen]
    for older in before[-MOST_COMPARED:]:
        if queries.comparison(version, older) is None:
            db.session.add(MaterialComparison(newer=version, older=older))
    db.session.flush()


def finish_comparison(comparison: MaterialComparison, rows: Sequence[comparing.Row]) -> MaterialComparison:
    """登记两版课件逐页对照的结果。"""
    comparison.rows, comparison.made_at = [row.as_facts() for row in rows], clock.now()
    db.session.flush()
    return comparison


def fail_conversion(version: MaterialVersion, sentence: str) -> MaterialVersion:
    """登记预览生成失败的原因，并告知提交人；原文件不受影响。"""
    _drop_pages(version)
    version.conversion, version.failure = ConversionState.failed, sentence
    journal.record(
        None, "courses.fail_conversion", version.material, "预览生成失败", why=sentence, version=version.number
    )
    notify([version.uploaded_by], f"{version}无法生成预览", f"/materials/versions/{version.id}", body=sentence)
    db.session.flush()
    return version


def retry_conversion(version: MaterialVersion, *, by: User) -> MaterialVersion:
    """重新生成预览。"""
    if obstacle := has_not_failed(version):
        raise Refused(obstacle)
    journal.record(by, "courses.retry_conversion", version.material, "重新生成预览", version=version.number)
    _drop_pages(version)
    version.conversion, version.failure = ConversionState.waiting, ""
    version.pages_done = version.pages_total = 0
    db.session.flush()
    jobs_due.try_again(version)
    return version


def _drop_pages(version: MaterialVersion) -> None:
    """Half a preview would look like a whole one."""
    pairs = sa.or_(MaterialComparison.newer_id == version.id, MaterialComparison.older_id == version.id)
    db.session.execute(sa.delete(MaterialComparison).where(pairs))
    db.session.execute(sa.delete(MaterialPage).where(MaterialPage.version_id == version.id))


def _picture(kept: tuple[str, int], name: str) -> store.StoredFile:
    sha, size = kept
    return store.StoredFile(
        sha256=sha, name=store.clean_name(name), media_type="image/webp", size=size, uploaded_at=clock.now()
    )
