"""Texts are read before anything is locked, and what was read is kept: routing itself only looks it up.

Whatever is in the way costs two seconds at most; the leads are then routed by keywords, and their decisions say why.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.conf import settings

from routing.engine.types import Rulebook, Topic
from routing.intent import EMBEDDINGS, FALLBACK, Tag, embeddings
from routing.intent.language_model import SECONDS, LanguageModel, Unanswered
from routing.models import Lead, ThrottleCount
from routing.services.throttling import count_hit
from routing.snapshots.readings import LANGUAGE_MODEL, load_readings, store_readings
from routing.snapshots.rulebook import Published
from routing.snapshots.signals import texts_of

logger = logging.getLogger(__name__)
AGAIN_AFTER = timedelta(minutes=5)
"""A text that could not be read is tried again when it is needed after so long."""
DOWN_FOR = timedelta(minutes=1)
"""A server that did not answer is left alone so long: a dead one costs one lead a minute, not each."""
AT_ONCE = 4
"""So many texts a server is asked about at the same time."""
CALLS, TOKENS, DOWN = "language_model.calls", "language_model.tokens", "language_model.down"
DAY_SECONDS = 86_400
Result = list[Tag] | str
"""Topics, or why there are none."""


def read_leads(lead_ids: Collection[int], *, published: Published, now: datetime) -> None:
    """Read what these leads and their signals say, as far as two seconds go and it was not read before.

    Call it with nothing locked. Only workers read; elsewhere nothing happens. Raises what the database raises.
    """
    rulebook = published.rulebook
    if rulebook.settings.extractor == FALLBACK or not rulebook.topics or not embeddings.is_permitted():
        return
    rows = list(Lead.objects.filter(pk__in=lead_ids))
    read_texts(texts_of(rows, rulebook=rulebook, now=now), rulebook, now=now)


def read_texts(texts: Iterable[str], rulebook: Rulebook, *, now: datetime) -> None:
    """Read those of these texts that were not read before, and keep what was read."""
    known = load_readings(texts, rulebook)
    unread = [text for text in texts if known.needs(text, before=now - AGAIN_AFTER)]
    if unread and (read := _read(unread, rulebook, now=now)):
        store_readings(read, rulebook, now=now)


def read_aside(text: str, rulebook: Rulebook, *, now: datetime) -> Result:
    """What this one text is about, read for somebody who waits for it; kept nowhere.

    The model of this machine is loaded in a process of its own that ends, so that the web server stays as small as it
    is; the text goes there by a pipe.
    """
    extractor, topics = rulebook.settings.extractor, rulebook.topics
    if extractor == EMBEDDINGS:
        return embeddings.problem() or _by_a_child(text, topics)
    return _asked([text], topics, now=now).get(text, NO_TIME)


NO_TIME = f"it took longer than {SECONDS:g} seconds"
NO_SERVER = "no language model is set up: LANGUAGE_MODEL_URL and LANGUAGE_MODEL_NAME are empty"
SPENT = "what the language model may cost on a day is used up"
LEFT_ALONE = "the language model did not answer a moment ago, and is left alone for a minute"


def standing_problem(rulebook: Rulebook, *, now: datetime) -> str:
    """Why texts that come now will be read by keywords although the settings say otherwise; empty: nothing is known."""
    match rulebook.settings.extractor:
        case extractor if extractor == EMBEDDINGS:
            return embeddings.problem()
        case extractor if extractor == LANGUAGE_MODEL:
            return _in_the_way(now)
    return ""


def _read(texts: Sequence[str], rulebook: Rulebook, *, now: datetime) -> dict[str, Result]:
    if rulebook.settings.extractor == EMBEDDINGS:
        return _by_meaning(texts, rulebook.topics)
    return _asked(texts, rulebook.topics, now=now)


def _by_meaning(texts: Sequence[str], topics: Sequence[Topic]) -> dict[str, Result]:
    end, read = time.monotonic() + SECONDS, dict[str, Result]()
    for text in texts:
        try:
            read[text] = embeddings.extract(text, topics)
        except Exception as error:  # whatever goes wrong in it, leads are routed
            logger.warning("embeddings_failed", extra={"cause": type(error).__name__})
            return dict.fromkeys(texts, str(error) or type(error).__name__)
        if time.monotonic() > end:
            break
    return read


def _by_a_child(text: str, topics: Sequence[Topic]) -> Result:
    given = json.dumps([text, [(topic.name, topic.keywords, topic.about) for topic in topics]])
    command = [sys.executable, "-m", "routing.intent.alone"]
    try:
        child = subprocess.run(
            command, input=given, capture_output=True, text=True, timeout=SECONDS, cwd=settings.BASE_DIR, check=False
        )
    except subprocess.TimeoutExpired:
        return NO_TIME
    if child.returncode:
        return child.stderr.strip().rpartition("\n")[2] or "the model could not be loaded"
    return [Tag(*row) for row in json.loads(child.stdout)]


def _asked(texts: Sequence[str], topics: Sequence[Topic], *, now: datetime) -> dict[str, Result]:
    """Several at once, as long as the server answers. What is not asked in time is left out."""
    if why := _in_the_way(now):
        return dict.fromkeys(texts, why)
    end, read, tokens = time.monotonic() + SECONDS, dict[str, Result](), 0
    for first in range(0, len(texts), AT_ONCE):
        group = texts[first : first + AT_ONCE]
        if time.monotonic() > end or any(isinstance(one, str) for one in read.values()):
            break
        if count_hit(key=CALLS, seconds=DAY_SECONDS, now=now, many=len(group)).count > _calls_a_day():
            return read | dict.fromkeys(texts[first:], SPENT)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(lambda text: _ask(text, topics, end), group))
        read |= {text: result for text, (result, _) in zip(group, answers, strict=True)}
        tokens += sum(spent for _, spent in answers)
    if tokens:
        count_hit(key=TOKENS, seconds=DAY_SECONDS, now=now, many=tokens)
    if any(isinstance(one, str) for one in read.values()):
        ThrottleCount.objects.update_or_create(key=DOWN, window=now, defaults={"hits": 1})
    return read


def _ask(text: str, topics: Sequence[Topic], end: float) -> tuple[Result, int]:
    model = make_model()
    model.end = end
    try:
        return model.extract(text, topics), model.tokens
    except Unanswered as why:
        return str(why), model.tokens
    except Exception as error:  # whatever goes wrong in it, leads are routed
        logger.warning("language_model_failed", extra={"cause": type(error).__name__})
        return "the language model could not be asked", model.tokens


def _model_of_settings() -> LanguageModel:
    return LanguageModel(settings.LANGUAGE_MODEL_URL, settings.LANGUAGE_MODEL_NAME, settings.LANGUAGE_MODEL_KEY)


make_model: Callable[[], LanguageModel] = _model_of_settings


def _in_the_way(now: datetime) -> str:
    """Why the language model is not even asked."""
    if not (settings.LANGUAGE_MODEL_URL and settings.LANGUAGE_MODEL_NAME):
        return NO_SERVER
    if ThrottleCount.objects.filter(key=DOWN, window__gt=now - DOWN_FOR).exists():
        return LEFT_ALONE
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    used = dict(ThrottleCount.objects.filter(key__in=(CALLS, TOKENS), window__gte=today).values_list("key", "hits"))
    spent = used.get(CALLS, 0) >= _calls_a_day() or used.get(TOKENS, 0) >= settings.LANGUAGE_MODEL_TOKENS_PER_DAY
    return SPENT if spent else ""


def _calls_a_day() -> int:
    return int(settings.LANGUAGE_MODEL_CALLS_PER_DAY)
