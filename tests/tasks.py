"""Wagtail's background tasks in tests."""

from typing import Any

from django_tasks import TaskResult
from django_tasks.backends.dummy import DummyBackend
from django_tasks.backends.immediate import ImmediateBackend
from django_tasks.base import Task

INDEXING = "insert_or_update_object_task"


class TestBackend(ImmediateBackend):
    """Runs tasks immediately, but skips updates of the CMS search index because they are slow.

    These updates run only in tests with the fixture `cms_search` or with the starter content, and
    while a template database is filled.
    """

    is_indexing = True

    def enqueue(self, task: Task, args: Any, kwargs: Any) -> TaskResult:
        if task.name == INDEXING and not self.is_indexing:
            return DummyBackend(self.alias, {"QUEUES": []}).enqueue(task, args, kwargs)
        return super().enqueue(task, args, kwargs)
