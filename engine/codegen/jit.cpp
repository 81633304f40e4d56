// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Linking in memory. All objects go into one reserved slab, so that calls reach each other directly. Guest code is
// never linked against the process: the few functions of libc that LLVM may call are defined one by one.
#include "engine/codegen/jit.h"

#include <fmt/format.h>
#include <llvm/ExecutionEngine/JITLink/JITLink.h>
#include <llvm/ExecutionEngine/Orc/AbsoluteSymbols.h>
#include <llvm/ExecutionEngine/Orc/Core.h>
#include <llvm/ExecutionEngine/Orc/MapperJITLinkMemoryManager.h>
#include <llvm/ExecutionEngine/Orc/MemoryMapper.h>
#include <llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h>
#include <llvm/ExecutionEngine/Orc/SelfExecutorProcessControl.h>
#include <llvm/Support/MemoryBuffer.h>

#include <algorithm>
#include <cstring>

#include "engine/codegen/batch.h"
#include "engine/codegen/place_table.h"

namespace witc::engine::codegen {
namespace {

namespace orc = llvm::orc;

constexpr std::size_t kSlab = 32u << 20;

struct CodeRange {
  std::string name;
  std::uintptr_t begin, end;
};

/// Notes name, place and size of every function linked.
class Recorder final : public orc::ObjectLinkingLayer::Plugin {
 public:
  explicit Recorder(std::vector<CodeRange>& ranges) : ranges_(ranges) {}

  void modifyPassConfig(orc::MaterializationResponsibility&, llvm::jitlink::LinkGraph&,
                        llvm::jitlink::PassConfiguration& config) override {
    config.PostFixupPasses.emplace_back([this](llvm::jitlink::LinkGraph& graph) {
      for (llvm::jitlink::Symbol* symbol : graph.defined_symbols()) {
        if (!symbol->hasName() || !symbol->isCallable()) continue;
        const std::uintptr_t begin = symbol->getAddress().getValue();
        ranges_.push_back({std::string(*symbol->getName()), begin, begin + symbol->getSize()});
      }
      return llvm::Error::success();
    });
  }
  llvm::Error notifyFailed(orc::MaterializationResponsibility&) override { return llvm::Error::success(); }
  llvm::Error notifyRemovingResources(orc::JITDylib&, orc::ResourceKey) override { return llvm::Error::success(); }
  void notifyTransferringResources(orc::JITDylib&, orc::ResourceKey, orc::ResourceKey) override {}

 private:
  std::vector<CodeRange>& ranges_;
};

class Session {
 public:
  explicit Session(std::unique_ptr<orc::ExecutorProcessControl> control)
      : session(std::move(control)),
        layer(session, std::make_unique<orc::MapperJITLinkMemoryManager>(
                           kSlab, std::make_unique<orc::InProcessMemoryMapper>(4096))),
        code(session.createBareJITDylib("code")) {
    session.setErrorReporter([this](llvm::Error failure) {  // the first says most
      const std::string text = llvm::toString(std::move(failure));
      if (error_text.empty()) error_text = text;
    });
    layer.addPlugin(std::make_shared<Recorder>(ranges));
  }
  ~Session() { llvm::consumeError(session.endSession()); }

  llvm::Error define_libc() {
    auto address = [](auto* function) {
      return orc::ExecutorSymbolDef(orc::ExecutorAddr::fromPtr(function), llvm::JITSymbolFlags::Exported);
    };
    orc::SymbolMap symbols;
    symbols[session.intern("memcpy")] = address(static_cast<void* (*)(void*, const void*, std::size_t)>(&std::memcpy));
    symbols[session.intern("memmove")] =
        address(static_cast<void* (*)(void*, const void*, std::size_t)>(&std::memmove));
    symbols[session.intern("memset")] = address(static_cast<void* (*)(void*, int, std::size_t)>(&std::memset));
    return code.define(orc::absoluteSymbols(std::move(symbols)));
  }

  std::vector<CodeRange> ranges;
  std::string error_text;
  orc::ExecutionSession session;
  orc::ObjectLinkingLayer layer;
  orc::JITDylib& code;
};

Diagnostic link_failure(const Session* session, llvm::Error failure) {
  std::string text = llvm::toString(std::move(failure));
  if (session != nullptr && !session->error_text.empty()) text = session->error_text;
  return error(DiagCode::kEngineResource, fmt::format("linking compiled code: {}", text));
}

/// Every name the runtime wants an address for.
orc::SymbolLookupSet wanted_names(Session& session, const Program& program, const Layout& layout,
                                  const CodeImage& image) {
  orc::SymbolLookupSet names;
  auto add = [&](const std::string& name) { names.add(session.session.intern(name)); };
  for (InstanceId id : program.instances.ids()) {
    if (image.funcs.contains(id) || layout.code_of(id) != id) continue;
    const wasm::Module& module = *program.instances[id].module;
    for (wasm::FuncIndex func : module.funcs.ids()) {
      if (!module.funcs[func].import) add(symbol_name(DefinedFunc{id, func}));
    }
  }
  for (HostSlot host : program.hosts.ids()) {
    if (!image.hosts.contains(host)) add(symbol_name(host));
  }
  for (std::size_t id = image.trampolines.size(); id < layout.signatures().size(); ++id) {
    add(trampoline_name(static_cast<std::uint32_t>(id)));
  }
  return names;
}

/// What the image has already, for the code that calls it.
llvm::Error define_image(Session& session, const CodeImage& image) {
  orc::SymbolMap symbols;
  auto add = [&](const std::string& name, const void* address) {
    symbols[session.session.intern(name)] = {orc::ExecutorAddr::fromPtr(address),
                                             llvm::JITSymbolFlags::Exported | llvm::JITSymbolFlags::Callable};
  };
  for (InstanceId id : image.funcs.ids()) {
    for (std::size_t i = 0; i < image.funcs[id].size(); ++i) {
      if (image.funcs[id][i] != nullptr) add(symbol_name(DefinedFunc{id, wasm::FuncIndex(i)}), image.funcs[id][i]);
    }
  }
  for (HostSlot host : image.hosts.ids()) add(symbol_name(host), image.hosts[host]);
  if (symbols.empty()) return llvm::Error::success();
  return session.code.define(orc::absoluteSymbols(std::move(symbols)));
}

/// Of a function, in CodeImage::rows.
struct Rows {
  std::uint32_t first = 0, count = 0;
};

/// The tables of all objects as one, and where each function's part is.
std::map<DefinedFunc, Rows> collect_rows(const std::vector<std::unique_ptr<llvm::MemoryBuffer>>& objects,
                                         CodeImage& image) {
  std::map<DefinedFunc, Rows> out;
  for (const auto& object : objects) {
    PlaceTable table = read_place_table(*object);
    const auto base = static_cast<std::uint32_t>(image.places.size());
    for (CodePlace& place : table.places) {
      if (place.inlined_at != 0) place.inlined_at += base;
      image.places.push_back(place);
    }
    for (const FunctionRows& function : table.functions) {
      out[function.func] = {static_cast<std::uint32_t>(image.rows.size()),
                            static_cast<std::uint32_t>(function.rows.size())};
      for (const CodeRow& row : function.rows) image.rows.push_back({row.offset, row.place + base});
    }
  }
  image.rows.shrink_to_fit();
  image.places.shrink_to_fit();
  return out;
}

void fill_addresses(CodeImage& image, const Program& program, const Layout& layout, Session& session,
                    const orc::SymbolMap& addresses, std::map<DefinedFunc, Rows> rows_of) {
  auto address = [&](const std::string& name) {
    return addresses.find(session.session.intern(name))->second.getAddress().toPtr<const void*>();
  };
  std::map<std::string, DefinedFunc> functions;
  for (InstanceId id : program.instances.ids()) {
    if (image.funcs.contains(id)) continue;
    if (layout.code_of(id) != id) {
      image.funcs.push(image.funcs[layout.code_of(id)]);
      continue;
    }
    const wasm::Module& module = *program.instances[id].module;
    std::vector<const void*>& funcs = image.funcs[image.funcs.push({})];
    for (wasm::FuncIndex func : module.funcs.ids()) {
      const std::string name = symbol_name(DefinedFunc{id, func});
      funcs.push_back(module.funcs[func].import ? nullptr : address(name));
      functions.emplace(name, DefinedFunc{id, func});
    }
  }
  for (HostSlot host : program.hosts.ids()) {
    if (!image.hosts.contains(host)) image.hosts.push(address(symbol_name(host)));
  }
  for (std::size_t id = image.trampolines.size(); id < layout.signatures().size(); ++id) {
    const void* code = address(trampoline_name(static_cast<std::uint32_t>(id)));
    image.trampolines.push_back(reinterpret_cast<Trampoline>(const_cast<void*>(code)));
  }
  CodeSpan span{~std::uintptr_t{0}, 0};
  for (const CodeRange& range : session.ranges) {
    span.begin = std::min(span.begin, range.begin);
    span.end = std::max(span.end, range.end);
    if (auto func = functions.find(range.name); func != functions.end()) {
      const Rows& rows = rows_of[func->second];
      image.symbols.push_back({range.begin, range.end, func->second, rows.first, rows.count});
    }
  }
  if (!session.ranges.empty()) image.spans.push_back(span);
  std::sort(image.symbols.begin(), image.symbols.end(),
            [](const CodeSymbol& a, const CodeSymbol& b) { return a.begin < b.begin; });
}

}  // namespace

Result<void> link(std::vector<std::unique_ptr<llvm::MemoryBuffer>> objects, const Program& program,
                  const Layout& layout, CodeImage& image) {
  auto control = orc::SelfExecutorProcessControl::Create(nullptr, std::make_unique<orc::InPlaceTaskDispatcher>());
  if (!control) return link_failure(nullptr, control.takeError());
  auto session = std::make_shared<Session>(std::move(*control));
  if (llvm::Error failure = session->define_libc()) return link_failure(session.get(), std::move(failure));
  if (llvm::Error failure = define_image(*session, image)) return link_failure(session.get(), std::move(failure));
  std::map<DefinedFunc, Rows> rows = collect_rows(objects, image);
  for (auto& object : objects) {
    if (llvm::Error failure = session->layer.add(session->code, std::move(object))) {
      return link_failure(session.get(), std::move(failure));
    }
  }
  auto addresses = session->session.lookup(
      {{&session->code, orc::JITDylibLookupFlags::MatchAllSymbols}}, wanted_names(*session, program, layout, image));
  if (!addresses) return link_failure(session.get(), addresses.takeError());
  fill_addresses(image, program, layout, *session, *addresses, std::move(rows));
  session->ranges.clear();
  using Owners = std::pair<std::shared_ptr<void>, std::shared_ptr<void>>;
  image.owner = std::make_shared<Owners>(std::move(image.owner), std::move(session));
  return {};
}

}  // namespace witc::engine::codegen
