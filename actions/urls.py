from django.urls import path

from actions import views

urlpatterns = [
    path("mail/", views.look_into_your_mail, name="look_into_your_mail"),
    path("thanks/", views.thanks, name="thanks"),
    path("delete/", views.forget, name="forget"),
    path("deleted/", views.forgotten, name="forgotten"),
    path("confirm/<str:token>/", views.confirm, name="confirm"),
    path("delete/<str:token>/", views.forget_for_good, name="forget_for_good"),
]
