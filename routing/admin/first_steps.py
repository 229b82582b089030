"""The five steps from an empty installation to leads that find their rep, and how far one is."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from routing.admin.base import received_at
from routing.engine.counting import counted
from routing.insights.beginning import Beginning, beginning
from routing.services.access import PUBLISH

TEST_LEAD = "test_lead"
"""Where the session keeps the lead that shows the way chosen last, until it is sent."""


@dataclass(frozen=True, slots=True)
class Further:
    """A thing that is best done before real leads come; `url` is where."""

    text: str
    done: bool
    title: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """`current` is the first that is not done; `further` are the parts of the last."""

    title: str
    text: str
    done: bool
    button: str
    url: str
    current: bool = False
    further: tuple[Further, ...] = ()

    @property
    def page(self) -> str:
        """Its address without the place on the page."""
        return self.url.partition("#")[0]


def first_steps(request: HttpRequest) -> list[Step]:
    """What is to be done in which order; nothing once leads come in and are routed, or for who may not publish."""
    if not request.user.has_perm(PUBLISH):
        return []
    far = beginning(now=received_at(request))
    if far.over:
        return []
    steps = _steps(far, can_test=TEST_LEAD in request.session)
    current = next((number for number, step in enumerate(steps) if not step.done), len(steps) - 1)
    return [replace(step, current=number == current) for number, step in enumerate(steps)]


def _steps(far: Beginning, *, can_test: bool) -> list[Step]:
    presets, publish = reverse("admin:routing_rule_presets"), reverse("admin:routing_rulebookversion_publish")
    people = f"{counted(far.people, 'person', 'people')} can get leads." if far.people else "By name and e-mail."
    test = "It shows who gets it and why, and takes nobody's turn."
    if far.published and not (far.tested or can_test):
        test += " Choose your way once more: its page sends one."
    return [
        Step("Add people", people, far.people > 0, "Add people", f"{presets}#people"),
        Step("Choose a way", "How leads are shared: it is set up for you, as a draft.", far.shares, "Choose a way",
             f"{presets}#ways"),
        Step("Publish", "From then on leads are routed, until you change it.", far.published, "Look and publish",
             publish),
        Step("Send a test lead", test, far.tested, "To the test lead" if can_test else "To the ways",
             publish if can_test else f"{presets}#ways"),
        Step("Let leads in", "By a form, from another program, or from a file.", far.arrived, "Make a form",
             reverse("admin:routing_form_add"), further=_further(far)),
    ]  # fmt: skip


def _further(far: Beginning) -> tuple[Further, ...]:
    """Everything around the first real lead."""
    uninvited = far.people - far.invited
    return (
        Further(f"Leads can come in: {_doors(far)}." if far.doors else "No form, inbound address or key is there yet.",
                far.doors > 0, "Inbound addresses", reverse("admin:routing_inboundaddress_changelist")),
        Further(
            "Mails leave by your mail server." if settings.EMAIL_URL else
            "Mails stay in the mailbox of this installation. Set EMAIL_URL, so that alerts reach your reps.",
            bool(settings.EMAIL_URL), "Mailbox", reverse("admin:routing_mailboxmessage_changelist"),
        ),
        Further(
            f"{counted(uninvited, 'rep has', 'reps have')} no sign-in yet. Choose them in the list, and invite them."
            if uninvited else "Every rep can sign in to their inbox.",
            not uninvited, "Reps", reverse("admin:reps_rep_changelist"),
        ),
    )  # fmt: skip


def _doors(far: Beginning) -> str:
    named = (
        (far.forms, "form", "forms"),
        (far.addresses, "inbound address", "inbound addresses"),
        (far.keys, "key", "keys"),
    )
    return ", ".join(counted(number, one, many) for number, one, many in named if number)
