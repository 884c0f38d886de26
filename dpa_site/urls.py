from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.admin.auth import require_admin_access
from wagtail.contrib.sitemaps.views import sitemap
from wagtail.documents import urls as wagtaildocs_urls
from wagtail.utils.urlpatterns import decorate_urlpatterns

from cms.link_chooser import ExternalLinkView
from dpa_site.assets.media import cms_rendition, rendition
from dpa_site.devtools import pattern_library
from dpa_site.middleware.body_limit import may_upload
from editorial.lost_answers import ping_session
from editorial.publishing.approval_messages import WorkflowAction
from editorial.publishing.creation import CreateView
from editorial.publishing.unpublish import Unpublish
from editorial.sharing.views import shared_draft
from mission import views
from mission.sitemap import PublicPages
from search.views import search
from staff.current_account import change_of_accounts
from staff.urls import redirect_to_login
from staff.views import AccountView, PasswordResetConfirmView

style_page = [
    path("-/style/", pattern_library.style),
    path("-/style/form/<slug:state>/", pattern_library.form),
    path("-/style/error/<int:status>/", pattern_library.error),
    path("-/style/issues/<int:count>/", pattern_library.issue_areas),
]
# Views in place of Wagtail's, and `cms_rendition`. Their 404 page is that of the CMS.
replaced_views = [
    path("admin/login/", redirect_to_login),
    path("admin/account/", require_admin_access(AccountView.as_view())),
    path("admin/password_reset/confirm/<uidb64>/<token>/", PasswordResetConfirmView.as_view()),
    path("admin/pages/<int:page_id>/unpublish/", require_admin_access(Unpublish.as_view())),
    path(
        "admin/pages/workflow/action/<int:page_id>/<slug:action_name>/<int:task_state_id>/",
        require_admin_access(WorkflowAction.as_view()),
    ),
    path(
        "admin/pages/add/<slug:content_type_app_name>/<slug:content_type_model_name>/"
        "<int:parent_page_id>/",
        require_admin_access(CreateView.as_view()),
    ),
    path(
        "admin/editing-sessions/ping/<str:app_label>/<str:model_name>/<str:object_id>/"
        "<int:session_id>/",
        require_admin_access(ping_session),
    ),
    path("admin/choose-external-link/", require_admin_access(ExternalLinkView.as_view())),
    path("admin/pictures/<int:pk>/", require_admin_access(cms_rendition), name="cms_rendition"),
    # Wagtail's form for one picture does not offer to use a stored duplicate, so its URL redirects
    # to the form for several pictures.
    path(
        "admin/images/add/",
        RedirectView.as_view(pattern_name="wagtailimages:add_multiple", query_string=True),
    ),
]
urlpatterns = [
    *(style_page if settings.STYLE_PAGE else ()),
    path("account/", include("staff.urls")),
    *decorate_urlpatterns(replaced_views, wagtailadmin_urls.display_custom_404),
    path(
        "admin/", include(decorate_urlpatterns(wagtailadmin_urls.urlpatterns, change_of_accounts))
    ),
    path("documents/", include(wagtaildocs_urls)),
    path("media/images/<str:name>", rendition, name="rendition"),
    path("-/draft/<str:token>/", shared_draft, name="shared_draft"),
    path("-/may-upload/", may_upload, name="may_upload"),
    path("-/save/<int:pk>/", views.download_offline_copy, name="offline_copy"),
    path("sitemap.xml", sitemap, {"sitemaps": {"pages": PublicPages}}, name="sitemap"),
    path("robots.txt", views.robots, name="robots"),
    path("favicon.ico", views.favicon),
    path("manifest.webmanifest", views.manifest, name="manifest"),
    path(".well-known/security.txt", views.security, name="security"),
    *i18n_patterns(
        path("search/", search, name="search"),
        path("take-part/", include("actions.urls")),
        path("take-part/", include("stories.urls")),
        path("quick-exit/", views.quick_exit, name="quick_exit"),
        path("_util/login/", redirect_to_login),
        *(one for one in wagtail_urls.urlpatterns if one.name != "wagtail_serve"),
        re_path(wagtail_urls.serve_pattern, views.page, name="wagtail_serve"),
        prefix_default_language=False,
    ),
]
