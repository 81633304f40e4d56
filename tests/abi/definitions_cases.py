#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes definitions.json: what the specification says, by running it.

    python3 definitions_cases.py <component-model>/design/mvp/canonical-abi/definitions.py > definitions.json

For each function of definitions.py a list of cases whose outcome depends on it; definitions_test.cpp has a test of the
function's name that puts each case to the interpreter and to a compiled adapter. Kinds of cases:

    layout    a type (or flags, cases): size, alignment and core types for either size of pointers
    functype  parameters and result: core signatures
    crossing  a type, core values and bytes at 1 MiB of a caller's memory; lifted there and lowered into a callee, whose
              memory is 0xee: its core values, reallocs, and bytes from 1 MiB on. Or that it traps.
"""
import importlib.util
import json
import struct
import sys

spec = importlib.util.spec_from_file_location("definitions", sys.argv[1])
d = importlib.util.module_from_spec(spec)
sys.modules["definitions"] = d
spec.loader.exec_module(d)
d.DETERMINISTIC_PROFILE = True

BASE, SIZE = 1 << 20, 64 << 16
ENCODINGS = ["utf8", "utf16", "latin1+utf16"]

PRIMS = {"bool": d.BoolType, "s8": d.S8Type, "u8": d.U8Type, "s16": d.S16Type, "u16": d.U16Type, "s32": d.S32Type,
         "u32": d.U32Type, "s64": d.S64Type, "u64": d.U64Type, "f32": d.F32Type, "f64": d.F64Type, "char": d.CharType,
         "string": d.StringType}


def make(t):
    """The specification's type of our notation."""
    if t is None:
        return None
    if isinstance(t, str):
        return PRIMS[t]()
    kind, *rest = t
    match kind:
        case "list": return d.ListType(make(rest[0]), rest[1] if len(rest) > 1 else None)
        case "tuple": return d.TupleType([make(x) for x in rest])
        case "record": return d.RecordType([d.FieldType(f"f{i}", make(x)) for i, x in enumerate(rest)])
        case "variant": return d.VariantType([d.CaseType(f"c{i}", make(x)) for i, x in enumerate(rest)])
        case "enum": return d.EnumType([f"c{i}" for i in range(rest[0])])
        case "flags": return d.FlagsType([f"f{i}" for i in range(rest[0])])
        case "option": return d.OptionType(make(rest[0]))
        case "result": return d.ResultType(make(rest[0]), make(rest[1]))
        case "map": return d.MapType(make(rest[0]), make(rest[1]))
        case "own": return d.OwnType(None)
        case "borrow": return d.BorrowType(None)
        case "stream": return d.StreamType(make(rest[0]))
        case "future": return d.FutureType(make(rest[0]))
    raise Exception(kind)


def opts(ptr="i32", encoding="utf8", data=b"", realloc=None):
    out = d.CanonicalOptions()
    out.memory = d.MemInst(data, ptr)
    out.string_encoding = encoding
    out.realloc = realloc
    return out


def layout(t):
    out = {"kind": "layout", "type": t}
    for ptr in ["i32", "i64"]:
        out[ptr] = [d.elem_size(make(t), ptr), d.alignment(make(t), ptr), d.flatten_type(make(t), opts(ptr))]
    return out


def functype(params, result):
    ft = d.FuncType([make(p) for p in params], [make(result)] if result else [])
    out = {"kind": "functype", "params": params, "result": result}
    for ptr in ["i32", "i64"]:
        for context in ["lift", "lower"]:
            core = d.flatten_functype(opts(ptr), ft, context)
            out[f"{context}-{ptr}"] = [core.params, core.results]
    return out


def to_core(core_type, bits):
    if core_type == "f32": return struct.unpack("<f", struct.pack("<I", bits))[0]
    if core_type == "f64": return struct.unpack("<d", struct.pack("<Q", bits))[0]
    return bits


def to_bits(core_type, value):
    if core_type == "f32": return struct.unpack("<I", struct.pack("<f", value))[0]
    if core_type == "f64": return struct.unpack("<Q", struct.pack("<d", value))[0]
    return value


def crossing(types, flat, data=b"", source="utf8", target="utf8"):
    """`types`: of all parameters."""
    out = {"kind": "crossing", "types": types, "flat": flat, "data": data.hex(), "from": source, "to": target}
    memory = bytearray(SIZE)
    memory[BASE:BASE + len(data)] = data
    callee = bytearray(b"\xee" * SIZE)
    calls, state = [], {"next": BASE}

    def realloc(args):
        old, old_size, alignment, size = args
        calls.append([old, old_size, alignment, size])
        if old != 0 and size < old_size:
            return [d.align_to(old, alignment)]
        place = d.align_to(state["next"], alignment)
        state["next"] = place + size
        callee[place:place + old_size] = callee[old:old + old_size]
        return [place]

    ts = [make(t) for t in types]
    inst = d.ComponentInstance(d.Store())
    lift = d.LiftLowerContext(opts("i32", source, memory), inst)
    lower = d.LiftLowerContext(opts("i32", target, callee, realloc), inst)
    core_types = d.flatten_types(ts, lift.opts)
    if len(core_types) > d.MAX_FLAT_PARAMS:
        core_types = ["i32"]
    try:
        values = d.CoreValueIter([to_core(c, f) for c, f in zip(core_types, flat, strict=True)])
        vals = d.lift_flat_values(lift, d.MAX_FLAT_PARAMS, values, ts)
        got = d.lower_flat_values(lower, d.MAX_FLAT_PARAMS, vals, ts)
    except d.Trap:
        out["traps"] = True
        return out
    out["result"] = [to_bits(c, g) for c, g in zip(core_types, got, strict=True)]
    out["calls"] = calls
    out["bytes"] = bytes(callee[BASE:state["next"]]).hex()
    return out


def one(t, *flat, data=b"", source="utf8", target="utf8"):
    return crossing([t], list(flat), data, source, target)


def le(size, *values):
    return b"".join((v % (1 << 8 * size)).to_bytes(size, "little") for v in values)


def in_memory(t, data, count=1):
    """`count` values of the type lie at 1 MiB: load and store of each."""
    return one(["list", t], BASE, count, data=data)


def encode(text, encoding, wide):
    """Bytes and tagged code units."""
    if encoding == "utf8":
        data = text.encode("utf-8")
        return data, len(data)
    if encoding == "utf16" or wide:
        data = text.encode("utf-16-le")
        return data, len(data) // 2 | (1 << 31 if encoding != "utf16" else 0)
    data = text.encode("latin-1")
    return data, len(data)


TEXTS = ["", "a", "abc", "\u007f", "\u0080", "ab\u00e9", "\u00e9ab", "\u00ff\u00ff\u00ff", "\u0100", "a\u0100b", "\u00e9\u0100",
         "\u07ff\u0800", "\ud7ff\ue000", "\uffff", "\U0001f30a", "a\U0010ffff", "caf\u00e9 \u03a9 \U0001f30a", "\u20ac" * 9]


def strings(source, target, wide=False):
    out = []
    for text in TEXTS:
        if source == "latin1+utf16" and not wide and any(ord(c) > 255 for c in text):
            continue
        data, units = encode(text, source, wide)
        out.append(one("string", BASE, units, data=data, source=source, target=target))
    return out


def all_strings():
    return [case for a in ENCODINGS for b in ENCODINGS for wide in [False, True] if not wide or a == "latin1+utf16"
            for case in strings(a, b, wide)]


U8, MAX = "u8", (1 << 28) - 1
PAD = ["tuple", "u8", "u32", "u8", "u64", "u16"]
JOINED = ["variant", "u8", "f32", "u64", "f64", None, "string", ["tuple", "f32", "s64"]]
PRIM_BITS = [0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff]


def prims(names, bits=PRIM_BITS):
    return [one(t, b) for t in names for b in bits]


def variants_in_memory(cases):
    return [in_memory(t, data, count) for t, data, count in cases]


ALL_LAYOUTS = [*PRIMS, ["list", "u64"], ["list", "u64", 3], ["tuple", "u8"], PAD, ["record", "u8", "u16"], ["variant", None],
               ["variant", "u8", "u64"], JOINED, ["enum", 1], ["enum", 256], ["enum", 257], ["enum", 65536], ["enum", 65537],
               ["flags", 1], ["flags", 8], ["flags", 9], ["flags", 16], ["flags", 17], ["flags", 32], ["option", "u16"],
               ["option", "string"], ["result", None, None], ["result", "u8", "string"], ["result", None, "f64"],
               ["map", "char", "u8"], ["own"], ["borrow"], ["list", PAD, 2], ["option", ["list", ["option", "u8"], 3]],
               ["variant", ["own"], ["flags", 3], "char"]]


def layouts(*kinds):
    return [layout(t) for t in ALL_LAYOUTS if (t if isinstance(t, str) else t[0]) in kinds]


CASES = {
    # Alignment, element size, flattening
    "alignment": [layout(t) for t in ALL_LAYOUTS],
    "alignment_list": layouts("list", "map") + [layout(["list", "u16", 5]), layout(["list", "string", 2])],
    "alignment_record": layouts("record", "tuple") + [layout(["record", "u8", "string"])],
    "alignment_variant": layouts("variant", "enum", "option", "result"),
    "discriminant_type": [layout(["enum", n]) for n in [1, 2, 255, 256, 257, 65535, 65536, 65537]],
    "max_case_alignment": [layout(["variant", "u8", None, t]) for t in ["u8", "u16", "u32", "u64", "string", ["flags", 9]]],
    "alignment_flags": [layout(["flags", n]) for n in range(1, 33)],
    "elem_size": [layout(t) for t in ALL_LAYOUTS],
    "elem_size_list": layouts("list", "map") + [layout(["list", PAD, 7])],
    "elem_size_record": layouts("record", "tuple") + [layout(["record", "u64", "u8"]), layout(["record", PAD, "u8"])],
    "elem_size_variant": layouts("variant", "enum", "option", "result") + [layout(["variant", "u64", ["tuple", "u8", "u8", "u8"]])],
    "elem_size_flags": [layout(["flags", n]) for n in range(1, 33)],
    "align_to": [layout(["tuple", a, b]) for a in ["u8", "u16", "u32", "u64"] for b in ["u8", "u16", "u32", "u64"]],
    "despecialize": layouts("tuple", "enum", "option", "result", "map"),
    "flatten_functype": [functype([U8, "f32"], "f64"), functype([], None), functype([U8], ["tuple", "f32"]),
                         functype([U8], ["tuple", "f32", "f32"]), functype([U8] * 16, None), functype([U8] * 17, None),
                         functype([U8] * 17, ["tuple", U8, U8]), functype(["string"] * 8, "string"),
                         functype(["string"] * 8 + [U8], "string"), functype([["list", "u64", 16]], ["option", U8]),
                         functype([["list", "u64", 17]], ["flags", 32])],
    "flatten_types": [functype([PAD, "string", JOINED], None), functype([PAD, PAD, PAD, U8], None)],
    "flatten_type": [layout(t) for t in ALL_LAYOUTS],
    "flatten_list": layouts("list", "map"),
    "flatten_record": layouts("record", "tuple"),
    "flatten_variant": layouts("variant", "enum", "option", "result"),
    "join": [layout(["variant", a, b]) for a in ["u8", "u64", "f32", "f64", "string"] for b in ["u8", "u64", "f32", "f64", "string"]],
    # Loading
    "load": [in_memory("u8", le(1, 1, 255), 2), in_memory("string", le(4, BASE + 8, 2) + b"hi"), in_memory(PAD, bytes(range(32))),
             in_memory(["option", "u32"], le(4, 0xffffff01, 7, 0xffffff00, 9), 2)],
    "load_int": [in_memory(t, bytes([0x80, 0x7f, 0xff, 1, 2, 3, 4, 0x85]), 8 // n)
                 for t, n in [("u8", 1), ("u16", 2), ("u32", 4), ("u64", 8), ("s8", 1), ("s16", 2), ("s32", 4), ("s64", 8)]],
    "convert_int_to_bool": prims(["bool"]) + [in_memory("bool", bytes([0, 1, 2, 0x80, 0xff]), 5)],
    "decode_i32_as_float": [in_memory("f32", le(4, 0, 1 << 31, 0x7f800000, 0x40490fdb, 1, 0x807fffff), 6)],
    "decode_i64_as_float": [in_memory("f64", le(8, 0, 1 << 63, 0x7ff << 52, 0x400921fb54442d18, 1), 5)],
    "convert_i32_to_char": prims(["char"], [0, 65, 0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000, 0xffff, 0x10ffff, 0x110000,
                                            0x80000041, 0xffffffff])
                           + [in_memory("char", le(4, 65, c), 2) for c in [0x10ffff, 0x110000, 0xd800, 0xdfff]],
    "load_string": [in_memory("string", le(4, BASE + 16, 3, BASE + 19, 0) + b"abc", 2), in_memory("string", le(4, SIZE - 1, 2)),
                    in_memory("string", le(4, BASE, MAX + 1)), in_memory("string", le(4, 0xffffffff, 2))],
    "load_string_from_range": [one("string", p, n, source=e, target="utf8") for e in ENCODINGS
                               for p, n in [(SIZE, 0), (SIZE + 2, 0), (SIZE - 2, 1), (SIZE - 2, 2), (SIZE - 2, 3), (BASE + 1, 0), (BASE + 1, 1),
                                            (0, MAX + 1), (1, MAX + 1), (0, MAX), (0, MAX // 2), (0, MAX // 2 + 1), (0xfffffffe, 2),
                                            (0, 0xffffffff), (0, 1 << 31), (0, 1 << 31 | MAX // 2 + 1), (SIZE - 2, 1 << 31 | 1)]]
                              + [one("string", BASE, len(b), data=b) for b in
                                 [b"\xc0\x80", b"\xe0\x9f\xbf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc3", b"\x80", b"\xff", b"a\xe2\x82"]]
                              + [one("string", BASE, len(b) // 2 | (1 << 31 if e != "utf16" else 0), data=b, source=e, target=t)
                                 for e in ENCODINGS[1:] for t in ENCODINGS
                                 for b in [b"\x00\xd8", b"\x00\xdc", b"\x00\xdc\x00\xd8", b"a\x00\xff\xdb", b"\x00\x01\x00\xd8a\x00"]],
    "load_list": [in_memory(["list", "u16"], le(4, BASE + 16, 2, BASE + 20, 0) + le(2, 1, 2), 2), in_memory(["list", "u16", 2], le(2, 1, 2, 3, 4), 2),
                  in_memory(["list", "u16"], le(4, BASE + 9, 1)), in_memory(["list", "u16"], le(4, SIZE - 2, 2))],
    "load_list_from_range": [one(["list", t], p, n) for t in ["u8", "u32", "u64", PAD, "bool", ["map", "u8", "u8"], ["list", "u32", 3]]
                             for p, n in [(SIZE, 0), (SIZE + 8, 0), (SIZE - 8, 1), (SIZE - 8, 9), (BASE + 1, 1), (BASE + 4, 0), (0, MAX), (0, MAX + 1),
                                          (0, MAX // 8), (0, MAX // 8 + 1), (1, MAX + 1), (0xfffffff8, 1), (0xfffffff8, 8), (0, 1 << 29), (0, 0xffffffff)]],
    "load_list_from_valid_range": [in_memory(["list", "u8", 3], bytes(range(1, 7)), 2), in_memory(["list", PAD, 2], bytes(range(64))),
                                   in_memory(["list", ["option", "u8"], 2], bytes([0, 9, 1, 8])), in_memory(["list", "char", 2], le(4, 65, 0xd800))],
    "load_record": [in_memory(PAD, bytes(range(64)), 2), in_memory(["record", "u8", ["record", "u16", "u8"], "u8"], bytes(range(16)), 2),
                    in_memory(["record", "u64", "u8"], bytes(range(32)), 2)],
    "load_variant": [in_memory(JOINED, bytes([c, 0xdd, 0xdd, 0xdd] + [0xdd] * 4) + le(4, BASE + 24, 1) + b"\xdd" * 8 + b"x") for c in range(9)]
                    + [in_memory(["enum", 257], le(2, c)) for c in [0, 255, 256, 257, 65535]]
                    + [in_memory(["enum", 65537], le(4, c)) for c in [0, 65536, 65537, 0xffffffff]]
                    + [in_memory(["variant", *[None] * 256, "u8"], bytes([0, 1, 7, 9, 1, 1, 7, 9])[4 * i:]) for i in [0, 1]],
    "load_flags": [in_memory(["flags", n], b"\xff\xff\xff\xff") for n in [1, 7, 8, 9, 15, 16, 17, 31, 32]]
                  + [in_memory(["flags", n], b"\xa5\x5a\xc3\x3c") for n in range(1, 33)],
    "unpack_flags_from_int": [one(["flags", n], b) for n in [1, 8, 9, 17, 31, 32] for b in PRIM_BITS],
    # Storing
    "store": [in_memory(t, bytes(range(1, 65))) for t in ["u8", "u16", "u32", "u64", "s8", "f32", "f64", PAD]],
    "store_int": [in_memory(t, b"\x80\xff\xff\xff\xff\xff\xff\xff") for t in ["u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64"]],
    "encode_float_as_i32": [one(["variant", "u8", "f32"], 1, 0x40490fdb), one(["variant", "u64", "f32"], 1, 0xdeadbeef40490fdb)],
    "encode_float_as_i64": [one(["variant", "u64", "f64"], 1, 0x400921fb54442d18), one(["variant", "f32", "f64"], 1, 0x400921fb54442d18)],
    "char_to_i32": prims(["char"], [0, 0x7f, 0x80, 0xffff, 0x10000, 0x10ffff]),
    "store_string": [in_memory("string", le(4, BASE + 16, 3, BASE + 18, 1) + b"abc", 2)],
    "store_string_into_range": all_strings(),
    "store_string_copy": strings("utf8", "utf8") + strings("utf16", "utf16") + strings("latin1+utf16", "utf16") + strings("latin1+utf16", "latin1+utf16")
                         + strings("latin1+utf16", "utf16", True),
    "store_utf16_to_utf8": strings("utf16", "utf8") + strings("latin1+utf16", "utf8", True),
    "store_latin1_to_utf8": strings("latin1+utf16", "utf8"),
    "store_string_to_utf8": strings("utf16", "utf8") + strings("latin1+utf16", "utf8"),
    "store_utf8_to_utf16": strings("utf8", "utf16"),
    "store_string_to_latin1_or_utf16": strings("utf8", "latin1+utf16") + strings("utf16", "latin1+utf16"),
    "store_probably_utf16_to_latin1_or_utf16": strings("latin1+utf16", "latin1+utf16", True),
    "store_list": [in_memory(["list", "u16"], le(4, BASE + 8, 3) + le(2, 1, 2, 3)), in_memory(["list", "u16", 3], le(2, 1, 2, 3))],
    "store_list_into_range": [one(["list", t], BASE, n, data=bytes(range(64))) for t in ["u8", "u16", "u64", PAD, ["tuple", "u8", "u16"], "bool", ["flags", 3]]
                              for n in [0, 1, 2]] + [one(["map", "u8", "u16"], BASE, 2, data=bytes(range(8)))],
    "store_list_into_valid_range": [in_memory(["list", ["tuple", "u8", "u16"], 3], bytes(range(12))), in_memory(["list", "bool", 5], bytes(range(5)))],
    "store_record": [in_memory(PAD, bytes(range(64)), 2), in_memory(["tuple", "bool", "u32", "bool"], bytes(range(24)), 2)],
    "store_variant": [in_memory(JOINED, bytes([c] + [0xdd] * 7) + le(8, 0) + b"\xdd" * 8, 1) for c in range(7)]
                     + [in_memory(["option", "u64"], bytes([c] + [0xdd] * 15)) for c in [0, 1, 2]],
    "match_case": [one(["result", "u8", "u16"], c, 7) for c in [0, 1, 2]] + [one(["enum", 3], c) for c in range(4)],
    "store_flags": [in_memory(["flags", n], b"\xff\xff\xff\xff") for n in range(1, 33)],
    "pack_flags_into_int": [one(["flags", n], 0xffffffff) for n in range(1, 33)],
    # Flat lifting and lowering
    "lift_flat": prims(["bool", "u8", "s8", "u32", "s32"], [0, 1, 128, 0xffffffff]) + [one("f32", 0x40490fdb), one("f64", 0x400921fb54442d18)],
    "lift_flat_unsigned": prims(["u8", "u16", "u32"]) + prims(["u64"], [0, 1 << 63, (1 << 64) - 1]),
    "lift_flat_signed": prims(["s8", "s16", "s32"]) + prims(["s64"], [0, 1 << 63, (1 << 64) - 1]),
    "lift_flat_string": [one("string", BASE, 3, data=b"abc"), one("string", BASE, 0), one("string", SIZE, 1)],
    "lift_flat_list": [one(["list", "u8", 3], 1, 258, 3), one(["list", ["list", "s8", 2], 2], 1, 255, 3, 128), one(["list", "u8"], BASE, 2, data=b"\1\2"),
                       one(["list", "char", 2], 65, 0xd800)],
    "lift_flat_record": [one(["record", "u8", "s8", "u64", "f32"], 257, 255, 1 << 40, 0x3f800000), one(["tuple", ["tuple", "u8"], "bool"], 256, 2)],
    "lift_flat_variant": [one(JOINED, c, 0xdeadbeef40490fdb, 0x1234567890abcdef) for c in [0, 1, 2, 3, 4, 6, 7, 0xffffffff]]
                         + [one(JOINED, 5, BASE, 3, data=b"abc"), one(JOINED, 5, BASE | 5 << 32, 3 | 7 << 32, data=b"abc")]
                         + [one(["option", "f32"], c, 0x40490fdb) for c in [0, 1, 2]],
    "wrap_i64_to_i32": [one(["variant", "u64", t], 1, 0xffffffff_00000041) for t in ["u8", "u32", "s32", "bool", "char", "f32", ["flags", 4]]],
    "lift_flat_flags": [one(["flags", n], b) for n in [1, 8, 16, 31, 32] for b in [0, 0xa5a5a5a5, 0xffffffff]],
    "lower_flat": prims(["bool", "u8", "s8", "u16", "s16"], [0, 1, 0x8080, 0xffffffff]) + [one("f64", 0x400921fb54442d18)],
    "lower_flat_signed": prims(["s8", "s16", "s32"], [0x7f, 0x80, 0x7fff, 0x8000, 0x80000000, 0xffffffff]) + prims(["s64"], [(1 << 64) - 1]),
    "lower_flat_string": [one("string", BASE, n, data="\u00e9x".encode(), target=e) for n in [0, 2, 3] for e in ENCODINGS],
    "lower_flat_list": [one(["list", ["option", "u8"], 2], 1, 300, 0, 300), one(["list", "u64"], BASE, 1, data=le(8, 5))],
    "lower_flat_record": [one(["record", "s8", "string", "u8"], 0x80, BASE, 1, 0x180, data=b"x")],
    "lower_flat_variant": [one(["variant", "f32", "u64", ["tuple", "s8", "f64"]], c, 0xffffffff3f800000, 0x400921fb54442d18) for c in [0, 1, 2]]
                          + [one(["result", ["list", "u8"], "s16"], c, BASE, 1, data=b"\7") for c in [0, 1]]
                          + [one(["option", ["option", "u64"]], a, b, 5) for a in [0, 1] for b in [0, 1, 2]],
    "lower_flat_flags": [one(["flags", n], 0xffffffff) for n in [1, 5, 31, 32]],
    "lift_flat_values": [crossing([U8] * 17, [p], bytes(range(1, 18))) for p in [BASE, SIZE - 16, SIZE, SIZE - 17, 0xffffffff]]
                        + [crossing(["u64"] * 17, [p]) for p in [BASE, BASE + 4, SIZE - 8]] + [crossing([U8] * 16, list(range(250, 266)))]
                        + [crossing(["string", *["u32"] * 15], [BASE], le(4, BASE + 68, 2, *range(15)) + b"hi", "utf8", "utf16")],
    "lower_flat_values": [crossing(["u8", "u64", *["u16"] * 15], [BASE], bytes(range(64))), crossing([PAD, PAD, PAD, PAD], [BASE], bytes(range(128))),
                          crossing(["string", *["u8"] * 16], [BASE], le(4, BASE + 24, 1) + bytes(range(16)) + b"z")],
}

print("{")
print(",\n".join(f"{json.dumps(name)}: [\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "]" for name, cases in CASES.items()))
print("}")
