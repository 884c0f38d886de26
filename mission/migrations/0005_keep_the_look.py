"""What readers saw before stays as it was: the footer's pages, and the statement's large words."""

from uuid import uuid4

from django.db import migrations
from wagtail.blocks.migrations.migrate_operation import MigrateStreamData
from wagtail.blocks.migrations.operations import BaseBlockOperation


def keep_footer_pages(apps, schema_editor):
    """The footer listed every page below home; now those beside the menu's are chosen."""
    Page = apps.get_model('wagtailcore', 'Page')
    SiteSettings = apps.get_model('mission', 'SiteSettings')
    for found in SiteSettings.objects.select_related('site__root_page'):
        home = found.site.root_page
        pages = Page.objects.filter(
            path__startswith=home.path,
            depth=home.depth + 1,
            live=True,
            show_in_menus=False,
            content_type__app_label='mission',
            content_type__model='standardpage',
        )
        found.footer_pages = [
            {'type': 'page', 'value': page.pk, 'id': str(uuid4())}
            for page in pages.order_by('path')
        ]
        found.save(update_fields=['footer_pages'])


class SplitStatement(BaseBlockOperation):
    """The sentence this site came with, in the lines in which it was shown.

    Any other sentence stays whole: nobody but its author knows which of its words are the large ones.
    """

    operation_name_fragment = 'split_statement'

    def apply(self, block_value):
        words = block_value.get('statement') or ''
        if words.rstrip('.') != 'We are creating drug policy shaped by love, not war':
            return block_value
        return {
            **block_value,
            'lead_in': 'We are creating drug policy shaped by',
            'statement': 'love,',
            'ending': words.removeprefix('We are creating drug policy shaped by love, '),
        }


class Migration(migrations.Migration):

    dependencies = [
        ('mission', '0004_statement_in_three_lines'),
    ]

    operations = [
        migrations.RunPython(keep_footer_pages, migrations.RunPython.noop),
        MigrateStreamData('mission', 'HomePage', 'sections', [(SplitStatement(), 'statement')]),
    ]
