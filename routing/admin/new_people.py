"""Several people at once, by name and address: the first thing that an empty installation needs."""

from __future__ import annotations

from datetime import datetime
from email.utils import parseaddr

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from reps.admin_fields import LinesWidget
from reps.models import Rep
from routing.engine.counting import counted
from routing.services import manage

MOST = 50


class PeopleForm(forms.Form):
    people = forms.CharField(
        label="People who answer leads",
        max_length=20_000,
        widget=LinesWidget({"rows": 4, "placeholder": "Ana Diaz ana@example.com\nBob Ray bob@example.com"}),
        help_text="One a line: name and e-mail address. Alerts go there. They can take leads around the clock until "
        "you give them a team or hours.",
    )

    def clean_people(self) -> list[Rep]:
        """New reps, not saved. Each line that cannot be used is named."""
        lines = [line for line in self.cleaned_data["people"].splitlines() if line.strip()]
        if len(lines) > MOST:
            raise ValidationError(f"At most {MOST} lines at once. Import longer lists as a file.")
        found, wrong = [], []
        for number, line in enumerate(lines, 1):
            try:
                found.append(_person(line))
            except ValidationError as error:
                wrong += [f"Line {number}: {text}" for text in error.messages]
        addresses = [rep.email for rep in found]
        known = set(Rep.objects.filter(email__in=addresses).values_list("email", flat=True))
        wrong += [f"{address} is there already." for address in sorted(known)]
        twice = {address for address in addresses if addresses.count(address) > 1}
        wrong += [f"{address} stands there twice." for address in sorted(twice)]
        if wrong:
            raise ValidationError(wrong)
        return found

    @transaction.atomic
    def save(self, now: datetime) -> str:
        """All of them; told in a sentence."""
        people: list[Rep] = [manage.save_rep(rep=rep, now=now) for rep in self.cleaned_data["people"]]
        return f"{counted(len(people), 'person', 'people')} added: {', '.join(rep.name for rep in people)}."


def _person(line: str) -> Rep:
    """“Ana Diaz ana@example.com”, “Ana Diaz <ana@example.com>” or the address alone. Raises ValidationError."""
    words = line.replace(",", " ").replace(";", " ").replace("\t", " ").split()
    places = [place for place, word in enumerate(words) if "@" in word]
    if len(places) != 1:
        raise ValidationError("One name and one e-mail address, please.")
    address = parseaddr(words[places[0]])[1].lower()
    validate_email(address)
    name = " ".join(word for place, word in enumerate(words) if place != places[0]).strip("\"'")
    return Rep(name=name or _name_of(address), email=address)


def _name_of(address: str) -> str:
    """ana.diaz@… is Ana Diaz."""
    return address.partition("@")[0].replace(".", " ").replace("_", " ").title()
