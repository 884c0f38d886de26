from django.urls import path

from actions import views

urlpatterns = [
    path("mail/", views.check_email, name="check_email"),
    path("thanks/", views.thanks, name="thanks"),
    path("thanks/<uuid:done>/", views.thanks, name="thanks"),
    path("discarded/", views.discarded, name="discarded"),
    path("delete/", views.delete_request, name="delete_request"),
    path("deleted/", views.deleted, name="deleted"),
    path("confirm/<str:token>/", views.confirm, name="confirm"),
    path("delete/<str:token>/", views.delete_confirm, name="delete_confirm"),
]
