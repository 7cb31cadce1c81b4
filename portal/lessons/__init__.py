"""Courses as they are given at meetings: their schedule, reminders, study hours and feedback."""
