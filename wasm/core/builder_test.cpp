// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/core/builder.h"

#include <doctest/doctest.h>

#include "wasm/core/decode.h"
#include "wasm/core/encode.h"

namespace witc::wasm {
namespace {

Module adapter() {
  const ValType i32 = ValType::i32();
  ModuleBuilder module;
  MemoryIndex from = module.import_memory("from", "memory", {});
  MemoryIndex to = module.import_memory("to", "memory", {});
  FuncIndex copy = module.declare_func({{i32, i32}, {i32}}, "copy");
  FuncIndex realloc = module.import_func("to", "realloc", {{i32, i32, i32, i32}, {i32}}, "realloc");
  {
    FunctionBuilder f = module.define(copy);
    TempLocal ptr = f.temp(i32);
    f.i32_const(0).i32_const(0).i32_const(1).local_get(f.param(1)).call(realloc).local_set(ptr);
    {
      Block done = f.block();
      f.local_get(ptr).i32_eqz().br_if(done);
      f.local_get(ptr).local_get(f.param(0)).local_get(f.param(1)).memory_copy(to, from);
    }
    f.local_get(ptr).local_get(f.param(0)).i32_load8_u({.memory = to}).i32_add();
  }
  module.export_("copy", copy);
  return std::move(module).build();
}

TEST_CASE("a built module encodes and decodes to itself") {
  std::vector<std::uint8_t> first = encode_module(adapter());
  SourceMap sources;
  SourceId id = sources.add("m.wasm", std::string(first.begin(), first.end()), SourceKind::kBinary);
  Result<Module> decoded = decode_module(sources, sources.whole(id));
  REQUIRE(decoded.has_value());
  CHECK(encode_module(*decoded) == first);
  CHECK(decoded->funcs.size() == 2);
  CHECK(decoded->find_export("copy")->index == 1);
  CHECK(decoded->names.funcs.at(FuncIndex(0)) == "realloc");
  CHECK(decoded->names.funcs.at(FuncIndex(1)) == "copy");
}

TEST_CASE("calls are numbered when imports are known") {
  Module module = adapter();
  OperatorReader reader(module.source, module.funcs[FuncIndex(1)].body);
  bool seen = false;
  while (!reader.at_end()) {
    const Operator& op = **reader.next();
    if (op.op == Op::kCall) {
      seen = true;
      CHECK(op.func() == FuncIndex(0));
    }
  }
  CHECK(seen);
}

TEST_CASE("temporaries are used again") {
  ModuleBuilder module;
  FuncIndex func = module.declare_func({});
  FunctionBuilder f = module.define(func);
  LocalIndex first;
  {
    TempLocal a = f.temp(ValType::i32());
    first = a;
  }
  TempLocal b = f.temp(ValType::i32());
  TempLocal c = f.temp(ValType::i32());
  CHECK(b.index() == first);
  CHECK(c.index() != first);
}

}  // namespace
}  // namespace witc::wasm
