"""Model folders: weights.safetensors, manifest.json and CARD.md, verified when read; never pickle."""

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors import torch as safetensors
from torch import Tensor, nn
from torch.nn.modules.module import register_module_parameter_registration_hook

from models.errors import ModelError
from models.networks import registry
from models.networks.contract import Task
from models.zoo import manifest as manifests
from models.zoo.manifest import REMEDY, Manifest

ZOO = Path(__file__).parent
WEIGHTS, MANIFEST, CARD = "weights.safetensors", "manifest.json", "CARD.md"
# How a manifest names a verifier that lies within the model's own folder.
WITHIN = "./"
# The largest network here has 15 MB; above this, reading a file would only fill the memory.
MAX_WEIGHTS_BYTES = 1 << 30
# A header only lists tensors; a larger one is corrupt or an attack.
MAX_HEADER_BYTES = 1 << 20
# Channels, samples, widths and layers of networks are far fewer.
MOST_OF_ANYTHING = 1 << 20
# A network may register a parameter more than once while it is built.
MOST_FOR_EACH = 8


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A network in eval mode on the CPU, with the manifest it came with."""

    network: nn.Module
    manifest: Manifest


def names() -> tuple[str, ...]:
    """Return the names of the models in the zoo, sorted."""
    return tuple(sorted(folder.parent.name for folder in ZOO.glob(f"*/{MANIFEST}")))


def for_montage(montage: str, task: Task = "ied") -> str:
    """Return the name of the zoo's model that `auto` means for a montage ("scalp", "shaft").

    Raises
    ------
    ModelError
        When the zoo has none for it.
    """
    for name in names():
        manifest = manifests.read(ZOO / name / MANIFEST)
        if manifest.auto and manifest.task == task and montage in manifest.montages:
            return name
    raise ModelError(f"no model for task {task!r} and montage {montage!r} in the zoo; name one of {names()}")


def locate(folder_or_name: str | Path) -> Path:
    """Return the folder of a model given by path or by its name in the zoo."""
    path = Path(folder_or_name)
    if path.is_dir():
        return path
    if path.name == str(folder_or_name) and (ZOO / path.name).is_dir():
        return ZOO / path.name
    raise ModelError(f"{folder_or_name}: neither a folder nor a model of the zoo ({', '.join(names())})")


def load(folder_or_name: str | Path) -> LoadedModel:
    """Read, verify and build a model.

    Raises
    ------
    ModelError
        When a file is missing, altered or truncated, or weights and manifest do not fit together.
    """
    folder = locate(folder_or_name)
    manifest = manifests.read(folder / MANIFEST)
    weights = _read_weights(folder / WEIGHTS, manifest.sha256)
    network = _build(manifest, folder / MANIFEST, len(weights))
    # Before torch's own check, whose message is a page long and names neither file nor remedy.
    _check_shapes(network.state_dict(), weights, folder / WEIGHTS)
    network.load_state_dict(weights)
    return LoadedModel(network.eval(), _with_verifier(manifest, folder))


def _with_verifier(manifest: Manifest, folder: Path) -> Manifest:
    """Return the manifest with the place of a verifier that lies within the model's own folder."""
    asked = manifest.verification
    if asked is None or not asked.model.startswith(WITHIN):
        return manifest
    return dataclasses.replace(manifest, verification=dataclasses.replace(asked, model=str(folder / asked.model)))


def save(
    folder: Path, network: nn.Module, manifest: Manifest, card: str, metadata: Mapping[str, str] | None = None
) -> Manifest:
    """Write a model folder and return the manifest with the weights' hash filled in.

    `metadata` goes into the weights' file, and so into their hash.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # Contiguous copies: safetensors refuses tensors that share memory.
    state = {key: value.detach().cpu().contiguous() for key, value in network.state_dict().items()}
    content = safetensors.save(state, dict(metadata) if metadata else None)
    complete = dataclasses.replace(manifest, sha256=hashlib.sha256(content).hexdigest())
    # The card last: whoever finds it finds the other two complete (`models.training.export.is_done`).
    (folder / WEIGHTS).write_bytes(content)
    manifests.write(complete, folder / MANIFEST)
    (folder / CARD).write_text(card, encoding="utf-8")
    return complete


def _read_weights(path: Path, sha256: str) -> dict[str, Tensor]:
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= MAX_WEIGHTS_BYTES else b""
    except OSError as problem:
        raise ModelError(f"{path}: cannot be read ({problem.strerror}); {REMEDY}") from None
    if size > MAX_WEIGHTS_BYTES:
        raise ModelError(f"{path}: {size} bytes, more than {MAX_WEIGHTS_BYTES}; {REMEDY}")
    # Checked before the library reads it: the header's length is the file's own claim.
    if int.from_bytes(content[:8], "little") > min(size, MAX_HEADER_BYTES):
        raise ModelError(f"{path}: the header is larger than the file or {MAX_HEADER_BYTES} bytes; {REMEDY}")
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ModelError(f"{path}: its sha256 is not the one in {MANIFEST}: altered or truncated; {REMEDY}")
    try:
        return safetensors.load(content)
    except (SafetensorError, ValueError) as problem:
        raise ModelError(f"{path}: not a safetensors file ({problem}); {REMEDY}") from None


def _build(manifest: Manifest, path: Path, tensors: int) -> nn.Module:
    if largest := [name for name, value in manifest.parameters.items() if _is_beyond(value)]:
        raise ModelError(f"{path}: parameters.{largest[0]} is beyond {MOST_OF_ANYTHING}; {REMEDY}")
    try:
        with _at_most(MOST_FOR_EACH * tensors):
            network: nn.Module = registry.RECORDS[manifest.architecture].network(**manifest.parameters)
    except (TypeError, ValueError, ArithmeticError, LookupError, RuntimeError, MemoryError) as problem:
        raise ModelError(f"{path}: parameters do not fit {manifest.architecture} ({problem}); {REMEDY}") from None
    return network


def _is_beyond(value: object) -> bool:
    return isinstance(value, int | float) and abs(value) > MOST_OF_ANYTHING


@contextmanager
def _at_most(tensors: int) -> Iterator[None]:
    """Have a network with more parameters than this raise ValueError: else it is built until no memory is left."""
    left = tensors

    def count(*_: object) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise ValueError("more layers than the file has weights for")

    counting = register_module_parameter_registration_hook(count)
    try:
        yield
    finally:
        counting.remove()


def _check_shapes(wanted: Mapping[str, Tensor], found: Mapping[str, Tensor], path: Path) -> None:
    if odd := sorted(set(wanted) ^ set(found)):
        where = "missing from" if odd[0] in wanted else "unknown in"
        raise ModelError(f"{path}: tensor {odd[0]} is {where} the file; {REMEDY}")
    for key, tensor in wanted.items():
        if found[key].shape != tensor.shape or found[key].dtype != tensor.dtype:
            have, want = tuple(found[key].shape), tuple(tensor.shape)
            raise ModelError(f"{path}: tensor {key} is {have} {found[key].dtype}, wanted {want}; {REMEDY}")
        # A network of NaN would reject every window as `output`: a detector that never finds anything.
        if not torch.isfinite(found[key]).all():
            raise ModelError(f"{path}: tensor {key} holds NaN or infinity; {REMEDY}")
