"""Words without their endings, and how much it says that two texts share one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from math import log
from pathlib import Path

from routing.intent.words import folded_words

_ENDINGS = """
    ations ation ating ators ator ated ates ate ements ement ments ment ungen ings ung ing edly ers ies ied ions ion ors
    er or ed es en ly al e s y
"""
ENDINGS = tuple(_ENDINGS.split())
"""Of English and German words; each stands before those that it ends with."""
MOST_ENDINGS = 2
SHORTEST = 3
"""What is left of a word has as many letters at least; a word as short is left as it is."""
KEPT_DOUBLE = frozenset("aeouls")
COMMON = Path(__file__).with_name("common_words.txt")
"""The thousand commonest words of English, the commonest first, as the model's list of words ranks them."""
STEEP = 50
"""What a word says grows with the logarithm of its rank, counted in so many."""
_SILENT = """
    about above after again all also an and any are as at be because been before being below between both but by can
    could did do does doing done down each few for from further get gets got had has have having he her here him his
    how if in into is it its just let like made make me more most much must my need new no nor not now of off often on
    once one only or other our out over own same she should so some somebody such than that the their them then there
    these they thing this those through to too under until up us use used using very want was we were what when where
    which while who whom why will with would you your
    best dear hello hi kind please regards thank thanks
    aber als am an auch auf aus bei bin bis bitte dann das dass dein dem den der des die dies diese dieser doch durch
    ein eine einem einen einer eines er es fur gibt habe haben hat hier ich ihr ihre ihrem ihren ihrer ihnen im immer
    in ist kann kein keine konnen man mehr mein meine mit muss nach nicht noch nur ob oder ohne sehr sein seine sich
    sie sind so soll sollen uber um und uns unser unsere unserem unseren unserer unter viel vom von vor wann war waren
    was wenn wer werden wie wir wird wo zu zum zur
    au aux avec ce ces cette comme dans de des donc du elle elles en est et etre eux il ils je la le les leur leurs
    lui mais meme mes mon ne nos notre nous on ont ou par pas plus pour que qui sa sans se ses son sont sur tous tout
    tres un une vos votre vous
    al algo como con cual cuando de del desde donde el ella ellos en entre es esta este esto hay la las lo los mas mi
    muy nos nuestra nuestro o para pero por que se si sin sobre son su sus tambien todo un una y ya
    alla alle anche che chi con da dal dalla de dei del della delle di e gli ha hanno il io la le lo loro ma mi nei
    nel nella noi non nostra nostro o per piu questa questo se si sono su sua sul tra un una
    a ao aos as com como da das de do dos e ela ele em entre era essa esse esta este eu foi isso ja mais mas mesmo meu
    muito na nao nas no nos nossa nosso o os ou para pela pelo por quando que se sem ser seu sua sao tem um uma voce
    aan als bij dan dat de die dit door een en er geen had heb hebben heeft het hij hoe iets ik in is kan maar met
    mijn naar niet nog nu of om ons onze ook op over te tot uit van veel voor want wat we wel wij worden zich zij zijn
    zo
    att av den det dig din du ej eller en ett fran for ha har hon i inte jag kan man med men min mot mycket nar och om
    oss pa sig sin ska som till upp ut var vara vi vid
"""
SILENT = frozenset(_SILENT.split())
"""Words that stand in every text and say nothing of it, in the languages that negations are known of."""


@lru_cache(maxsize=10_000)
def stem(word: str) -> str:
    """A folded word without its endings: “migration”, “migrating” and “migrate” are one."""
    for _ in range(MOST_ENDINGS):
        ending = next((one for one in ENDINGS if word.endswith(one) and len(word) - len(one) >= SHORTEST), "")
        if not ending or len(word) <= SHORTEST:
            break
        word = word.removesuffix(ending)
        if len(word) > SHORTEST and word[-1] == word[-2] and word[-1] not in KEPT_DOUBLE:
            word = word[:-1]
    return word


def stems(text: str) -> set[str]:
    """Those of all words of a text that say something."""
    return {stem(word) for word in folded_words(text) if says_something(word)}


def says_something(word: str) -> bool:
    return len(word) > 1 and not word.isdigit() and word not in SILENT


def rarity(one: str) -> float:
    """How much a stem says by how rare it is, from 0 (“the”) to 1."""
    rank = _ranks().get(one)
    return 1.0 if rank is None else min(1.0, log(rank / STEEP + 1) / log(len(_ranks()) / STEEP + 1))


@cache
def _ranks() -> Mapping[str, int]:
    ranks: dict[str, int] = {}
    for rank, word in enumerate(COMMON.read_text(encoding="ascii").split()):
        ranks.setdefault(stem(word), rank)
    return ranks
