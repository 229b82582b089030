"""Forms: what visitors are asked, where the form may stand, how it looks, what happens after sending; live at once."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import BooleanRadioFilter
from unfold.decorators import display

from reps.admin_base import HistoryAdmin
from reps.admin_display import badge, moment, two_lines
from reps.admin_fields import LinesWidget
from routing.admin.base import GuardedForm, GuardedPage, note_named
from routing.admin.form_fields import PlacesField, look_fields
from routing.admin.form_questions import AskedInline, said
from routing.admin.secrets import SecretField
from routing.admin.submissions import last_submissions
from routing.intake.form_look import KINDS as LOOKS
from routing.models import Form, FormField, Submission
from routing.rulebook.config.errors import ConfigError
from routing.rulebook.config.forms import wrong_with_form

LOOK = "look_"
ENOUGH = [{"field": "email"}]
"""Of the questions, where only the rest is looked at."""


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
            "name": "For people here; visitors do not see it. It is kept with each consent that is given.",
            "kind": "What a visitor asks for, unless the form itself asks which it is.",
            "source": "Where its leads come from, as rules and reports know it, such as website. Empty: none.",
            "campaign": "What brought its leads, where the page's address does not say it (utm_campaign). Empty: none.",
            "title": "The heading above the questions. Empty: the built-in words, on the form's own page.",
            "button": "What the button says. Empty: the built-in words in the visitor's language.",
            "introduction": "Stands between the heading and the questions. Empty: nothing does.",
            "consent_required": "The form can only be sent with the box ticked. It needs a text for the box.",
            "captcha": "A test of another company that keeps programs out; visitors load its script.",
            "captcha_site_key": "The public key that the captcha's company gave you for your site.",
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
