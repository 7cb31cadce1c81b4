"""Whom the officers serve: enterprises and projects, and the problems they report."""
