"""How staff log in. Nothing here depends on the environment."""

AUTH_USER_MODEL = "staff.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_HASHERS = ["staff.hashers.LowPriorityPBKDF2PasswordHasher"]
SESSION_COOKIE_AGE = 60 * 60 * 12  # seconds: a working day
SESSION_ENGINE = "staff.sessions"  # counts SESSION_COOKIE_AGE from the login
TWO_STEP_LOGIN = True  # required of users who can do more than write drafts
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_REDIRECT_URL = "wagtailadmin_home"
WAGTAILADMIN_LOGIN_URL = WAGTAIL_FRONTEND_LOGIN_URL = LOGIN_URL = "account_login"
ACCOUNT_ADAPTER = "staff.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
# Sessions last SESSION_COOKIE_AGE; there is no “remember me” checkbox.
ACCOUNT_SESSION_REMEMBER = True
# With True, the CMS and the login page would redirect users without access back and forth.
ACCOUNT_AUTHENTICATED_LOGIN_REDIRECTS = False
# How long a fresh proof lasts. Pages that change logins, users or groups ask for one.
FRESH_PROOF_SECONDS = 5 * 60
# allauth itself would accept the password or the second step alone. With 0, only
# staff/adapters.py decides.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
# These limits count per account or email address. None turns off a limit of allauth that counts
# per IP address, because PasswordRateLimitMiddleware limits the requests of each sender. allauth's
# other rate limits are for views that have no URL on this site (staff/urls.py).
ACCOUNT_RATE_LIMITS = {
    "login": None,
    "login_failed": "5/5m/key",
    "reauthenticate": "10/m/user",
    "reset_password": "2/15m/key",  # emails to one address
}
MFA_RATE_LIMITS = {"webauthn_login": None}
MFA_ADAPTER = "staff.adapters.TwoFactorAdapter"
MFA_FORMS = {
    "activate_totp": "staff.forms.AppForm",
    "add_webauthn": "staff.forms.PasskeyForm",
    "authenticate": "staff.forms.LogInByCodeForm",
    "authenticate_webauthn": "staff.forms.SecondStepByPasskeyForm",
    "login_webauthn": "staff.forms.LogInByPasskeyForm",
    "reauthenticate_webauthn": "staff.forms.ConfirmByPasskeyForm",
}
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # staff need no email address
MFA_RECOVERY_CODES_SHOW_ONCE = True
# Our own pages for the password and the email address (staff/views.py) ask for password and second
# step again after FRESH_PROOF_SECONDS. Wagtail's account page does not.
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAILADMIN_USER_PASSWORD_RESET_FORM = "staff.forms.PasswordResetForm"
