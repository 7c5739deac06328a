"""Makes Tests/Fixtures/checkpoints: small checkpoints of every kind that torch.save has written, hostile
ones derived from them, and values.tsv, which records what PyTorch itself reads from each intact file.

Run from the repository's root: python tools/reference/checkpoint_fixtures.py
A row of values.tsv is path, tensor, dtype, shape, SHA-256 of the values as little-endian float32, row-major.
"""

import argparse
import collections
import datetime
import glob
import hashlib
import io
import os
import pickle
import struct
import sys
import types
import zipfile

import numpy
import torch
from safetensors.torch import load_file, save

ROOT = "Tests/Fixtures"
OUT = f"{ROOT}/checkpoints"
DTYPES = {
    torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16",
    torch.int64: "I64", torch.int32: "I32", torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8",
    torch.uint16: "U16", torch.uint32: "U32", torch.uint64: "U64", torch.bool: "BOOL",
    torch.float8_e5m2: "F8_E5M2", torch.float8_e4m3fn: "F8_E4M3",
}


class CfgNode(dict):
    """Pickles as the settings class of the same name that training scripts use."""


CfgNode.__module__ = "yacs.config"


def settings():
    module = types.ModuleType("yacs.config")
    module.CfgNode = CfgNode
    sys.modules["yacs"] = types.ModuleType("yacs")
    sys.modules["yacs.config"] = module
    node = CfgNode(MODEL=CfgNode(NAME="tiny", DEPTHS=[2, 2]))
    node.__dict__["__immutable__"] = False
    return node


def weights(seed=0):
    generator = torch.Generator().manual_seed(seed)
    return collections.OrderedDict(
        (name, torch.randn(shape, generator=generator))
        for name, shape in [("stem.weight", (4, 3, 3, 3)), ("stem.bias", (4,)), ("head.weight", (2, 4))])


def every_type():
    base = torch.tensor([0.0, -0.0, 1.0, -2.5, 0.1, 60000.0, 6e-8, 3e-5])
    tensors = {f"t_{DTYPES[t]}": base.to(t) for t in DTYPES if t.is_floating_point}
    for dtype in DTYPES:
        if not dtype.is_floating_point and dtype != torch.bool:
            info = torch.iinfo(dtype)
            tensors[f"t_{DTYPES[dtype]}"] = torch.tensor([info.min, 0, 1, 100, info.max], dtype=dtype)
    tensors["t_BOOL"] = torch.tensor([True, False, True])
    return tensors


def views():
    base = torch.arange(24, dtype=torch.float32)
    grid = base.view(4, 6)
    return {
        "base": base, "shared": base[6:18].view(3, 4), "transposed": grid.t(), "columns": grid[:, 1:5:2],
        "permuted": base.view(2, 3, 4).permute(2, 0, 1), "half": grid.half().t(), "scalar": base[7],
        "empty": base[:0].view(0, 5), "parameter": torch.nn.Parameter(grid[1:3]),
        "channels_last": base.view(1, 2, 3, 4).contiguous(memory_format=torch.channels_last),
        "one_by_n": base[3:9:2].view(1, 3),
    }


def intact():
    state = weights()
    module = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4)).state_dict()
    training = {
        "model": state, "model_ema": weights(1), "epoch": 7, "max_accuracy": numpy.float64(81.5),
        "optimizer": {"state": {0: {"step": torch.tensor(3.0)}}, "param_groups": [{"lr": 1e-3, "params": [0]}]},
        "args": argparse.Namespace(lr=1e-3, tags={"a", "b"}), "config": settings(),
        "history": collections.defaultdict(list, loss=[1.0, 0.5]), "big": 1 << 40, "nothing": None,
    }
    return {
        "module_state_dict.pt": (module, {}),
        "training.pt": (training, {}),
        "state_dict_and_ema.pt": ({"state_dict": state, "state_dict_ema": weights(2)}, {}),
        "nested_twice.pt": ({"model": {"state_dict": state}}, {}),
        "data_parallel.pt": ({"state_dict": {f"module.{k}": v for k, v in state.items()}}, {}),
        "every_type.pt": (every_type(), {}),
        "views.pt": (views(), {}),
        "protocol4.pt": (state, {"pickle_protocol": 4}),
        "legacy.pth": (training, {"_use_new_zipfile_serialization": False}),
        "legacy_views.pth": (views(), {"_use_new_zipfile_serialization": False}),
    }


def wrapped():
    """The weights where trainers leave them, beside tensors and NumPy values that are none; and what takes them."""
    state = weights()
    beside = {
        "acc": torch.tensor(0.9), "best": numpy.float32(0.5), "curve": numpy.arange(6.0).reshape(2, 3),
        "rng": torch.arange(3, dtype=torch.uint8), "when": datetime.datetime(2024, 1, 2),
        "optimizer": {"state": {0: {"exp_avg": torch.ones(3)}}, "param_groups": []},
        "loss": {"weight": torch.ones(9), "a": torch.ones(1), "b": torch.ones(1), "c": torch.ones(1)},
    }
    return {
        "wrapped_net.pt": {"net": state, **beside},
        "wrapped_model_state_dict.pt": {**beside, "model_state_dict": state},
        "wrapped_deep.pt": {"run": {"checkpoint": {"weights_at_best": state, "epoch": 3}}, **beside},
        "wrapped_ema_alone.pt": {"ema": {"decay": 0.999, "shadow": state}, **beside},
        "wrapped_ema_beside.pt": {"ema": {"module": weights(1)}, "model": {"module": state}, **beside},
    }


class Ask:
    """Pickles as a call of `name` with `arguments`."""

    def __init__(self, function, *arguments):
        self.function, self.arguments = function, arguments

    def __reduce__(self):
        return self.function, self.arguments


def pickled(value, protocol=2):
    return pickle.dumps(value, protocol=protocol)


def hostile_pickles():
    code = "open('fovea_pwned', 'w')"
    return {
        "bad_global_os_system.pkl": pickled({"w": Ask(os.system, "touch fovea_pwned")}),
        "bad_global_eval.pkl": pickled({"w": Ask(eval, code)}),
        "bad_global_getattr.pkl": pickled({"w": Ask(getattr, "a", "upper")}),
        "bad_global_in_settings.pkl": pickled(settings() | {"f": Ask(exec, code)}),
        "bad_global_dotted.pkl": b"\x80\x04\x8c\x02os\x8c\x0bpath.system\x93.",
        "bad_call_of_a_storage_type.pkl": b"\x80\x02ctorch\nFloatStorage\n)R.",
        "bad_inst.pkl": b"\x80\x02(X\x02\x00\x00\x00idios\nsystem\n.",
        "bad_obj.pkl": b"\x80\x02(cos\nsystem\nX\x02\x00\x00\x00ido.",
        "bad_newobj.pkl": b"\x80\x02csubprocess\nPopen\n)\x81.",
        "bad_ext.pkl": b"\x80\x02\x82\x01.",
        "bad_persid.pkl": b"\x80\x02Pos.system\n.",
        "bad_binpersid_of_text.pkl": b"\x80\x02X\x01\x00\x00\x000Q.",
        "bad_stack_underflow.pkl": b"\x80\x02R.",
        "bad_memo_negative.pkl": b"\x80\x02}p-1\n.",
        "bad_binunicode_len_4gib.pkl": b"\x80\x02X\xff\xff\xff\xff.",
        "bad_cycle_of_two.pkl": b"\x80\x02]q\x00]q\x01h\x00ah\x00h\x01a.",
        "bad_billion_laughs.pkl": b"\x80\x02]q\x00" + b"".join(
            b"0](" + b"h%c" % (i - 1) * 10 + b"eq%c" % i for i in range(1, 60)) + b".",
        # a list of 3000 pairs that would be copied 4000 times, and a shape of as many axes
        "bad_dictionary_of_a_list.pkl": b"\x80\x02](" + b"NN\x86" * 3000 + b"e\x85q\x000"
        + b"ccollections\nOrderedDict\nh\x00R0" * 4000 + b"}.",
        "bad_shape_of_9000_axes.pkl": b"\x80\x02(" + b"K\x01" * 9000 + b"tq\x000ctorch._utils\n_rebuild_tensor\n("
        + b"(X\x07\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0aX\3\0\0\0cpuK\1tQK\0h\0h\0tR.",
        "bad_nested_65_deep.pkl": b"\x80\x02" + b"]" * 65 + b"a" * 64 + b".",
        "bad_stack_of_20000.pkl": b"\x80\x02(" + b"N" * 20000 + b"t.",
        "bad_memo_index_100000.pkl": b"\x80\x02}r\xa0\x86\x01\x00.",
    }


def archive(members, deflated=()):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, data in members:
            method = zipfile.ZIP_DEFLATED if name.split("/", 1)[-1] in deflated else zipfile.ZIP_STORED
            file.writestr(zipfile.ZipInfo(name), data, compress_type=method)
    return out.getvalue()


def saved(value, **options):
    out = io.BytesIO()
    torch.save(value, out, **options)
    return out.getvalue()


def minimal():
    data = saved({"w": torch.arange(6.0).view(2, 3)})
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return [(name, file.read(name)) for name in file.namelist()]


def patched(data, at, value):
    return data[:at] + value + data[at + len(value):]


def hostile_archives():
    members = minimal()
    plain = archive(members)
    directory = plain.index(b"PK\x01\x02")
    weight = next(i for i, (name, _) in enumerate(members) if name.endswith("data/0"))
    start = plain.index(members[weight][1])
    bomb = [(n, bytes(256 << 20) if n.endswith("data/0") else d) for n, d in members]
    outside = members + [("other/data.pkl", b"}.")]
    return {
        "ok_zipfile.pt": plain,
        "bad_flipped_weight.pt": patched(plain, start + 5, bytes([plain[start + 5] ^ 16])),
        "bad_crc_in_directory.pt": patched(plain, directory + 16, b"\0\0\0\0"),
        "bad_encrypted.pt": patched(patched(plain, 6, b"\1\0"), directory + 8, b"\1\0"),
        "bad_deflated.pt": archive(members, deflated=["data.pkl"]),
        "bad_deflate_bomb_256MB.pt": archive(bomb, deflated=["data.pkl", "data/0"]),
        "bad_size_past_end.pt": patched(plain, directory + 20, struct.pack("<II", 1 << 30, 1 << 30)),
        "bad_local_name_differs.pt": patched(plain, 30, b"x"),
        "bad_two_roots.pt": archive(outside),
        "bad_absolute_path.pt": archive(members + [("/tmp/fovea_pwned", b"x")]),
        "bad_climbing_path.pt": archive(members + [(members[0][0].split("/")[0] + "/../x", b"x")]),
        "bad_duplicate_member.pt": archive(members + [members[0]]),
        "bad_no_end_record.pt": plain[:-22],
        "bad_prepended_junk.pt": b"PK-junk" + plain,
        "bad_appended_junk.pt": plain + b"junk",
        "bad_archive_comment.pt": plain[:-2] + b"\4\0junk",
        "bad_hole_between_members.pt": hole(plain, directory),
        "bad_big_endian.pt": archive([(n, b"big" if n.endswith("byteorder") else d) for n, d in members]),
        "bad_rank_9.pt": saved({"w": torch.zeros([1] * 9)}),
        "bad_complex_read.pt": saved({"w": torch.zeros(2, dtype=torch.complex64)}),
        "bad_no_tensors.pt": saved({"epoch": 3, "lr": 0.1}),
        "bad_two_alike.pt": saved({"student": {"w": torch.zeros(2)}, "teacher": {"w": torch.ones(2)}}),
    }


def hole(plain, directory):
    """Four bytes before the directory that no member has, its offset moved along."""
    end = plain[-22:]
    moved = patched(end, 16, struct.pack("<I", directory + 4))
    return plain[:directory] + b"hole" + plain[directory:-22] + moved


def rows(path, tensors):
    for name, tensor in tensors.items():
        # A uint64 has no direct conversion to float in every version; NumPy's rounds to nearest.
        values = tensor.detach().contiguous()
        if values.dtype in (torch.uint64, torch.uint32, torch.uint16):
            floats = values.numpy().astype("<f4")
        else:
            floats = values.to(torch.float32).numpy()
        digest = hashlib.sha256(numpy.ascontiguousarray(floats).tobytes()).hexdigest()
        shape = ",".join(map(str, tensor.shape))
        yield f"{path}\t{name}\t{DTYPES[tensor.dtype]}\t{shape}\t{digest}\n"


def unwrapped(value):
    if isinstance(value, torch.Tensor):
        return {"tensor": value}
    for key in ("state_dict", "model"):
        if isinstance(value.get(key), dict):
            return unwrapped(value[key])
    names = {k: v for k, v in value.items() if isinstance(v, torch.Tensor)}
    return names


def readable():
    yield from sorted(glob.glob(f"{ROOT}/goldens/*/checkpoint.pth"))
    yield from sorted(glob.glob(f"{ROOT}/corpora/pickle_bad/derived/ok_*.pt"))
    yield f"{ROOT}/corpora/pickle_bad/derived/q_legacy_tar_less_state_dict.pt"
    yield f"{ROOT}/corpora/pickle_bad/picklescan/pytorch_model.bin"
    yield f"{ROOT}/corpora/pickle_bad/picklescan/new_pytorch_model.bin"
    yield from (f"{OUT}/{name}" for name in intact())


def save_safetensors():
    numbers = torch.tensor([1.0, float("nan"), float("inf"), -1.0])
    odd = {"fine": torch.ones(3), "odd": numbers, "odd_half": numbers.half()}
    for name, tensors in {"every_type": every_type(), "non_finite": odd}.items():
        with open(f"{OUT}/{name}.safetensors", "wb") as file:
            file.write(save(tensors))


def main():
    os.makedirs(OUT, exist_ok=True)
    torch.manual_seed(0)
    for name, (value, options) in intact().items():
        torch.save(value, f"{OUT}/{name}", **options)
    for name, value in wrapped().items():
        torch.save(value, f"{OUT}/{name}")
    for name, data in (hostile_pickles() | hostile_archives()).items():
        with open(f"{OUT}/{name}", "wb") as file:
            file.write(data)
    save_safetensors()
    with open(f"{OUT}/values.tsv", "w") as table:
        for path in readable():
            trusted = path.startswith(OUT)
            value = torch.load(path, map_location="cpu", weights_only=not trusted)
            table.writelines(rows(os.path.relpath(path, ROOT), unwrapped(value)))
        goldens = sorted(glob.glob(f"{ROOT}/goldens/*/checkpoint.pth"))
        beside = [path.replace("checkpoint.pth", "golden.safetensors") for path in goldens]
        for path in [f"{OUT}/every_type.safetensors", *beside]:
            table.writelines(rows(os.path.relpath(path, ROOT), load_file(path)))


if __name__ == "__main__":
    main()
