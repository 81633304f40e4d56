// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// LLVM's reader of DWARF over a module's custom sections (engine/dwarf.h). It stands in codegen/ for it sees LLVM.
#include <llvm/ADT/StringMap.h>
#include <llvm/DebugInfo/DIContext.h>
#include <llvm/DebugInfo/DWARF/DWARFContext.h>
#include <llvm/Support/MemoryBuffer.h>

#include <map>
#include <memory>
#include <optional>

#include "engine/codegen/generator.h"
#include "wasm/core/decode.h"
#include "wasm/core/encode.h"

namespace witc::engine::codegen {
namespace {

constexpr std::size_t kHeader = 8;
constexpr std::uint8_t kCodeSection = 10;

/// Where the code section's contents start in a module's bytes.
std::optional<std::size_t> code_start(std::span<const std::uint8_t> bytes) {
  std::size_t at = kHeader;
  while (at < bytes.size()) {
    const std::uint8_t id = bytes[at++];
    std::uint64_t size = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
      if (at >= bytes.size()) return std::nullopt;
      const std::uint8_t byte = bytes[at++];
      size |= std::uint64_t{byte & 0x7fu} << shift;
      if ((byte & 0x80) == 0) break;
    }
    if (id == kCodeSection) return at;
    if (size > bytes.size() - at) return std::nullopt;
    at += size;
  }
  return std::nullopt;
}

/// What is known about one module while a trap is looked at.
class ModuleSources {
 public:
  explicit ModuleSources(const wasm::Module& module) : module_(module) {
    if (module.bytes.empty()) {
      if (!module.text_places.empty()) encode();
      return;
    }
    start_ = code_start(module.bytes);
    for (const wasm::CustomSection& section : module.customs) {
      llvm::StringRef name(section.name);
      if (!name.consume_front(".") || !name.starts_with("debug_")) continue;
      sections_[name] = llvm::MemoryBuffer::getMemBuffer(
          llvm::StringRef(reinterpret_cast<const char*>(section.bytes.data()), section.bytes.size()), "", false);
    }
    if (!start_ || !sections_.contains("debug_info")) return;
    auto ignore = [](llvm::Error failure) { llvm::consumeError(std::move(failure)); };
    dwarf_ = llvm::DWARFContext::create(sections_, /*AddrSize=*/4, /*isLittleEndian=*/true, ignore, ignore);
  }

  void complete(Frame& frame) {
    const std::uint32_t position = frame.offset - frame.body_offset;
    if (encoded_) {
      if (!encoded_->funcs.contains(frame.func)) return;
      frame.body_offset = encoded_->funcs[frame.func].body.offset;
      frame.offset = frame.body_offset + position;
    }
    if (dwarf_ == nullptr) return;
    const std::uint8_t* body = module_.funcs[frame.func].body.bytes.data();
    if (body < module_.bytes.data() || body >= module_.bytes.data() + module_.bytes.size()) return;
    find(static_cast<std::uint64_t>(body - module_.bytes.data()) - *start_ + position, frame.sources);
  }

 private:
  void encode() {
    bytes_ = wasm::encode_module(module_);
    if (auto decoded = wasm::decode_module(SourceId{}, bytes_, 0)) encoded_ = *std::move(decoded);
  }

  void find(std::uint64_t address, std::vector<SourceFrame>& out) {
    using Kind = llvm::DILineInfoSpecifier;
    const llvm::DIInliningInfo found = dwarf_->getInliningInfoForAddress(
        {address, llvm::object::SectionedAddress::UndefSection},
        Kind(Kind::FileLineInfoKind::AbsoluteFilePath, Kind::FunctionNameKind::ShortName));
    out.clear();
    for (std::uint32_t i = 0; i < found.getNumberOfFrames(); ++i) {
      const llvm::DILineInfo& line = found.getFrame(i);
      if (line.FileName == llvm::DILineInfo::BadString) continue;
      out.push_back({line.FunctionName == llvm::DILineInfo::BadString ? "" : line.FunctionName, line.FileName,
                     line.Line, line.Column});
    }
  }

  const wasm::Module& module_;
  std::vector<std::uint8_t> bytes_;  // of a module that was text
  std::optional<wasm::Module> encoded_;
  std::optional<std::size_t> start_;
  llvm::StringMap<std::unique_ptr<llvm::MemoryBuffer>> sections_;
  std::unique_ptr<llvm::DWARFContext> dwarf_;
};

}  // namespace

void add_sources(Trap& trap, const Program& program) {
  std::map<const wasm::Module*, std::unique_ptr<ModuleSources>> modules;
  for (Frame& frame : trap.frames) {
    if (!program.instances.contains(frame.instance)) continue;
    const wasm::Module* module = program.instances[frame.instance].module;
    auto& sources = modules[module];
    if (sources == nullptr) sources = std::make_unique<ModuleSources>(*module);
    if (frame.sources.empty()) sources->complete(frame);
  }
}

}  // namespace witc::engine::codegen
