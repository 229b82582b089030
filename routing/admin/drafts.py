"""Further rows of the draft: topics, look-up tables, sources, and examples that test the rulebook."""

from __future__ import annotations

from collections import Counter
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display

from reps.admin_base import DeskInline
from reps.admin_display import NOTHING, badge, moment, person, quiet, span, two_lines
from reps.admin_fields import ListField
from reps.models import Expertise
from routing.admin.base import DraftAdmin, DraftChangeList, ManagedForm, draft_badge
from routing.admin.exports import Exported
from routing.admin.line_fields import FactsField
from routing.engine.folding import fold
from routing.models import Example, LookupRow, LookupTable, Source, Topic
from routing.rulebook.words import value_in_words
from routing.services import manage
from routing.services.manage.errors import row_errors


class Drafted(DraftAdmin):
    """What the lists of these rows share."""

    search_fields: ClassVar[list[str]] = ["name"]

    @display(description="draft")
    def draft(self, row: Any) -> SafeString | str:
        return draft_badge(row.mark)


class TopicForm(ManagedForm):
    keywords = ListField(help_text="Words and phrases that show it, separated by commas: kubernetes, k8s, helm chart.")

    class Meta:
        model = Topic
        fields: ClassVar[list[str]] = []  # the page says which
        help_texts = {
            "name": "What leads can be about and reps can know, such as kubernetes. Case and accents do not count.",
            "about": "What it is, in a sentence, as a customer would tell it. Whatever reads texts reads it; by "
            "keywords, two of its words in a sentence hint at the topic.",
        }


class TopicChangeList(DraftChangeList):
    """Every topic knows how many people know of it."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        experts = Counter(fold(topic) for topic in Expertise.objects.values_list("topic", flat=True))
        for topic in self.result_list:
            topic.experts = experts[fold(topic.name)]


@admin.register(Topic)
class TopicAdmin(Drafted):
    archive = staticmethod(manage.archive_topic)
    archive_argument = "topic"
    form = TopicForm
    list_display = ["name", "shown_by", "known_by", "draft"]
    fields = ["name", "keywords", "about"]
    empty_hint = "Topics are what leads can be about and what reps know. They are found by keywords, or by meaning."
    publishing_note = "Say on the page of a rep what they know of a topic: that is live at once."

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[DraftChangeList]:
        return TopicChangeList

    @display(description="keywords")
    def shown_by(self, topic: Topic) -> str | SafeString:
        return value_in_words(topic.keywords) if topic.keywords else NOTHING

    @display(description="reps who know it")
    def known_by(self, topic: Any) -> str | SafeString:
        return str(topic.experts) if topic.experts else badge("Nobody", "amber", "No rep has this expertise")


class RowFormSet(forms.BaseInlineFormSet):
    """The rows of a table: no two keys that differ only by case or accents."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        kept = [form.instance for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        if errors := row_errors(kept):
            raise ValidationError([text for texts in errors.values() for text in texts])


class RowForm(forms.ModelForm):  # type: ignore[type-arg]  # no subscript at run time
    class Meta:
        model = LookupRow
        fields = ["key", "rep", "pool"]
        help_texts = {
            "key": "The value that is looked up, such as the code of a partner. Case and accents do not count.",
            "rep": "Who gets leads with this key. Empty: the pool beside it.",
            "pool": "Whose members take turns for leads with this key. Empty: the rep beside it.",
        }


class RowInline(DeskInline):
    model = LookupRow
    form = RowForm
    formset = RowFormSet
    autocomplete_fields = ["rep", "pool"]
    verbose_name_plural = "rows"
    tab = False


class TableForm(ManagedForm):
    class Meta:
        model = LookupTable
        fields: ClassVar[list[str]] = []  # the page says which
        help_texts = {"name": "What rules and files call the table, such as Partners."}


@admin.register(LookupTable)
class TableAdmin(Exported, Drafted):
    exports = ("tables",)
    imports = "tables"
    archive = staticmethod(manage.archive_table)
    archive_argument = "table"
    form = TableForm
    list_display = ["name", "row_count", "draft"]
    fields = ["name"]
    inlines = [RowInline]
    empty_hint = "A table leads from a key, such as a partner code, to a rep or a pool. A rule looks up in it."
    publishing_note = "Each row leads to either a rep or a pool."

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).annotate(row_total=Count("rows"))

    @display(description="rows", ordering="row_total")
    def row_count(self, table: Any) -> str | SafeString:
        return str(table.row_total) if table.row_total else badge("No rows", "amber", "It leads nowhere")


class SourceForm(ManagedForm):
    wait_for = ListField(
        lower=True, help_text="Fields that an enrichment fills in a moment later, separated by commas: country."
    )

    class Meta:
        model = Source
        fields: ClassVar[list[str]] = []  # the page says which
        labels = {"wait_seconds": "Wait at most (seconds)"}
        help_texts = {
            "name": "As leads say it in their field source, such as webinar. Case and accents do not count.",
        }


@admin.register(Source)
class SourceAdmin(Drafted):
    archive = staticmethod(manage.archive_source)
    archive_argument = "source"
    form = SourceForm
    list_display = ["name", "waits", "draft"]
    fields = ["name", ("wait_for", "wait_seconds")]
    empty_hint = "A source is where leads come from. Name one here if its leads must wait for an enrichment."
    publishing_note = "Leads of sources that are not named here are routed at once."

    @display(description="waits for")
    def waits(self, source: Source) -> str | SafeString:
        if not source.wait_for:
            return quiet("nothing")
        return two_lines(value_in_words(source.wait_for), f"at most {span(source.wait_seconds)}")


class ExampleForm(ManagedForm):
    lead = FactsField(
        required=True,
        label="Sample lead",
        help_text="One fact a line, as a form would send it: email: mia@globex.de, then country: DE.",
    )

    class Meta:
        model = Example
        fields: ClassVar[list[str]] = []  # the page says which
        labels = {"at": "At the moment", "expected_rep": "Expect the rep", "expected_pool": "or the pool"}
        help_texts = {
            "name": "What it tests, such as: demo from Germany. Publishing names the examples that fail.",
            "expected_rep": "Who must get the sample lead. Empty: the pool beside it.",
            "expected_pool": "Which pool must get it, whoever's turn it is there. Empty: the rep beside it.",
        }


@admin.register(Example)
class ExampleAdmin(Drafted):
    archive = staticmethod(manage.archive_example)
    archive_argument = "example"
    form = ExampleForm
    list_display = ["name", "sample", "expects", "when", "draft"]
    list_select_related = ["expected_rep", "expected_pool"]
    autocomplete_fields = ["expected_rep", "expected_pool"]
    fields = ["name", "lead", ("expected_rep", "expected_pool"), "at"]
    empty_hint = "An example is a sample lead with the rep or pool that it must find. Publishing tries them all."
    publishing_note = "Publishing is refused while an example finds somebody else."

    @display(description="sample lead")
    def sample(self, example: Example) -> str:
        facts = example.lead if isinstance(example.lead, dict) else {}
        own = facts.get("attributes")
        flat = {**facts, **own} if isinstance(own, dict) else facts
        shown = [(name, value) for name, value in flat.items() if value is not own][:4]
        return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in shown)

    @display(description="expects")
    def expects(self, example: Example) -> SafeString | str:
        if example.expected_rep:
            return person(example.expected_rep.name)
        return two_lines(example.expected_pool, "pool")

    @display(description="at")
    def when(self, example: Any) -> SafeString:
        return moment(example.at, example.seen_at) if example.at else quiet("hours and caps ignored")
