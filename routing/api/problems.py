"""Every error of the API in one shape: problem details (RFC 9457)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404
from rest_framework.exceptions import (
    APIException,
    NotFound,
    ParseError,
    PermissionDenied,
    Throttled,
    ValidationError,
)
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from routing.api.clashes import clashing_field
from routing.intake.facts import InvalidLead
from routing.models import Lead
from routing.rulebook.config.errors import InvalidConfig
from routing.services.edit_conflicts import EditedMeanwhile, RemovedMeanwhile
from routing.services.importing.one import AlreadyMember
from routing.services.lead_actions import Invalid, NotOffered, NotTheirs, WrongState
from routing.services.manage import StillUsed
from routing.services.presets import CannotApply, NoSuchPreset
from routing.services.privacy.people import NobodyNamed
from routing.services.publish import CannotPublish
from routing.services.receive_lead import KeyReused
from routing.services.receive_signal import InvalidSignal
from routing.services.schedule import NotStanding
from routing.services.which_version import NoSuchVersion
from routing.services.work import AlreadyFinished
from routing.services.work_progress import CannotRun

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 5
UNUSABLE = "The request holds a value that cannot be used."
TAKEN_JUST_NOW = "Somebody else took this value just now. Look, and choose another."
MOST_ERRORS = 50
LONGEST_NAME = 80
LONGEST_TEXT = 500
GENERAL = "body"


class TooLarge(APIException):
    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is too large: 1 MB is the most."


class LengthRequired(APIException):
    status_code = HTTPStatus.LENGTH_REQUIRED
    default_detail = "Send a Content-Length."


class Conflict(APIException):
    status_code = HTTPStatus.CONFLICT


class NotTheirsNow(Conflict):
    """The answer also holds who has the lead."""

    def __init__(self, error: NotTheirs) -> None:
        super().__init__(str(error))
        owner = error.owner
        self.extra = {"owner": {"email": owner.email, "name": owner.name} if owner else None}


class PreconditionFailed(APIException):
    status_code = HTTPStatus.PRECONDITION_FAILED


class AnotherBody(APIException):
    status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    default_detail = KeyReused.says


class Unavailable(APIException):
    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_detail = "The database cannot be reached right now. Nothing was changed; try again in a moment."


def problem_handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Answer to an exception in a view; None (a bug, so a 500) for what no input should cause."""
    known = _known(error)
    if known is None:
        return None
    context["request"].accepted_renderer = JSONRenderer()
    context["request"].accepted_media_type = MEDIA_TYPE
    status = HTTPStatus(known.status_code)
    body: dict[str, Any] = {"type": "about:blank", "title": status.phrase, "status": int(status)}
    if isinstance(known.detail, list | dict):
        errors = known.detail if isinstance(known.detail, dict) else {GENERAL: known.detail}
        body["errors"] = _flat(errors)
        body["detail"] = in_short(body["errors"])
    else:
        body["detail"] = _clean(str(known.detail), LONGEST_TEXT)
    body |= getattr(known, "extra", {})
    return Response(body, status=status, headers=_headers(known), content_type=MEDIA_TYPE)


def in_short(errors: Mapping[str, Sequence[str]]) -> str:
    """The first errors in one line."""
    return "; ".join(f"{name}: {texts[0]}" for name, texts in list(errors.items())[:3])


def _known(error: Exception) -> APIException | None:
    """The same error as one of the framework's."""
    if isinstance(error, APIException):
        return error
    return next((answer(error) for kinds, answer in ANSWERS if isinstance(error, kinds)), None)


def _invalid(error: DjangoValidationError) -> ValidationError:
    return ValidationError(error.message_dict if hasattr(error, "error_dict") else error.messages)


def _by_path(error: InvalidConfig) -> ValidationError:
    errors: dict[str, list[str]] = {}
    for found in error.errors:
        errors.setdefault(found.path or GENERAL, []).append(found.message)
    return ValidationError(errors)


def _conflict(error: Exception) -> Conflict:
    return Conflict(str(error))


def _clash(error: IntegrityError) -> Conflict | None:
    """None for what no two requests at once explain: a bug, which must be seen as one."""
    field = clashing_field(error)
    return Conflict({field: [TAKEN_JUST_NOW]}) if field else None


def _by_field(error: Any) -> ValidationError:
    return ValidationError({name or GENERAL: texts for name, texts in error.errors.items()})


ANSWERS: tuple[tuple[tuple[type[Exception], ...], Callable[[Any], APIException | None]], ...] = (
    ((Http404, Lead.DoesNotExist), lambda error: NotFound()),
    ((DjangoPermissionDenied,), lambda error: PermissionDenied()),
    ((InvalidLead, Invalid, InvalidSignal, CannotRun, CannotApply), _by_field),
    ((InvalidConfig,), _by_path),
    ((NobodyNamed,), lambda error: ValidationError({error.field: [str(error)]})),
    ((NotTheirs,), lambda error: NotTheirsNow(error)),
    ((NotOffered,), lambda error: PermissionDenied(str(error))),
    ((EditedMeanwhile,), lambda error: PreconditionFailed(str(error))),
    ((WrongState, NotStanding, AlreadyFinished), _conflict),
    ((StillUsed,), lambda error: Conflict({"used": list(error.uses)})),
    ((AlreadyMember,), lambda error: Conflict({"rep": [str(error)]})),
    ((NoSuchVersion,), lambda error: ValidationError({"version": [str(error)]})),
    ((NoSuchPreset, RemovedMeanwhile), lambda error: NotFound(str(error))),
    ((DjangoValidationError,), _invalid),
    ((KeyReused,), lambda error: AnotherBody()),
    ((CannotPublish,), lambda error: Conflict({"rulebook": list(error.errors)})),
    ((OperationalError, InterfaceError), lambda error: Unavailable()),
    ((IntegrityError,), _clash),
    ((DataError, SuspiciousOperation, OverflowError, UnicodeEncodeError), lambda error: ParseError(UNUSABLE)),
)
"""What of Django, of the database and of our services is answered how."""


def _headers(error: APIException) -> dict[str, str]:
    headers: dict[str, str] = {}
    if auth_header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    if isinstance(error, Unavailable):
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    if isinstance(error, Throttled):
        headers["Retry-After"] = str(getattr(error, "wait", None) or RETRY_AFTER_SECONDS)
    return headers


def _flat(errors: Any) -> dict[str, list[str]]:
    """Errors of nested fields under dotted names, so many and so long that a person can read them."""
    flat: dict[str, list[str]] = {}
    for name, text in _walk(errors, ""):
        if name in flat or len(flat) < MOST_ERRORS:
            flat.setdefault(name, []).append(text)
    return flat


def _walk(errors: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(errors, Mapping):
        for key, inner in errors.items():
            shown = GENERAL if key in ("non_field_errors", "__all__") else _clean(str(key), LONGEST_NAME)
            yield from _walk(inner, f"{name}.{shown}" if name else shown)
    elif isinstance(errors, list | tuple):
        for inner in errors:
            yield from _walk(inner, name)
    else:
        yield name, _clean(str(errors), LONGEST_TEXT)


def _clean(text: str, longest: int) -> str:
    """Text that every JSON reader takes: no lone surrogates, not endless."""
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= longest else text[: longest - 1] + "…"
