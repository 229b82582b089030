"""Whether a text speaks of something as what it does not want or have: “no longer on Kubernetes”."""

from __future__ import annotations

from collections.abc import Sequence

from routing.intent.words import Word

WORDS_BEFORE = 4
"""So far before a word a negation is looked for, within the clause."""
CLAUSE_ENDS = frozenset(".,;:!?\n()")
_TURNS = "aber but however jedoch ma maar mais mas pero sino sondern"
TURNS = frozenset(_TURNS.split())
"""After one of these the sentence says the opposite."""
_NEGATIONS = """
    aint arent cannot cant didnt doesnt dont dropped isnt neither never no nor not wasnt without wont wouldnt
    kein keine keinem keinen keiner keines nicht nie ohne statt weder
    aucun aucune jamais pas sans mai nessun nessuna senza ni ningun ninguna nunca sin nao nem nenhum sem
    ej geen ikke ingen inte niet nooit utan zonder
"""
NEGATIONS = frozenset(_NEGATIONS.split())
_CONTRACTED = "ain aren can couldn didn doesn don isn shouldn wasn won wouldn"
CONTRACTED = frozenset(_CONTRACTED.split())
"""Before “t”: “don’t” is read as two words."""
NEGATIONS_OF_TWO = frozenset({("instead", "of"), ("rather", "than"), ("moved", "away")})
_NOT_NEGATED = "allein apenas doubt just nur only problem seulement solamente solo soltanto sure"
NOT_NEGATED = frozenset(_NOT_NEGATED.split())
"""After a negation these take it back: “not only …”, “no doubt …”."""


def is_negated(text: str, words: Sequence[Word], first: int) -> bool:
    """Whether a negation stands shortly before the word number `first`, in the same clause."""
    for place in range(first - 1, max(first - 1 - WORDS_BEFORE, -1), -1):
        between = text[words[place].end : words[place + 1].start]
        word, after = words[place].text, words[place + 1].text
        if CLAUSE_ENDS.intersection(between) or word in TURNS:
            return False
        contracted = word in CONTRACTED and after == "t"
        if (word in NEGATIONS or contracted or (word, after) in NEGATIONS_OF_TWO) and after not in NOT_NEGATED:
            return True
    return False
