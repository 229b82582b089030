"""all-MiniLM-L6-v2 by numpy alone: sentences → vectors of length 1 whose products say how alike they are.

The weights are mapped, not read: processes on one machine share them. They are used only if they are the very ones
that this was measured with. Import nothing here in a process that serves requests: see embeddings.py.
"""

from __future__ import annotations

import hashlib
import json
import mmap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

HASHES = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
"""SHA-256 of the files: others give other vectors, or are somebody else's."""
LAYERS, HEADS, WIDTH = 6, 12, 384
MOST_TOKENS = 128
EPSILON = 1e-12
PIECE = 1 << 20


class WrongModel(Exception):
    """The files are not those of the model, or what comes out of it are no numbers."""


class MiniLM:
    """The model, loaded once. Raises WrongModel, OSError."""

    def __init__(self, folder: Path) -> None:
        for name, sha256 in HASHES.items():
            if _sha256(folder / name) != sha256:
                raise WrongModel(f"{name} is not the file that is expected: its SHA-256 is another one")
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MOST_TOKENS)
        weights = _mapped(folder / "model.safetensors")
        self._embeddings = {
            name.removeprefix("embeddings."): array for name, array in weights.items() if name.startswith("embeddings.")
        }
        self._layers = [_Layer(weights, f"encoder.layer.{number}.") for number in range(LAYERS)]

    def vectors(self, sentences: Sequence[str]) -> Any:
        """A row of 384 numbers for each. Raises WrongModel."""
        tokens = [encoded.ids for encoded in self._tokenizer.encode_batch(list(sentences))]
        ends = np.cumsum([len(ids) for ids in tokens])
        spans = list(zip(ends - [len(ids) for ids in tokens], ends, strict=True))
        # all sentences lie one behind the other: nothing is padded, and only attention looks at each alone
        ids = np.concatenate([np.asarray(one) for one in tokens])
        places = np.concatenate([np.arange(len(one)) for one in tokens])
        known = self._embeddings
        state = known["word_embeddings.weight"][ids] + known["position_embeddings.weight"][places]
        state += known["token_type_embeddings.weight"][0]
        state = _normalised(state, known["LayerNorm.weight"], known["LayerNorm.bias"])
        for layer in self._layers:
            state = layer.run(state, spans)
        means = np.stack([state[start:end].mean(axis=0) for start, end in spans])
        lengths = np.linalg.norm(means, axis=1, keepdims=True)
        if not (np.isfinite(lengths) & (lengths > 0)).all():
            raise WrongModel("the model gave no numbers")
        return means / lengths


class _Layer:
    """One of the six: attention, then two products."""

    def __init__(self, weights: dict[str, Any], prefix: str) -> None:
        self._own = {name.removeprefix(prefix): array for name, array in weights.items() if name.startswith(prefix)}

    def run(self, state: Any, spans: Sequence[tuple[int, int]]) -> Any:
        queries, keys, values = (self._times(f"attention.self.{name}", state) for name in ("query", "key", "value"))
        seen = np.empty_like(state)
        for start, end in spans:
            query, key, value = (
                part[start:end].reshape(end - start, HEADS, -1).swapaxes(0, 1) for part in (queries, keys, values)
            )
            seen[start:end] = (_softmax(query @ key.swapaxes(1, 2)) @ value).swapaxes(0, 1).reshape(end - start, WIDTH)
        state = self._added("attention.output", state, seen)
        return self._added("output", state, _gelu(self._times("intermediate.dense", state)))

    def _times(self, name: str, state: Any) -> Any:
        return state @ self._own[f"{name}.weight"].T + self._own[f"{name}.bias"]

    def _added(self, name: str, state: Any, more: Any) -> Any:
        state = state + self._times(f"{name}.dense", more)
        return _normalised(state, self._own[f"{name}.LayerNorm.weight"], self._own[f"{name}.LayerNorm.bias"])


def _normalised(state: Any, weight: Any, bias: Any) -> Any:
    state = state - state.mean(axis=-1, keepdims=True)
    return state / np.sqrt((state * state).mean(axis=-1, keepdims=True) + EPSILON) * weight + bias


def _softmax(products: Any) -> Any:
    products = products * np.float32((WIDTH // HEADS) ** -0.5)
    powers = np.exp(products - products.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _gelu(state: Any) -> Any:
    """x · Φ(x), with the error function of Abramowitz and Stegun 7.1.26, which is 1.5e-7 off at most."""
    size = np.abs(state) * np.float32(0.5**0.5)
    part = 1 / (1 + np.float32(0.3275911) * size)
    series = np.float32(1.061405429) * part
    for factor in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        series = (series + np.float32(factor)) * part
    upper = 1 - series * np.exp(-size * size)
    return state * np.float32(0.5) * (1 + np.copysign(upper, state))


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _mapped(path: Path) -> dict[str, Any]:
    """The arrays of a safetensors file: eight bytes with the length of the header, the header, the numbers."""
    with path.open("rb") as file:
        memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    begin = 8 + int.from_bytes(memory[:8], "little")
    header = json.loads(memory[8:begin])
    return {
        name: np.frombuffer(memory, np.float32, (one["data_offsets"][1] - one["data_offsets"][0]) // 4,
                            begin + one["data_offsets"][0]).reshape(one["shape"])
        for name, one in header.items()
        if name != "__metadata__" and one["dtype"] == "F32"
    }  # fmt: skip
