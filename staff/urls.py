"""Login URLs. Only the allauth views that staff need: no signup, no email management."""

from allauth.account.views import LoginView
from allauth.mfa.base.views import authenticate, index
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.conf import settings
from django.urls import path, reverse_lazy
from django.views.generic import RedirectView, TemplateView

from staff import confirmation
from staff.current_account import change_of_current_account
from staff.views import PasskeyLogInView

# dpa_site/urls.py uses this in place of Wagtail's login views, because those have no second factor
# and no lockout.
redirect_to_login = RedirectView.as_view(pattern_name="account_login", query_string=True)

login = LoginView.as_view(
    extra_context={"can_reset_password": settings.WAGTAIL_PASSWORD_RESET_ENABLED}
)
ready = TemplateView.as_view(template_name="staff/ready.html")

add_app = change_of_current_account(totp.activate_totp)
remove_app = change_of_current_account(totp.deactivate_totp)
add_passkey = change_of_current_account(webauthn.add_webauthn)
remove_passkey = change_of_current_account(
    webauthn.RemoveWebAuthnView.as_view(success_url=reverse_lazy("mfa_index"))
)
make_codes = change_of_current_account(recovery_codes.generate_recovery_codes)

urlpatterns = [
    path("login/", login, name="account_login"),
    path("login/passkey/", PasskeyLogInView.as_view(), name="mfa_login_webauthn"),
    path("login/second-step/", authenticate, name="mfa_authenticate"),
    path("confirm/", confirmation.password, name="account_reauthenticate"),
    path("confirm/code/", confirmation.code, name="mfa_reauthenticate"),
    path("confirm/passkey/", confirmation.passkey, name="mfa_reauthenticate_webauthn"),
    path("ready/", ready, name="staff_ready"),
    path("second-step/", index, name="mfa_index"),
    path("second-step/app/add/", add_app, name="mfa_activate_totp"),
    path(
        "second-step/app/remove/",
        remove_app,
        name="mfa_deactivate_totp",
    ),
    path("second-step/passkey/add/", add_passkey, name="mfa_add_webauthn"),
    path(
        "second-step/passkey/<int:pk>/remove/",
        remove_passkey,
        name="mfa_remove_webauthn",
    ),
    path(
        "second-step/recovery-codes/",
        recovery_codes.view_recovery_codes,
        name="mfa_view_recovery_codes",
    ),
    path("second-step/recovery-codes/new/", make_codes, name="mfa_generate_recovery_codes"),
]
