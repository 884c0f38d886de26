from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "dpa_site"
