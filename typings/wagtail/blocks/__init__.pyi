# Wagtail re-exports the names of field_block at run time, which a type checker cannot follow.
from .base import *
from .field_block import BlockQuoteBlock as BlockQuoteBlock
from .field_block import BooleanBlock as BooleanBlock
from .field_block import CharBlock as CharBlock
from .field_block import ChoiceBlock as ChoiceBlock
from .field_block import ChooserBlock as ChooserBlock
from .field_block import DateBlock as DateBlock
from .field_block import DateTimeBlock as DateTimeBlock
from .field_block import DecimalBlock as DecimalBlock
from .field_block import EmailBlock as EmailBlock
from .field_block import FieldBlock as FieldBlock
from .field_block import FloatBlock as FloatBlock
from .field_block import IntegerBlock as IntegerBlock
from .field_block import MultipleChoiceBlock as MultipleChoiceBlock
from .field_block import PageChooserBlock as PageChooserBlock
from .field_block import RegexBlock as RegexBlock
from .field_block import RichTextBlock as RichTextBlock
from .field_block import TextBlock as TextBlock
from .field_block import TimeBlock as TimeBlock
from .field_block import URLBlock as URLBlock
from .list_block import *
from .static_block import *
from .stream_block import *
from .struct_block import *
