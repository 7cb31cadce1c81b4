"""Routes of the listeners' feedback."""

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.courses.models.courses import Course
from portal.courses.rules import see
from portal.lessons import rules
from portal.lessons.blueprint import bp
from portal.lessons.feedback import forms, operations, queries
from portal.web import responses
from portal.web.guards import requires


@bp.route("/courses/<model:course>/feedback", methods=["GET", "POST"])
@requires(see, rules.give_feedback)
def give_feedback(course: Course) -> ResponseReturnValue:
    """听课反馈。"""
    form = forms.FeedbackForm()
    answered = queries.has_answered(current_user, course)
    if form.ready():
        marks = int(form.useful.data), int(form.clear.data)
        operations.give_feedback(course, *marks, form.wish.data or "", by=current_user)
        return responses.done(url_for("courses.show", course=course.id), "谢谢您的反馈。")
    return responses.show("lessons/feedback/feedback.html", form=form, course=course, answered=answered)


@bp.route("/courses/<model:course>/opinions")
@requires(see, rules.read_feedback)
def opinions(course: Course) -> ResponseReturnValue:
    """听课反馈的结果。"""
    return responses.show(
        "lessons/feedback/opinions.html",
        course=course,
        opinions=queries.opinions_of(course),
        marks=forms.MARKS,
        fewest=queries.FEWEST,
    )
