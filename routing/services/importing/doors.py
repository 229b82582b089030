"""Import forms and inbound addresses by name: live at once. Secrets and keys stay as they are unless one is given."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from routing.models import Form, FormField, InboundAddress
from routing.rulebook.config.errors import ConfigError, InvalidConfig, shown
from routing.rulebook.config.forms import FormSpec
from routing.rulebook.config.inbound import InboundSpec
from routing.rulebook.words import value_in_words
from routing.services.importing.rows import Import, replace_children, sync
from routing.services.inbound.addresses import fresh_key

ASK_FOR_KEY = "To get its address, give it a new key: in the admin, or with POST /api/v1/inbound/{id}/rotate."
NO_SECRET = "{kind} “{name}” has no secret yet, so nothing passes its check. Give it one in the admin."
COLUMNS = ("name", "label", "help_text", "required", "widget", "choices", "default")


def import_forms(run: Import, specs: Sequence[FormSpec]) -> dict[str, Form]:
    """Forms that are not named stay as they are."""
    if not specs:
        return {}
    existing = {form.name: form for form in Form.objects.all()}
    _refuse_taken_slugs(specs, existing)
    known = set(existing)
    wanted = {spec.name: {**spec.columns, **_secret("captcha_secret", spec.captcha_secret)} for spec in specs}
    forms = sync(_silent_secrets(run), "Form", existing, wanted, Form)
    new = [form for form in forms.values() if form.name not in known]
    _import_fields(run, specs, forms, silent=[form.pk for form in new])
    for form in new:
        if form.captcha and not form.captcha_secret:
            run.say(NO_SECRET.format(kind="Form", name=form.name))
    return forms


def _import_fields(run: Import, specs: Sequence[FormSpec], forms: Mapping[str, Form], *, silent: Sequence[int]) -> None:
    """What each form asks, in the order of the file. Of the `silent` forms nothing is said."""
    fields = FormField.objects.filter(form__in=[form.pk for form in forms.values()])
    contents = {
        forms[spec.name].pk: (f"Form “{spec.name}”", [_content(n, row) for n, row in enumerate(spec.fields)])
        for spec in specs
    }
    replace_children(
        run, "fields", fields, contents, owner="form_id",
        content=lambda row: (row.position, *_plain({name: getattr(row, name) for name in COLUMNS})),
        build=_field, model=FormField, silent=silent,
        in_words=lambda rows: value_in_words([row[1] for row in rows]),
    )  # fmt: skip


def import_inbound(run: Import, specs: Sequence[InboundSpec]) -> dict[str, InboundAddress]:
    """Addresses that are not named stay as they are; a new one has a key that nobody has seen."""
    if not specs:
        return {}
    existing = {address.name: address for address in InboundAddress.objects.all()}
    wanted: dict[str, dict[str, Any]] = {}
    for spec in specs:
        new = {} if spec.name in existing else fresh_key().columns
        wanted[spec.name] = {**spec.columns, **_secret("signature_secret", spec.signature_secret), **new}
    known = set(existing)
    addresses = sync(_silent_secrets(run), "Inbound address", existing, wanted, InboundAddress)
    for address in addresses.values():
        if address.name not in known:
            run.say(f"Inbound address “{address.name}”: {ASK_FOR_KEY.format(id=address.uuid)}")
            if address.signature and not address.signature_secret:
                run.say(NO_SECRET.format(kind="Inbound address", name=address.name))
    return addresses


def _secret(column: str, given: str | None) -> dict[str, str]:
    return {} if given is None else {column: given}


def _silent_secrets(run: Import) -> Import:
    """What an import says never quotes a secret."""
    run.names["captcha_secret"] = run.names["signature_secret"] = lambda value: "…" if value else "nothing"
    return run


def _refuse_taken_slugs(specs: Sequence[FormSpec], existing: Mapping[str, Form]) -> None:
    names = {form.slug: form.name for form in existing.values()}
    errors: list[ConfigError] = []
    for index, spec in enumerate(specs):
        slug = spec.columns["slug"]
        owner = names.setdefault(slug, spec.name)
        if owner != spec.name:
            path = f"forms[{index}].slug" if len(specs) > 1 else "slug"
            errors.append(ConfigError(path, f"{shown(slug)} is the address of the form {shown(owner)} already."))
    if errors:
        raise InvalidConfig(errors)


def _content(position: int, row: Mapping[str, Any]) -> tuple[Any, ...]:
    return (position, *_plain(row))


def _plain(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """So that it can be compared and hashed."""
    return tuple(json.dumps(row[name]) if name == "choices" else row[name] for name in COLUMNS)


def _field(form_id: int, content: tuple[Any, ...]) -> FormField:
    values = dict(zip(COLUMNS, content[1:], strict=True))
    return FormField(form_id=form_id, position=content[0], **values | {"choices": json.loads(values["choices"])})
