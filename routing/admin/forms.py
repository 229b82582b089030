"""Forms: what visitors are asked, where the form may stand, how it looks, what happens after sending; live at once."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import BooleanRadioFilter
from unfold.decorators import display
from unfold.widgets import INPUT_CLASSES

from reps.admin_base import DeskInline, HistoryAdmin
from reps.admin_display import badge, moment, two_lines
from reps.admin_fields import LinesWidget
from routing.admin.base import GuardedForm, GuardedPage, note_named
from routing.admin.form_fields import AskedField, ChoicesField, PlacesField, look_fields
from routing.admin.secrets import SecretField
from routing.admin.submissions import last_submissions
from routing.intake.form_look import KINDS as LOOKS
from routing.models import Form, FormField, Submission
from routing.rulebook.config.errors import ConfigError
from routing.rulebook.config.forms import FIELD_KEYS, wrong_with_form

LOOK = "look_"
PLACE = f"{' '.join(INPUT_CLASSES)} lr-place"
ENOUGH = [{"field": "email"}]
"""Of the questions, where only the rest is looked at."""
NEW_FIELDS = (("email", True), ("first_name", False), ("last_name", False), ("company", False), ("message", False))
"""What a new form asks for, until somebody chooses otherwise: name, and whether it must be given."""


def said(error: ConfigError) -> str:
    return error.message[:1].upper() + error.message[1:]


class FormForm(GuardedForm):
    origins = PlacesField(
        label="May be embedded by",
        help_text="Origins of pages, such as https://www.example.com, separated by commas. Empty: by none.",
    )
    redirect_hosts = PlacesField(
        label="Hosts visitors may be sent to", help_text="Such as www.example.com: the host of the address beside it."
    )
    secret = SecretField(label="Secret of the captcha")
    locals().update({f"{LOOK}{name}": field for name, field in look_fields().items()})

    class Meta:
        model = Form
        fields: ClassVar[list[str]] = []  # the page says which
        labels = {"redirect_url": "Instead of thanks, go to", "name_rep": "Say who will call"}
        help_texts = {
            "redirect_url": "Values of its query may have {rep} and {booking}; or all of it is {booking}.",
            "language": "Of the words that are not yours. Choose one if you write your own: those have one language.",
        }
        widgets = dict.fromkeys(("introduction", "thanks", "consent_text"), LinesWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, value in (self.instance.theme or {}).items():
            self.initial.setdefault(f"{LOOK}{name}", value)

    def clean(self) -> Any:
        values = super().clean()
        look = {name: self.cleaned_data.get(f"{LOOK}{name}", "") for name in LOOKS if f"{LOOK}{name}" in self.fields}
        kept = {
            name: value for name, value in (self.instance.theme or {}).items() if f"{LOOK}{name}" not in self.fields
        }
        self.theme = {name: value for name, value in {**kept, **look}.items() if value}
        for error in wrong_with_form(self._document()):
            self._tell(error)
        if self.cleaned_data.get("captcha") and not (self.cleaned_data.get("secret") or self.instance.captcha_secret):
            self.add_error("secret", "A captcha needs its secret.")
        return values

    def _document(self) -> dict[str, Any]:
        columns = {field.name for field in Form._meta.concrete_fields}
        given = {name: value for name, value in self.cleaned_data.items() if name in columns}
        return given | {"theme": self.theme, "fields": ENOUGH}

    def _tell(self, error: ConfigError) -> None:
        """Beside its field; what Django has said already is not said twice."""
        name, _, rest = error.path.partition(".")
        name = name.partition("[")[0]
        field = f"{LOOK}{rest}" if name == "theme" else name
        if field not in self.errors:
            self.add_error(field if field in self.fields else None, said(error))


class AskedForm(forms.ModelForm):
    position = forms.IntegerField(
        label="Place", required=False, min_value=0, max_value=1_000, widget=forms.NumberInput({"class": PLACE})
    )
    name = AskedField(label="Field")
    choices = ChoicesField(
        label="Choices",
        help_text="Of a list, one a line; value = text, if they differ. Of countries: codes, and * for all others.",
        widget=LinesWidget({"rows": 1}),
    )

    class Meta:
        model = FormField
        fields = ["position", "name", "label", "required", "widget", "choices", "help_text", "default"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding and "position" not in (kwargs.get("initial") or {}):
            self.initial["position"] = None  # comes last


class AskedFormSet(BaseInlineFormSet):
    ordered: list[Any]

    def clean(self) -> None:
        """As an import would refuse them, each beside its row."""
        super().clean()
        rows = [form for form in self.forms if self._counts(form)]
        if any(form.errors for form in rows):
            return
        ordered = self.ordered = sorted(rows, key=_place)
        for place, form in enumerate(ordered):
            form.instance.position = place
        documents = [{key: form.cleaned_data.get(column) for key, column in FIELD_KEYS.items()} for form in ordered]
        for error in wrong_with_form({"name": "form", "language": self.instance.language, "fields": documents}):
            self._tell(error, ordered)

    def _counts(self, form: Any) -> bool:
        gone = self.can_delete and form.cleaned_data.get("DELETE") if hasattr(form, "cleaned_data") else False
        return not gone and (form.has_changed() or form.instance.pk is not None)

    def _tell(self, error: ConfigError, rows: list[Any]) -> None:
        place, dot, key = error.path.partition(".")
        if not dot:
            self._non_form_errors.append(said(error))  # type: ignore[attr-defined]  # Django's own list
            return
        index = int(place.removeprefix("fields[").removesuffix("]"))
        rows[index].add_error(FIELD_KEYS.get(key.partition("[")[0], None), said(error))


def _place(form: Any) -> tuple[bool, int]:
    """What has no place comes last."""
    place = form.cleaned_data.get("position")
    return place is None, place or 0


class AskedInline(DeskInline):
    model = FormField
    form = AskedForm
    formset = AskedFormSet
    fields = ["position", "name", "label", "required", "widget", "choices", "help_text", "default"]
    ordering_field = "position"
    verbose_name, verbose_name_plural = "question", "questions"
    tab = False

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        return 2 if obj else len(NEW_FIELDS)

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        if obj is None and request.method == "GET":
            start = [{"name": name, "required": must, "position": n} for n, (name, must) in enumerate(NEW_FIELDS)]
            formset.__init__ = _beginning_with(formset.__init__, start)  # a class of its own for this request
        return formset


def _beginning_with(init: Any, initial: list[dict[str, Any]]) -> Any:
    def begun(self: Any, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **kwargs | {"initial": initial})

    return begun


@admin.register(Form)
class FormAdmin(GuardedPage, HistoryAdmin):
    form = FormForm
    inlines = [AskedInline]
    list_display = ["form_name", "state", "kind", "arrived", "to_review", "made"]
    list_display_links = ["form_name"]
    list_filter = [("active", BooleanRadioFilter)]
    search_fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}
    change_form_before_template = "admin/routing/form_links.html"
    empty_hint = "A form asks visitors what you need to know. It has an address of its own, and stands in other pages."
    publishing_note = "Visitors see a change within seconds."
    fieldsets = [
        (None, {"fields": [("name", "slug"), ("kind", "active"), ("source", "campaign")]}),
        (
            "What visitors read",
            {
                "fields": [("title", "button"), "language", "introduction", "consent_text", "consent_required"],
                "classes": ["collapse"],
            },
        ),
        (
            "After sending",
            {"fields": ["thanks", "name_rep", ("redirect_url", "redirect_hosts")], "classes": ["collapse"]},
        ),
        (
            "Where it stands, and how it looks",
            {
                "fields": [
                    "origins",
                    (f"{LOOK}accent", f"{LOOK}background"),
                    (f"{LOOK}text", f"{LOOK}border"),
                    (f"{LOOK}radius", f"{LOOK}font"),
                ],
                "classes": ["collapse"],
            },
        ),
        (
            "Against abuse",
            {
                "fields": [("address_limit", "form_limit"), ("captcha", "captcha_site_key"), "secret"],
                "classes": ["collapse"],
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Form]:
        rows: QuerySet[Form] = super().get_queryset(request)
        review = Q(submissions__status=Submission.Status.INVALID, submissions__reviewed_at=None)
        return rows.annotate(arrived_count=Count("submissions"), review_count=Count("submissions", filter=review))

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        row: Form | None = kwargs.get("obj")
        if row is not None:
            embed = request.build_absolute_uri(reverse("forms:embed", args=[row.slug]))
            context |= {
                "shown_form": row,
                "last": last_submissions(request, form=row),
                "live": request.build_absolute_uri(reverse("forms:form", args=[row.slug])),
                "snippet": f'<script src="{embed}" async></script>',
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Form, form: Any, change: bool) -> None:
        obj.theme = form.theme
        if secret := form.cleaned_data.get("secret"):
            obj.captcha_secret = secret
        super().save_model(request, obj, form, change)
        note_named(request, "form.changed" if change else "form.made", obj)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Rows that were only moved by others are written too."""
        super().save_formset(request, form, formset, change)
        FormField.objects.bulk_update([row.instance for row in formset.ordered], ["position"])

    def delete_model(self, request: HttpRequest, obj: Form) -> None:
        note_named(request, "form.deleted", obj)
        super().delete_model(request, obj)

    @display(description="form", ordering="name")
    def form_name(self, row: Form) -> SafeString:
        return two_lines(row.name, f"/f/{row.slug}/")

    @display(description="state", ordering="active")
    def state(self, row: Form) -> SafeString:
        return badge("On", "green") if row.active else badge("Off", "neutral")

    @display(description="submissions", ordering="arrived_count")
    def arrived(self, row: Any) -> int:
        return int(row.arrived_count)

    @display(description="to look at", ordering="review_count")
    def to_review(self, row: Any) -> SafeString | int:
        if not row.review_count:
            return 0
        address = f"{reverse('admin:routing_submission_changelist')}?form__id__exact={row.pk}&look=waiting"
        return format_html('<a href="{}">{}</a>', address, badge(str(row.review_count), "red"))

    @display(description="made", ordering="created_at")
    def made(self, row: Any) -> SafeString:
        return moment(row.created_at, row.seen_at)
