"""python -m routing.intent.alone: reads one text by meaning in a process of its own, from stdin to stdout.

In: [text, [[name, keywords, about], …]]; out: [[topic, confidence, quote], …]; what is wrong goes to stderr.
"""

from __future__ import annotations

import json
import sys

from routing.engine.types import Topic
from routing.intent import embeddings


def main() -> None:
    text, topics = json.load(sys.stdin)
    embeddings.permit()
    try:
        tags = embeddings.extract(text, [Topic(name, tuple(keywords), about) for name, keywords, about in topics])
    except Exception as error:
        sys.exit(str(error) or type(error).__name__)
    json.dump(tags, sys.stdout)


if __name__ == "__main__":
    main()
