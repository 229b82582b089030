"""manage.py person: what is known of somebody who asks; handed out, or erased."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from routing.acting import Acting, acting
from routing.clock import current_time
from routing.doorbell import unless_nobody_hears
from routing.management.starting import CheckedCommand
from routing.management.tables import columns
from routing.services.privacy import lift
from routing.services.privacy.erasing import erase_person
from routing.services.privacy.erasing_rep import CannotErase, erase_rep
from routing.services.privacy.looking_up import export_person, look_up
from routing.services.privacy.people import NobodyNamed, Person, person_named
from routing.services.privacy.places import PLACES

TITLES = {place.name: place.title for place in PLACES} | {"spool": "Submissions on disk"}


class Command(CheckedCommand):
    help = "Find, hand out or erase everything that is known of somebody, by e-mail address or phone number."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("who", metavar="EMAIL_OR_NUMBER", help="Of a person; +49 30 901820 for a number.")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--export", type=Path, metavar="FILE", help="Write all of it into FILE, as JSON.")
        what.add_argument("--erase", action="store_true", help="Erase all of it, for good.")
        what.add_argument("--take-in-again", action="store_true", help="End a suppression.")
        what.add_argument("--erase-rep", action="store_true", help="Of somebody who worked here: only numbers stay.")
        parser.add_argument("--suppress", action="store_true", help="With --erase: and never take them back.")
        parser.add_argument("--reason", default="", help="With --suppress: such as the number of the request.")

    def handle(self, *args: Any, who: str, **options: Any) -> None:
        named = {"email": who} if "@" in who else {"phone": who}
        try:
            with acting(Acting(actor="manage.py person")), unless_nobody_hears():
                self.stdout.write(self._done(who, named, options))
        except (NobodyNamed, CannotErase, OSError) as error:
            raise CommandError(str(error)) from error

    def _done(self, who: str, named: Mapping[str, str], options: Mapping[str, Any]) -> str:
        now = current_time()
        if options["suppress"] and not options["erase"]:
            raise CommandError("--suppress goes with --erase.")
        if options["erase_rep"]:
            return f"Erased. In ledgers and statements they are “{erase_rep(email=who, now=now).name}” from now on."
        if options["take_in_again"]:
            return "They are taken in again." if lift(**named) else "They were not refused."
        if options["erase"]:
            more: dict[str, Any] = {"never_again": options["suppress"], "reason": options["reason"]}
            erased = erase_person(**{**named, **more}, now=now)
            hand = [f"\nChange by hand what still names them: {TITLES[name]}." for name in erased.by_hand]
            return _counted("Erased", erased.counts) + "".join(hand)
        person = person_named(**named)
        return self._export(person, options["export"]) if options["export"] else _known(person)

    def _export(self, person: Person, path: Path) -> str:
        document = export_person(person=person, now=current_time())
        with path.open("x", encoding="utf-8") as file:
            path.chmod(0o600)
            json.dump(document, file, indent=1, ensure_ascii=False)
        return f"{path}: {sum(len(place['rows']) for place in document['places'])} copies. It holds personal data."


def _known(person: Person) -> str:
    known = look_up(person=person, now=current_time())
    rows = [(place.title, str(place.linked), str(place.named), place.kept) for place in known.places]
    rows += [(TITLES["spool"], str(known.spooled), "0", "until the database is back")] if known.spooled else []
    if not rows:
        return "Nothing is known of them."
    backups = "".join(f"\nBackup of {at:%Y-%m-%d}: {name} may hold more." for name, at in known.backups)
    return columns(("Where", "About them", "Names them", "Kept"), rows) + backups


def _counted(done: str, counts: Mapping[str, int]) -> str:
    if not counts:
        return "Nothing was known of them."
    return "\n".join([f"{done}:", *(f"  {TITLES[name]}: {count}" for name, count in counts.items())])
