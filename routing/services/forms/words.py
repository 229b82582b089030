"""Every text of ours that a visitor of a form may read. A test holds that each has its German in routing/locale/de/."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext, gettext_noop

LANGUAGES = ("en", "de")
LABELS: Mapping[str, str] = {
    "email": gettext_noop("E-mail address"),
    "first_name": gettext_noop("First name"),
    "last_name": gettext_noop("Last name"),
    "phone": gettext_noop("Phone number"),
    "website": gettext_noop("Website"),
    "company": gettext_noop("Company"),
    "kind": gettext_noop("What is it about?"),
    "campaign": gettext_noop("Campaign"),
    "country": gettext_noop("Country"),
    "region": gettext_noop("State or region"),
    "postal_code": gettext_noop("Postal code"),
    "city": gettext_noop("City"),
    "industry": gettext_noop("Industry"),
    "employees": gettext_noop("Number of employees"),
    "annual_revenue": gettext_noop("Annual revenue"),
    "expected_amount": gettext_noop("Budget"),
    "job_title": gettext_noop("Job title"),
    "source": gettext_noop("How did you hear about us?"),
    "language": gettext_noop("Language"),
    "product_interest": gettext_noop("Product"),
    "message": gettext_noop("Message"),
}
"""Of the fields of a lead, where a form has no words of its own."""
KINDS: Mapping[str, str] = {
    "demo": gettext_noop("A demo"),
    "pricing": gettext_noop("A question about prices"),
    "contact": gettext_noop("A conversation"),
    "trial": gettext_noop("A trial"),
    "webinar": gettext_noop("A webinar"),
    "content": gettext_noop("Material to read"),
    "partner": gettext_noop("A partnership"),
    "support": gettext_noop("Support"),
    "other": gettext_noop("Something else"),
}
"""What visitors choose from where a form asks for the kind of their request."""
TITLE = gettext_noop("Get in touch")
BUTTON = gettext_noop("Send")
SENDING = gettext_noop("Sending…")
OPTIONAL = gettext_noop("optional")
CHOOSE = gettext_noop("Please choose")
LEAVE_EMPTY = gettext_noop("Leave this field empty")
ERROR_PREFIX = gettext_noop("Error:")
CAPTCHA = gettext_noop("Check that you are no robot")

# errors
SUMMARY_ONE = gettext_noop("One answer needs another look.")
SUMMARY_MANY = gettext_noop("%(count)s answers need another look.")
NEEDED = gettext_noop("Please fill this in.")
NEEDED_CHOICE = gettext_noop("Please choose one of these.")
NEEDED_TICK = gettext_noop("Please tick this box.")
NOT_A_CHOICE = gettext_noop("Please choose one of these.")
NOT_A_NUMBER = gettext_noop("Please give a number such as 1,500 or 12.50.")
TWO_NUMBERS = gettext_noop("This could be two numbers. Please write %(wholly)s or %(partly)s.")
TOO_LONG = gettext_noop("Please shorten this to %(limit)s characters.")
UNCLEAR = gettext_noop("We cannot read this. Please write it in another way.")
NOBODY = gettext_noop("Please give an e-mail address or a phone number, so that we can answer.")
ROBOT = gettext_noop("Please confirm once more that you are no robot.")
BY_FIELD: Mapping[str, str] = {
    "email": gettext_noop("Please give an e-mail address such as name@example.com."),
    "phone": gettext_noop("Please give the number with its country code, such as +1 415 555 2671."),
    "website": gettext_noop("Please give a web address such as www.example.com."),
    "country": gettext_noop("We do not know this country. Please write its full name."),
    "region": gettext_noop("We do not know this state or region. Please write its full name, or leave it empty."),
    "employees": gettext_noop("Please give a number such as 120, or a range such as 51-200."),
    "language": gettext_noop("We do not know this language. Please write its full name."),
}
"""Where a field's answer cannot be used."""

# after sending
THANKS = gettext_noop("Thank you!")
THANKS_NAMED = gettext_noop("Thank you, %(first_name)s!")
RECEIVED = gettext_noop("We have received your message and will be in touch.")
REP_CALLS = gettext_noop("%(rep)s will be in touch with you shortly.")
BOOK = gettext_noop("Choose a time with %(rep)s")

# what can go wrong with all of it
GONE_TITLE = gettext_noop("This form is not here")
GONE = gettext_noop("The address is wrong, or the form has been closed.")
BUSY = gettext_noop("Too much was sent from here within a short time. Please try again in %(seconds)s seconds.")
AWAY_TITLE = gettext_noop("This form is out for a moment")
AWAY = gettext_noop("We cannot take this in right now. Please try again in a moment; nothing you typed is lost.")
FAILED = gettext_noop("This could not be sent. Please check your connection and try again; nothing you typed is lost.")
TOO_LARGE_TITLE = gettext_noop("This is too much")
TOO_LARGE = gettext_noop("What was sent is larger than this form takes. Please shorten it and send it again.")
UNREADABLE_TITLE = gettext_noop("This cannot be read")
UNREADABLE = gettext_noop(
    "What was sent is not how this form is sent. Please open the form again and fill it in there."
)
BROKE_OFF = gettext_noop("Not all of this arrived. Please look through it and send it again.")
ELSEWHERE_TITLE = gettext_noop("This form cannot be sent from here")
ELSEWHERE = gettext_noop("The page that you sent it from is not one of its pages. Please open the form itself.")
OPEN_FORM = gettext_noop("Open the form")


def say(text: str, **values: object) -> str:
    """One of the texts in the language that is active."""
    return gettext(text) % values if values else gettext(text)


def every_text() -> set[str]:
    """All of the above."""
    single = {value for name, value in globals().items() if name.isupper() and isinstance(value, str)}
    return single.union(LABELS.values(), KINDS.values(), BY_FIELD.values())
