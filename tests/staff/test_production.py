"""Production settings for login, some of which the test settings turn off."""

from tests.dpa_site.production import GOOD, start


def test_production_requires_two_factor_and_user_verification() -> None:
    names = ("TWO_STEP_LOGIN", "MFA_WEBAUTHN_USER_VERIFICATION", "SESSION_COOKIE_HTTPONLY")
    run = start("".join(f"print(getattr(settings, '{name}', True))\n" for name in names), **GOOD)
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == ["True", "required", "True"]


def test_production_counts_failed_log_ins_in_the_database() -> None:
    run = start("print(settings.CACHES['log_in']['BACKEND'])", **GOOD)
    assert run.stdout.strip() == "staff.failed_log_ins.FailedLogInCache", run.stderr
