"""Hosted forms: what a visitor is asked, where the form may stand, and what happens after it was sent."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from routing.models.leads import Lead


class FormQuerySet(models.QuerySet["Form"]):
    def active(self) -> FormQuerySet:
        """Answered at their address."""
        return self.filter(active=True)


class Form(models.Model):
    """A form under /f/{slug}/, also shown in other pages by embed.js. Live at once. Its slug is public, no secret."""

    class Language(models.TextChoices):
        BROWSER = "", "The visitor's"
        ENGLISH = "en", "English"
        GERMAN = "de", "German"

    class Captcha(models.TextChoices):
        NONE = "", "None"
        TURNSTILE = "turnstile", "Cloudflare Turnstile"
        HCAPTCHA = "hcaptcha", "hCaptcha"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=100, unique=True)
    slug = models.SlugField(
        max_length=60, unique=True, help_text="Its address is /f/SLUG/, and the field “form” of its leads has it."
    )
    active = models.BooleanField(default=True, help_text="An inactive form is not found, and takes nothing in.")
    language = models.CharField(max_length=2, blank=True, choices=Language.choices, default=Language.BROWSER)

    # what visitors read; empty: the built-in words in their language
    title = models.CharField(max_length=150, blank=True)
    introduction = models.TextField(blank=True, max_length=2_000)
    button = models.CharField(max_length=60, blank=True)
    thanks = models.TextField(
        blank=True,
        max_length=2_000,
        help_text="Shown after sending. {first_name}, {rep} and {booking} are filled in where they are known.",
    )
    consent_text = models.TextField(
        blank=True, max_length=2_000, help_text="What the box for consent says. Empty: there is no box."
    )
    consent_required = models.BooleanField(default=False)

    # what its leads are
    kind = models.CharField(max_length=10, choices=Lead.Kind.choices, default=Lead.Kind.CONTACT)
    source = models.CharField(max_length=100, blank=True, default="website")
    campaign = models.CharField(max_length=150, blank=True, help_text="If the page's address names none.")

    # after sending
    redirect_url = models.CharField(
        max_length=500,
        blank=True,
        help_text="Where visitors go after sending, instead of the thank-you text. {rep} and {booking} are filled in.",
    )
    redirect_hosts = models.JSONField(
        default=list, blank=True, help_text="Host names that visitors may be sent to, such as www.example.com."
    )
    name_rep = models.BooleanField(
        "name the rep",
        default=False,
        help_text="The thank-you page waits a moment for the decision and says who will call, with their booking link.",
    )

    # where it may stand, and how it looks
    origins = models.JSONField(
        default=list,
        blank=True,
        help_text="Pages of these origins may embed it, such as https://www.example.com. Empty: none.",
    )
    theme = models.JSONField(
        default=dict, blank=True, help_text="Look: accent, background, text, border, radius, font (CSS values)."
    )

    # against abuse
    captcha = models.CharField(max_length=10, blank=True, choices=Captcha.choices, default=Captcha.NONE)
    captcha_site_key = models.CharField(max_length=200, blank=True)
    captcha_secret = models.CharField(max_length=200, blank=True, editable=False, help_text="Never shown again.")
    address_limit = models.PositiveIntegerField(
        "submissions per minute and visitor",
        default=10,
        help_text="More from one address go to review; twice as many are refused for the rest of the minute.",
    )
    form_limit = models.PositiveIntegerField(
        "submissions per minute", default=300, help_text="Of all visitors together; above it as above."
    )

    created_at = models.DateTimeField(auto_now_add=True)
    demo = models.BooleanField(default=False, editable=False)

    objects = FormQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["captcha_secret", "created_at"])

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(name="form_slug_is_given", condition=~Q(slug="")),
            models.CheckConstraint(
                name="form_captcha_has_a_site_key",
                condition=Q(captcha="") | ~Q(captcha_site_key=""),
                violation_error_message="A captcha needs its site key.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class FormField(models.Model):
    """One question. `name` is a field of the lead, or attributes.NAME."""

    class Widget(models.TextChoices):
        AUTOMATIC = "", "As the field needs it"
        TEXT = "text", "One line"
        TEXTAREA = "textarea", "Several lines"
        EMAIL = "email", "E-mail address"
        TEL = "tel", "Phone number"
        NUMBER = "number", "Number"
        SELECT = "select", "Choice from a list"
        CHECKBOX = "checkbox", "Box to tick"
        HIDDEN = "hidden", "Hidden"

    form = models.ForeignKey(Form, on_delete=models.CASCADE, related_name="fields")
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField("field", max_length=110, help_text="A field of the lead, or attributes.NAME.")
    label = models.CharField(max_length=150, blank=True, help_text="Empty: the built-in words.")
    help_text = models.CharField("help", max_length=300, blank=True)
    required = models.BooleanField(default=False)
    widget = models.CharField("shown as", max_length=10, blank=True, choices=Widget.choices, default=Widget.AUTOMATIC)
    choices = models.JSONField(default=list, blank=True, help_text="For a list: texts, or [value, text].")
    default = models.CharField(max_length=500, blank=True, help_text="What stands in it before anybody types.")

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["form", "name"],
                name="form_asks_a_field_once",
                violation_error_message="The form asks for this field already.",
            ),
            models.CheckConstraint(name="form_field_has_a_name", condition=~Q(name="")),
        ]

    def __str__(self) -> str:
        return self.label or self.name
