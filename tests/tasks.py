"""How tests run Wagtail's background tasks."""

from typing import Any

from django_tasks import TaskResult
from django_tasks.backends.dummy import DummyBackend
from django_tasks.backends.immediate import ImmediateBackend
from django_tasks.base import Task

INDEXING = "insert_or_update_object_task"


class TestBackend(ImmediateBackend):
    """Runs tasks at once, but for the one that keeps the search of the CMS up to date: it is slow.

    The fixture `cms_search` turns it on; it is on while content is made, and in the browser.
    """

    is_indexing = True

    def enqueue(self, task: Task, args: Any, kwargs: Any) -> TaskResult:
        if task.name == INDEXING and not self.is_indexing:
            return DummyBackend(self.alias, {"QUEUES": []}).enqueue(task, args, kwargs)
        return super().enqueue(task, args, kwargs)
