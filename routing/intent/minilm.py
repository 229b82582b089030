"""all-MiniLM-L6-v2 by numpy alone: sentences → vectors of length 1 whose products say how alike they are.

The weights are mapped, not read: processes on one machine share them. They are used only if they are the very ones
that this was measured with. Import nothing here in a process that serves requests: see embeddings.py.
"""

from __future__ import annotations

import hashlib
import json
import mmap
from collections.abc import Sequence
from functools import lru_cache
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
PIECES_OF_ROWS = (64, 32, 16)
MOST_IN_PLACE = 1_000_000
"""Multiplications: up to so many OpenBLAS copies nothing first, where the processor has AVX-512. The smallest piece
stays below with as many tokens as there may be."""
KEPT = 2_000
"""Sentences whose vectors are kept, 4 MB: greetings, signatures and what forms write come again."""


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
        self._vector = lru_cache(maxsize=KEPT)(self._read)

    def vectors(self, sentences: Sequence[str]) -> Any:
        """A row of 384 numbers for each, which depends on no other sentence. Raises WrongModel."""
        return np.stack([self._vector(sentence) for sentence in sentences])

    def listed(self, names: Sequence[str]) -> Any:
        """A row of 384 numbers for each of these names as it stands in the list of them, read at once; none for those
        for which the list is too long; one for all if it is for each. Raises WrongModel."""
        state, places = self._tokens(", ".join(names))
        rows, start = [], 0
        for name in names:
            end = start + len(name)
            tokens = [number for number, (first, last) in enumerate(places) if start <= first < last <= end]
            if tokens:
                rows.append(_direction(state[:, tokens]))
            start = end + len(", ")
        return np.stack(rows or [_direction(state)])

    def _read(self, sentence: str) -> Any:
        return _direction(self._tokens(sentence)[0])

    def _tokens(self, sentence: str) -> tuple[Any, Sequence[tuple[int, int]]]:
        """A column for each token, and its place in the sentence."""
        encoded = self._tokenizer.encode(sentence)
        ids = encoded.ids
        known = self._embeddings
        state = known["word_embeddings.weight"][ids] + known["position_embeddings.weight"][: len(ids)]
        state += known["token_type_embeddings.weight"][0]
        # a column for each token from here on: so the weights are multiplied as they lie in the file
        state = _normalised(np.ascontiguousarray(state.T), known["LayerNorm.weight"], known["LayerNorm.bias"])
        for layer in self._layers:
            state = layer.run(state)
        return state, encoded.offsets


class _Layer:
    """One of the six: attention, then two products. The state has a column for each token."""

    def __init__(self, weights: dict[str, Any], prefix: str) -> None:
        self._own = {name.removeprefix(prefix): array for name, array in weights.items() if name.startswith(prefix)}

    def run(self, state: Any) -> Any:
        tokens = state.shape[1]
        queries, keys, values = (
            self._times(f"attention.self.{name}", state).reshape(HEADS, -1, tokens)
            for name in ("query", "key", "value")
        )
        seen = values @ _softmax(keys.swapaxes(1, 2) @ queries)
        state = self._added("attention.output", state, seen.reshape(WIDTH, tokens))
        return self._added("output", state, _gelu(self._times("intermediate.dense", state)))

    def _times(self, name: str, state: Any) -> Any:
        product = _product(self._own[f"{name}.weight"], state)
        product += self._own[f"{name}.bias"][:, np.newaxis]
        return product

    def _added(self, name: str, state: Any, more: Any) -> Any:
        sums = self._times(f"{name}.dense", more)
        sums += state
        return _normalised(sums, self._own[f"{name}.LayerNorm.weight"], self._own[f"{name}.LayerNorm.bias"])


def _direction(state: Any) -> Any:
    """Where these tokens point to together, with length 1. Raises WrongModel."""
    mean = state.mean(axis=1)
    length = np.linalg.norm(mean)
    if not (np.isfinite(length) and length > 0):
        raise WrongModel("the model gave no numbers")
    return mean / length


def _product(weight: Any, state: Any) -> Any:
    """weight @ state, in pieces so small that the library multiplies them where they lie: larger matrices it copies
    into an order of its own first, which takes longer than to multiply so few columns."""
    rows, columns = weight.shape
    tokens = state.shape[1]
    piece = next(size for size in PIECES_OF_ROWS if size * WIDTH * tokens <= MOST_IN_PLACE)
    pieces = weight.reshape(-1, piece, columns // WIDTH, WIDTH).transpose(2, 0, 1, 3)
    products = pieces @ state.reshape(-1, 1, WIDTH, tokens)
    return (products[0] if len(products) == 1 else products.sum(axis=0)).reshape(rows, tokens)


def _normalised(state: Any, weight: Any, bias: Any) -> Any:
    """In place, each column."""
    state -= state.mean(axis=0)
    state *= 1 / np.sqrt(np.einsum("ij,ij->j", state, state) / np.float32(WIDTH) + np.float32(EPSILON))
    state *= weight[:, np.newaxis]
    state += bias[:, np.newaxis]
    return state


def _softmax(products: Any) -> Any:
    """In place, over the keys."""
    products -= products.max(axis=1, keepdims=True)
    products *= np.float32((WIDTH // HEADS) ** -0.5)
    np.exp(products, out=products)
    products /= products.sum(axis=1, keepdims=True)
    return products


def _gelu(state: Any) -> Any:
    """x · Φ(x), in place, with the error function of Abramowitz and Stegun 7.1.26, which is 1.5e-7 off at most."""
    part = np.abs(state)
    part *= np.float32(0.3275911 * 0.5**0.5)
    part += 1
    np.reciprocal(part, out=part)
    tail = part * np.float32(0.5 * 1.061405429)
    for factor in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        tail += np.float32(0.5 * factor)
        tail *= part
    power = np.square(state, out=part)
    power *= np.float32(-0.5)
    tail *= np.exp(power, out=power)
    inner = np.subtract(np.float32(0.5), tail, out=tail)
    np.copysign(inner, state, out=inner)
    inner += np.float32(0.5)
    state *= inner
    return state


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
