// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Core modules to components, from do-nothing modules of a world: the result is valid and has that world;
// and what is said of modules that do not fit.
#include <doctest/doctest.h>

#include <array>
#include <sstream>

#include "linker/new/builtins.h"
#include "linker/new/dummy_module.h"
#include "linker/new/new_component.h"
#include "wasm/component/decode.h"
#include "wasm/component/encode.h"
#include "wasm/component/validate.h"
#include "wasm/core/builder.h"
#include "wasm/core/decode.h"
#include "wasm/core/encode.h"
#include "wit-parser/binary/decode.h"
#include "wit-parser/binary/encode.h"
#include "wit-parser/print.h"
#include "wit-parser/wit.h"

namespace witc::linker {
namespace {

struct Fixture {
  SourceMap sources;

  /// A module with the world of `text` in its section; its imports and exports are those of `shape`.
  wasm::Module module(const char* text, const char* shape = nullptr) {
    wit::Resolve resolve, shaped;
    wit::WorldId world = parse(resolve, text);
    wit::WorldId shape_world = shape != nullptr ? parse(shaped, shape) : world;
    return with_world(dummy_module(shape != nullptr ? shaped : resolve, shape_world), resolve, world);
  }
  wasm::Module with_world(wasm::Module made, const wit::Resolve& resolve, wit::WorldId world) {
    made.owned.push_back(wit::encode_world_metadata(resolve, world, component::StringEncoding::kUtf8));
    made.customs.push_back({"component-type", made.owned.back()});
    return reread(made);
  }
  wasm::Module reread(const wasm::Module& made) {
    std::vector<std::uint8_t> bytes = wasm::encode_module(made);
    SourceId source = sources.add("module", std::string(bytes.begin(), bytes.end()), SourceKind::kBinary);
    Result<wasm::Module> read = wasm::decode_module(sources, sources.whole(source));
    REQUIRE(read.has_value());
    return *std::move(read);
  }
  wit::WorldId parse(wit::Resolve& resolve, const char* text) {
    SourceId source = sources.add("test.wit", text, SourceKind::kText);
    Result<wit::PackageId> package = wit::push_files(resolve, sources, std::array{source}, {});
    REQUIRE(package.has_value());
    return *wit::select_world(resolve, *package, "");
  }

  /// The world of the component made of `module`, as text; what is wrong with it if it is not valid.
  std::string world_of(wasm::Module module) {
    Result<component::ast::Component> made = new_component(sources, std::move(module), {});
    if (!made) return made.error()->message;
    std::vector<std::uint8_t> bytes = component::encode(*made);
    SourceId source = sources.add("component", std::string(bytes.begin(), bytes.end()), SourceKind::kBinary);
    Result<component::ast::Component> read = component::decode_component(sources, sources.whole(source));
    if (!read) return read.error()->message;
    component::Types types;
    auto valid = component::validate_component(sources, *read, types, component::Features::all());
    if (!valid) return valid.error()->message;
    Result<wit::DecodedWit> wit = wit::decode_wit(*read);
    if (!wit) return wit.error()->message;
    const wit::World& world = wit->resolve.worlds[std::get<wit::WorldId>(wit->main)];
    return wit::print_package(wit->resolve, *world.package);
  }
};

TEST_CASE_FIXTURE(Fixture, "functions, strings and lists both ways") {
  CHECK(world_of(module(R"(package a:b;
world w {
  import log: func(s: string) -> list<string>;
  export run: func(args: list<u32>) -> result<string, u8>;
})")) == R"(package root:component;

world root {
  import log: func(s: string) -> list<string>;

  export run: func(args: list<u32>) -> result<string, u8>;
}
)");
}

TEST_CASE_FIXTURE(Fixture, "an interface imported and exported, resources and named types in it") {
  CHECK(world_of(module(R"(package a:b@1.0.0;
interface things {
  record item { name: string }
  resource store {
    constructor(capacity: u32);
    put: func(i: item) -> option<item>;
    join: static func(a: store, b: borrow<store>) -> store;
  }
  best: func(s: borrow<store>) -> item;
}
interface other {
  use things.{store, item};
  swap: func(s: store, i: item) -> tuple<store, list<item>>;
}
world w {
  import things;
  import other;
  export things;
  export other;
})")) == R"(package root:component;

world root {
  import a:b/things@1.0.0;
  import a:b/other@1.0.0;

  export a:b/things@1.0.0;
  export a:b/other@1.0.0;
}
)");
}

TEST_CASE_FIXTURE(Fixture, "what is not used is not imported") {
  CHECK(world_of(module("package a:b; interface i { f: func(); } world w { import i; export g: func(); }",
                        "package a:b; world w { export g: func(); }")) == R"(package root:component;

world root {
  export g: func();
}
)");
}

TEST_CASE_FIXTURE(Fixture, "modules that do not fit their world") {
  CHECK(world_of(module("package a:b; world w { export f: func(); export g: func(); }",
                        "package a:b; world w { export f: func(); }")) ==
        "the world exports function `g`, which the module does not");
  CHECK(world_of(module("package a:b; world w { export f: func(x: u64); }",
                        "package a:b; world w { export f: func(x: u32); }")) == "export `f` has the wrong signature");
  CHECK(world_of(module("package a:b; world w { import f: func(x: u64); }",
                        "package a:b; world w { import f: func(x: u32); }")) ==
        "import `$root` `f` has the wrong signature");
  CHECK(world_of(module("package a:b; interface i { f: func(); } world w { import i; }",
                        "package a:b; interface i { f: func(); g: func(); } world w { import i; }")) ==
        "interface `a:b/i` has no function `g`, which the module imports");
  CHECK(world_of(module("package a:b; world w {}", "package a:b; interface i { f: func(); } world w { import i; }")) ==
        "the module imports from `a:b/i`, which its world does not import");
  CHECK(world_of(reread(wasm::Module())) == "the module has no world to make a component from");
}

TEST_CASE("built-ins' names, taken apart") {
  auto parse = [](const char* text) { return parse_builtin_name(text); };
  CHECK(parse("[waitable-set-new]")->info->name == "waitable-set.new");
  CHECK(parse("[thread-suspend-then-resume]")->info->name == "thread.suspend-then-resume");
  CHECK(parse("[cancellable][thread-yield]")->is_cancellable);
  CHECK(parse("[async-lower][subtask-cancel]")->is_async);
  CHECK(parse("[waitable-set-wait-i64]")->is_64);
  CHECK(parse("[context-set-1]")->slot == 1);
  CHECK(parse("[context-get-i64-0]")->is_64);
  CHECK(parse("[error-context-new-latin1+utf16]")->encoding == component::StringEncoding::kLatin1Utf16);
  CHECK(parse("[stream-cancel-read-12][method]r.f")->index == 12);
  CHECK(parse("[stream-cancel-read-12][method]r.f")->function == "[method]r.f");
  CHECK(parse("[future-new-unit]f")->index == std::nullopt);
  for (const char* no : {"", "[", "waitable-set-new", "[waitable-set-new", "[waitable-set-new]x", "[waitable-set]",
                         "[resource-drop]r", "[context-get]", "[context-get-x]", "[error-context-new-utf7]",
                         "[stream-read-]f", "[stream-read--1]f", "[stream-read-4294967296]f", "[thread-new-indirect]",
                         "[async-lower][waitable-set-new]", "[cancellable][subtask-drop]", "[thread-spawn-ref]"}) {
    CAPTURE(no);
    CHECK(!parse(no).has_value());
  }
}

TEST_CASE_FIXTURE(Fixture, "imports of streams and futures that the world does not have") {
  const char* wit = "package a:b; world w { import f: async func(x: stream<u8>) -> future<string>; }";
  auto import = [&](const char* name, const wasm::FuncType& type) {
    wit::Resolve resolve;
    wit::WorldId world = parse(resolve, wit);
    wasm::ModuleBuilder builder;
    builder.import_func("$root", name, type);
    return world_of(with_world(std::move(builder).build(), resolve, world));
  };
  const wasm::ValType i32 = wasm::ValType::i32(), i64 = wasm::ValType::i64();
  CHECK(import("[stream-new-0]f", {{}, {i64}}).find("import f: async func(x: stream<u8>)") == std::string::npos);
  CHECK(import("[stream-new-1]f", {{}, {i64}}) ==
        "the module imports `[stream-new-1]f`, but number 1 of the streams and futures of `f` is no stream");
  CHECK(import("[future-new-2]f", {{}, {i64}}) ==
        "the module imports `[future-new-2]f`, but number 2 of the streams and futures of `f` is no future");
  CHECK(import("[stream-new-0]g", {{}, {i64}}) == "the module imports `[stream-new-0]g`, but the world has no function `g`");
  CHECK(import("[stream-new-0]f", {{}, {i32}}) == "import `$root` `[stream-new-0]f` has the wrong signature");
  CHECK(import("[future-read-1]f", {{i32, i32}, {i32}}) == "the module does not export a memory named `memory`");
  CHECK(import("[task-return]f", {{i32, i32}, {}}) ==
        "the module imports `[task-return]f` of `$root`, which its world does not import");
  CHECK(import("[thread-new-indirect-v0]", {{i32, i32}, {i32}}) ==
        "the module does not export a table named `__indirect_function_table`");
}

TEST_CASE_FIXTURE(Fixture, "worlds of asynchronous functions, with callbacks and with stacks of their own") {
  const char* wit = R"(package a:b;
interface i {
  resource r { make: static async func(x: stream<r>) -> future<list<r>>; }
  record pair { a: future<string>, b: stream }
  f: async func(x: pair, y: list<u64>) -> result<pair, string>;
}
world w {
  import i;
  import g: async func(x: future<stream<u8>>);
  export i;
  export h: async func(x: u8) -> tuple<u64, u64, u64>;
})";
  for (LiftAbi abi : {LiftAbi::kAsync, LiftAbi::kAsyncStackful}) {
    wit::Resolve resolve;
    wit::WorldId world = parse(resolve, wit);
    CHECK(world_of(with_world(dummy_module(resolve, world, {false, abi}), resolve, world)) == R"(package root:component;

world root {
  import a:b/i;
  import g: async func(x: future<stream<u8>>);

  export h: async func(x: u8) -> tuple<u64, u64, u64>;
  export a:b/i;
}
)");
  }
  wit::Resolve resolve, sync;
  wit::WorldId world = parse(resolve, "package a:b; world w { export f: async func(); }");
  wasm::Module lifted = dummy_module(resolve, world, {false, LiftAbi::kAsyncStackful});
  wit::WorldId other = parse(sync, "package a:b; world w { export f: func(); }");
  CHECK(world_of(with_world(std::move(lifted), sync, other)) ==
        "export `[async-lift-stackful]f` is lifted asynchronously, but its function is not `async`");
}

TEST_CASE_FIXTURE(Fixture, "a function imported twice is one import of the component") {
  wit::Resolve resolve;
  wit::WorldId world = parse(resolve, "package a:b; world w { import f: func(x: u32); export run: func(); }");
  const wasm::FuncType type{{wasm::ValType::i32()}, {}};
  wasm::ModuleBuilder builder;
  wasm::FuncIndex first = builder.import_func("$root", "f", type), second = builder.import_func("$root", "f", type);
  wasm::FuncIndex run = builder.declare_func({});
  { builder.define(run).i32_const(1).call(first).i32_const(2).call(second); }
  builder.export_("run", run);
  CHECK(world_of(with_world(std::move(builder).build(), resolve, world)) ==
        "package root:component;\n\nworld root {\n  import f: func(x: u32);\n\n  export run: func();\n}\n");
}

TEST_CASE_FIXTURE(Fixture, "a command for preview 1 asks its host for no more than it uses") {
  using wasm::ValType;
  wasm::ModuleBuilder builder;
  const ValType i32 = ValType::i32();
  wasm::FuncIndex write = builder.import_func("wasi_snapshot_preview1", "fd_write", {{i32, i32, i32, i32}, {i32}});
  wasm::FuncIndex start = builder.declare_func({});
  {
    wasm::FunctionBuilder f = builder.define(start);
    f.i32_const(1).i32_const(0).i32_const(0).i32_const(8).call(write).drop();
  }
  wasm::MemoryType memory;
  memory.limits.min = 1;
  builder.export_("memory", builder.memory(memory));
  builder.export_("_start", start);
  CHECK(world_of(reread(std::move(builder).build())) == R"(package root:component;

world root {
  import wasi:io/error@0.2.3;
  import wasi:io/streams@0.2.3;
  import wasi:cli/stdout@0.2.3;
  import wasi:cli/stderr@0.2.3;

  export wasi:cli/run@0.2.3;
}
)");
}

/// A command that imports functions of preview 1 and exports, or imports, a memory.
wasm::Module preview1_command(const std::vector<std::pair<const char*, wasm::FuncType>>& functions, bool imports_memory = false) {
  wasm::ModuleBuilder builder;
  wasm::MemoryType memory;
  memory.limits.min = 1;
  for (const auto& [name, type] : functions) builder.import_func("wasi_snapshot_preview1", name, type);
  if (imports_memory) {
    builder.import_memory("env", "memory", memory);
  } else {
    builder.export_("memory", builder.memory(memory));
  }
  wasm::FuncIndex start = builder.declare_func({});
  { wasm::FunctionBuilder body = builder.define(start); }
  builder.export_("_start", start);
  return std::move(builder).build();
}

std::string imports_of(const std::string& world) {
  std::string out;
  std::istringstream lines(world);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("  import wasi:")) out += line.substr(14, line.find('@') - 14) + " ";
  }
  return out;
}

TEST_CASE_FIXTURE(Fixture, "interfaces of which a program for preview 1 cannot get anything are not imported") {
  using wasm::ValType;
  const ValType i32 = ValType::i32(), i64 = ValType::i64();
  const wasm::FuncType four{{i32, i32, i32, i32}, {i32}}, close{{i32}, {i32}}, exit{{i32}, {}};
  const wasm::FuncType unlink{{i32, i32, i32}, {i32}}, seek{{i32, i64, i32, i32}, {i32}};
  auto imports = [&](const std::vector<std::pair<const char*, wasm::FuncType>>& functions, bool imports_memory = false) {
    return imports_of(world_of(reread(preview1_command(functions, imports_memory))));
  };
  CHECK(imports({}) == "");
  CHECK(imports({{"proc_exit", exit}}) == "cli/exit ");
  CHECK(imports({{"poll_oneoff", four}}) == "io/poll clocks/monotonic-clock clocks/wall-clock ");
  CHECK(imports({{"fd_close", close}, {"fd_seek", seek}, {"fd_write", four}}) == "io/error io/streams cli/stdout cli/stderr ");
  CHECK(imports({{"fd_read", four}}) == "io/error io/streams cli/stdin ");
  CHECK(imports({{"fd_read", four}}, true) == "io/error io/streams cli/stdin ");
  CHECK(imports({{"path_unlink_file", unlink}}) ==
        "filesystem/types filesystem/preopens ");
}

TEST_CASE_FIXTURE(Fixture, "an adapter copies only to a memory that it has") {
  using wasm::ValType;
  const ValType i32 = ValType::i32();
  wit::Resolve resolve;
  wit::WorldId world = parse(resolve, "package a:b; world w {}");
  auto error_of = [&](bool has_memory, bool is_64) {
    wasm::ModuleBuilder builder, adapter;
    wasm::MemoryType memory;
    memory.limits.min = 1;
    wasm::FuncIndex used = builder.import_func("old", "f", {{}, {}}), start = builder.declare_func({});
    { builder.define(start).call(used); }
    builder.export_("memory", builder.memory(memory));

    memory.limits.is_64 = is_64;
    wasm::FuncIndex copy = adapter.import_func("__guest_memory__", "read", {{i32, i32, i32}, {}}), f = adapter.declare_func({});
    wasm::MemoryIndex own = adapter.import_memory(has_memory ? "__guest_memory__" : "env", has_memory ? "own" : "memory", memory);
    {
      wasm::FunctionBuilder body = adapter.define(f);
      body.i32_const(0).i32_const(0).i32_const(0).call(copy).memory_size(own).drop();
    }
    adapter.export_("f", f);
    NewOptions options;
    options.adapters.push_back({"old", reread(std::move(adapter).build())});
    Result<component::ast::Component> made =
        new_component(sources, with_world(std::move(builder).build(), resolve, world), std::move(options));
    return made ? "" : made.error()->message;
  };
  CHECK(error_of(true, false) == "");
  CHECK(error_of(true, true) == "the adapter `old` copies to a memory that it does not have");
  CHECK(error_of(false, false) == "the adapter `old` copies to a memory that it does not have");
}

}  // namespace
}  // namespace witc::linker
