from django.urls import path

from stories import views

urlpatterns = [
    path("story/", views.send_story, name="send_story"),
    path("received/", views.story_received, name="story_received"),
]
