"""The answers of a form → the facts of a lead; what its visitor is asked to put right, and what the lead does without.

An answer that need not be given and cannot be read costs no lead, as long as somebody can be reached. A number with
digits in it is asked for again: who typed it knows what it is. What is hidden is never asked for again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from routing.intake import InvalidLead, prepare
from routing.intake.asked import ATTRIBUTES, CLICK_IDS, UTM
from routing.intake.clean import Errors
from routing.intake.mapping.apply import shown
from routing.intake.offered import only_region
from routing.intake.typed_numbers import NoNumber, TwoNumbers, read_typed_number
from routing.models import FormField
from routing.services.forms import words
from routing.services.forms.asked import AskedForm, Question
from routing.services.submissions.answers import CONSENT, LANGUAGE, Answers, Problem, Problems
from routing.services.submissions.boxes import agreed, is_ticked
from routing.services.submissions.left_out import REACHABLE, with_files, without

NEITHER = "This is neither yes nor no."
LONGEST_TAG = 300
MOST_TRIES = 4
"""What is left out of the facts may change how others are read: a region without its country."""
Widget = FormField.Widget
Questions: TypeAlias = Mapping[str, Question]


@dataclass(slots=True)
class Understood:
    """`problems`: by question, "" for what belongs to none. `left_out`: by field, with what was typed."""

    facts: dict[str, Any]
    problems: Problems = field(default_factory=dict)
    left_out: Errors = field(default_factory=dict)


def understand(asked: AskedForm, answers: Answers) -> Understood:
    questions = {question.name: question for question in asked.questions()}
    typed = asked.form.language or answers.values.get(LANGUAGE, "")
    found = Understood({})
    for question in questions.values():
        given = answers.values.get(question.name, "").strip()
        value, problem = _answer(question, given, asked.form.language if question.is_offered_number else typed)
        if problem is None:
            _put(found.facts, question.name, value)
        elif _may_go(question, given, unread=problem.text == words.NOT_A_NUMBER):
            found.left_out[question.name] = [_noted(problem.noted(), given)]
        else:
            found.problems[question.name] = problem
    if asked.has_consent:
        _take_consent(found, asked, answers.values.get(CONSENT, ""))
    _as_intake_does(found, questions, asked, answers)
    found.left_out = with_files(found.left_out, answers.files)
    return found


# --- one answer ---------------------------------------------------------------------------------------------------


def _take_consent(found: Understood, asked: AskedForm, given: str) -> None:
    """It must be clear: what nobody can read is neither given nor refused."""
    said = agreed(given, asked.form.consent_text)
    if asked.form.consent_required and not said:
        found.problems[CONSENT] = Problem(words.NEEDED_TICK)
    elif said is None:
        found.left_out[CONSENT] = [_noted(NEITHER, given)]
    else:
        found.facts["consent"] = said


def _answer(question: Question, given: str, language: str) -> tuple[Any, Problem | None]:
    if question.widget == Widget.CHECKBOX:
        ticked = is_ticked(given)
        return ticked, Problem(words.NEEDED_TICK) if question.required and not ticked else None
    if not given:
        return "", _missing(question)
    if problem := _unfit(question, given):
        return "", problem
    if question.is_number or question.is_offered_number:
        return _number(question, given, language)
    return question.chosen(given) or given, None


def _missing(question: Question) -> Problem | None:
    """What is wrong with no answer: nothing, unless one is needed that the visitor can give."""
    if not question.required or question.widget == Widget.HIDDEN:
        return None
    return Problem(words.NEEDED_CHOICE if question.widget == Widget.SELECT else words.NEEDED)


def _unfit(question: Question, given: str) -> Problem | None:
    if question.choices and not (question.any_name or question.chosen(given)):
        return Problem(words.NOT_A_CHOICE)
    if len(given) > question.limit:
        return Problem(words.TOO_LONG, {"limit": question.limit})
    return None


def _number(question: Question, given: str, language: str) -> tuple[Any, Problem | None]:
    try:
        number = read_typed_number(given, language)
    except TwoNumbers as two:
        return "", Problem(words.TWO_NUMBERS, {"wholly": two.wholly, "partly": two.partly})
    except NoNumber:  # of employees it may be a range
        return (given, None) if question.name == "employees" else ("", Problem(words.NOT_A_NUMBER))
    return int(number) if number == number.to_integral_value() else float(number), None


def _put(facts: dict[str, Any], name: str, value: Any) -> None:
    if value in ("", None):
        return
    if name.startswith(ATTRIBUTES):
        facts.setdefault("attributes", {})[name.removeprefix(ATTRIBUTES)] = value
    elif not isinstance(value, bool):
        facts[name] = value


def _may_go(question: Question, given: str, *, unread: bool) -> bool:
    """Whether the lead does without what is wrong with this answer; `unread`: it cannot be read.

    Who chose what the form offers can choose nothing better: a region that does not lie in the country, say.
    """
    if question.widget == Widget.HIDDEN or (question.choices and question.chosen(given)):
        return True
    asked_again = question.is_number and any(map(str.isdigit, given))
    return unread and not question.required and not asked_again


def _noted(why: str, given: str) -> str:
    return f"{why} Found: {shown(given)}."


# --- all of them --------------------------------------------------------------------------------------------------


def _complete(facts: dict[str, Any], asked: AskedForm, answers: Answers) -> None:
    """What the form says of all its leads, and the page's campaign tags."""
    form, values = asked.form, answers.values
    utm = {name: values.get(f"utm_{name}", "").strip()[:LONGEST_TAG] for name in UTM}
    utm |= {name: values.get(name, "").strip()[:LONGEST_TAG] for name in CLICK_IDS}
    tags = {name: value for name, value in utm.items() if value}
    if tags:
        facts.setdefault("utm", tags)
    facts["form"] = form.slug
    facts.setdefault("kind", form.kind)
    facts.setdefault("source", form.source)
    facts.setdefault("campaign", tags.get("campaign", "")[:150] or form.campaign)


def _as_intake_does(found: Understood, questions: Questions, asked: AskedForm, answers: Answers) -> None:
    """Read the facts as they will be read, without what may go; until nothing more goes."""
    for _ in range(MOST_TRIES):
        _complete(found.facts, asked, answers)
        _place_region(found.facts, questions, asked)
        try:
            prepare(found.facts)
        except InvalidLead as invalid:
            going = _going(invalid.errors, found.facts, questions, answers)
            for name in invalid.errors.keys() - going.keys():
                _add(found, name, questions)
            found.left_out |= going
            found.facts = without(found.facts, going)
            if going:
                continue
        return


def _place_region(facts: dict[str, Any], questions: Questions, asked: AskedForm) -> None:
    """Without its country, a region that the form offers lies in one of the countries that the form is limited to."""
    offered = "region" in questions and questions["region"].widget in (Widget.SELECT, Widget.HIDDEN)
    if offered and facts.get("region") and not facts.get("country"):
        facts["region"] = only_region(facts["region"], asked.around) or facts["region"]


def _going(errors: Errors, facts: Mapping[str, Any], questions: Questions, answers: Answers) -> Errors:
    """What may be left out, and why."""
    given = {name: answers.values.get(name, "").strip() for name in errors if name in questions}
    return {
        name: [_noted(errors[name][0], text)]
        for name, text in given.items()
        if text and _may_go(questions[name], text, unread=True) and not (name == "email" and not facts.get("email"))
    }


def _add(found: Understood, name: str, questions: Questions) -> None:
    """What the visitor is told of what intake says of a field."""
    if name == "email" and not found.facts.get("email"):
        _ask_how_to_answer(found, questions)
    elif name not in questions:
        found.problems.setdefault("", Problem(words.UNCLEAR))
    else:
        found.problems.setdefault(name, _unread(questions[name]))


def _ask_how_to_answer(found: Understood, questions: Questions) -> None:
    """Nobody could be reached: by what was left out, if there was something, else by the first that is asked."""
    if not found.problems.keys().isdisjoint(REACHABLE):
        return
    typed = [name for name in REACHABLE if name in found.left_out and questions[name].widget != Widget.HIDDEN]
    for name in typed:
        del found.left_out[name]
        found.problems[name] = _unread(questions[name])
    if not typed:
        first = next((name for name in questions if name in REACHABLE), "")
        found.problems[first] = Problem(words.NOBODY)


def _unread(question: Question) -> Problem:
    if question.is_number and question.name != "employees":
        return Problem(words.NOT_A_NUMBER)
    choice = question.widget == Widget.SELECT
    return Problem(words.NOT_A_CHOICE if choice else words.BY_FIELD.get(question.name, words.UNCLEAR))
