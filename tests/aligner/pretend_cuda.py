"""A CUDA device for machines without one: all is computed on the CPU, but as if it were not.

Each tensor is known by its storage to be "there" or not, so views, parameters and gradients are
where their values are. Two modes of torch keep that up. At the level of calls, devices named in
arguments are noted and replaced, ``device`` tells the pretended one, and what has no way to numpy
or DGL on true CUDA has none here. At the level of operations, those of the backward pass included,
a result is where its operands are, and operands in different places are an error, with CUDA's own
exceptions: single numbers, and indices into what is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef
from torch.overrides import TorchFunctionMode
from torch.utils import dlpack
from torch.utils._python_dispatch import TorchDispatchMode

CUDA, CPU = torch.device("cuda", 0), torch.device("cpu")

_aten = torch.ops.aten
_ANYWHERE = (_aten.copy_, _aten._foreach_copy_, _aten._has_compatible_shallow_copy_type)
_INDEXED = (_aten.index, _aten._unsafe_index, _aten.index_put, _aten.index_put_)
_TO_NUMPY = (Tensor.numpy, Tensor.__array__, Tensor.__dlpack__)
_MOVES = {Tensor.cpu: CPU, Tensor.cuda: CUDA}
_TELLS = {
    Tensor.device.__get__: lambda there: CUDA if there else CPU,
    Tensor.is_cuda.__get__: lambda there: there,
    Tensor.is_cpu.__get__: lambda there: not there,
    Tensor.get_device: lambda there: 0 if there else -1,
}


class PretendCuda:
    """Pretends, for the length of a ``with`` block in one thread, that there is a CUDA device."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        # a weak reference keeps the address from being given to another storage
        self._there: dict[int, StorageWeakRef] = {}

    def __enter__(self) -> PretendCuda:
        patch = self._stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(dlpack, "to_dlpack", self._to_dlpack(dlpack.to_dlpack))  # DGL's way in
        self._stack.enter_context(_Operations(self))
        self._stack.enter_context(_Calls(self))
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def has(self, tensor: Tensor) -> bool:
        """Whether a tensor would be on the device."""
        return _storage(tensor)._cdata in self._there

    def put(self, values: object, there: bool) -> None:
        """Note of all tensors in some values where they are."""
        for tensor in _tensors(values):
            storage = _storage(tensor)
            if there:
                self._there[storage._cdata] = StorageWeakRef(storage)
            else:
                self._there.pop(storage._cdata, None)

    def refuse(self, values: object) -> None:
        """Raise torch's error where something on the device is looked at from outside."""
        if any(self.has(tensor) for tensor in _tensors(values)):
            raise TypeError(
                f"can't convert {CUDA} device type tensor to numpy. Use Tensor.cpu() to copy the "
                "tensor to host memory first."
            )

    def _to_dlpack(self, given: Any) -> Any:
        def guarded(tensor: Tensor) -> object:
            self.refuse(tensor)
            return given(tensor)

        return guarded


class _Calls(TorchFunctionMode):
    """What Python code says to torch."""

    def __init__(self, device: PretendCuda) -> None:
        super().__init__()
        self._device = device

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        kwargs = dict(kwargs or {})
        if func in _TELLS:
            return _TELLS[func](self._device.has(args[0]))
        if func in _TO_NUMPY:
            self._device.refuse(args[0])
        if func in _MOVES:
            return self._moved(args[0], _MOVES[func], None)
        if func == Tensor.to:
            return self._moved(args[0], *self._target(*args[1:], **kwargs))
        if kwargs.get("device") is None:
            return func(*args, **kwargs)
        there = torch.device(kwargs["device"]).type == "cuda"
        made = func(*args, **{**kwargs, "device": CPU})
        self._device.put(made, there)
        return made

    def _target(self, *args: Any, **kwargs: Any) -> tuple[torch.device | None, torch.dtype | None]:
        """Read what ``Tensor.to`` was given: a device, a type of numbers, another tensor."""
        other = args[0] if args else kwargs.get("other")
        if isinstance(other, Tensor):
            return (CUDA if self._device.has(other) else CPU), other.dtype
        device, dtype, *_ = torch._C._nn._parse_to(*args, **kwargs)
        return device, dtype

    def _moved(
        self, tensor: Tensor, device: torch.device | None, dtype: torch.dtype | None
    ) -> Tensor:
        here = self._device.has(tensor)
        there = here if device is None else device.type == "cuda"
        if dtype is not None:
            tensor = tensor.to(dtype)
        if there == here:
            return tensor
        if tensor.requires_grad and torch.is_grad_enabled():
            raise NotImplementedError("a gradient does not find its way back to where it came from")
        copy = tensor.clone()  # on another device values are never shared
        self._device.put(copy, there)
        return copy


class _Operations(TorchDispatchMode):
    """What torch does, whoever asked for it."""

    def __init__(self, device: PretendCuda) -> None:
        super().__init__()
        self._device = device

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # nothing is compiled here, and to say so to the compiler takes seconds

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        operation = func.overloadpacket
        if operation in _ANYWHERE:
            return func(*args, **kwargs)
        operands = list(_tensors((args, kwargs)))
        if operation in _INDEXED and self._device.has(args[0]):
            operands = list(_tensors((args[0], args[2:])))  # its indices may come from the CPU
        there = any(self._device.has(tensor) for tensor in operands)
        if there and not all(self._device.has(tensor) or not tensor.dim() for tensor in operands):
            raise RuntimeError(
                "Expected all tensors to be on the same device, but found at least two devices, "
                f"{CUDA} and {CPU}! (in {operation})"
            )
        result = func(*args, **kwargs)
        if there:
            self._device.put(result, True)
        return result


def _tensors(values: object) -> Iterator[Tensor]:
    if isinstance(values, Tensor):
        yield values
    elif isinstance(values, (list, tuple)):
        for value in values:
            yield from _tensors(value)
    elif isinstance(values, dict):
        yield from _tensors(tuple(values.values()))


def _storage(tensor: Tensor) -> Any:
    with torch._C.DisableTorchFunction():
        return tensor.untyped_storage()
