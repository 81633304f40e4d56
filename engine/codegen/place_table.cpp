// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writing the table while the assembler runs, and reading it back from the object.
#include "engine/codegen/place_table.h"

#include <llvm/BinaryFormat/ELF.h>
#include <llvm/CodeGen/AsmPrinter.h>
#include <llvm/CodeGen/AsmPrinterHandler.h>
#include <llvm/CodeGen/MachineFunction.h>
#include <llvm/CodeGen/MachineInstr.h>
#include <llvm/IR/DebugInfoMetadata.h>
#include <llvm/MC/MCContext.h>
#include <llvm/MC/MCSectionELF.h>
#include <llvm/MC/MCStreamer.h>
#include <llvm/Object/ObjectFile.h>
#include <llvm/Support/MemoryBuffer.h>

#include <cstring>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace witc::engine::codegen {
namespace {

constexpr const char* kRowsSection = ".witc.rows";
constexpr const char* kPlacesSection = ".witc.places";

/// `f<instance>_<func>`, as symbol_name() makes it.
std::optional<DefinedFunc> parse_name(llvm::StringRef name) {
  unsigned instance = 0;
  unsigned func = 0;
  if (!name.consume_front("f") || name.consumeInteger(10, instance) || !name.consume_front("_") ||
      name.getAsInteger(10, func)) {
    return std::nullopt;
  }
  return DefinedFunc{InstanceId(instance), wasm::FuncIndex(func)};
}

class PlaceRecorder final : public llvm::AsmPrinterHandler {
 public:
  explicit PlaceRecorder(llvm::AsmPrinter& printer) : printer_(printer) {}

  void beginFunction(const llvm::MachineFunction* function) override {
    rows_ = nullptr;
    last_ = 0;
    const llvm::DISubprogram* scope = function->getFunction().getSubprogram();
    if (scope == nullptr) return;
    const auto func = parse_name(scope->getName());
    if (!func) return;
    rows_ = &functions_.emplace_back(Function{*func, printer_.CurrentFnSym, {}});
    // The prologue, where a stack overflow faults, belongs to the first operator.
    last_ = add({*func, 1, 0});
    rows_->rows.push_back({rows_->begin, last_});
  }

  void beginInstruction(const llvm::MachineInstr* instruction) override {
    if (rows_ == nullptr || instruction->isMetaInstruction()) return;
    if (!instruction->isCall() && !instruction->mayLoadOrStore() && !instruction->hasUnmodeledSideEffects()) return;
    const llvm::DILocation* location = instruction->getDebugLoc().get();
    if (location == nullptr) return;
    const std::uint32_t place = place_of(location);
    if (place == last_) return;
    last_ = place;
    llvm::MCSymbol* label = printer_.OutContext.createTempSymbol();
    printer_.OutStreamer->emitLabel(label);
    rows_->rows.push_back({label, place});
  }

  void endFunction(const llvm::MachineFunction*) override { rows_ = nullptr; }

  void endModule() override {
    if (functions_.empty()) return;
    llvm::MCStreamer& out = *printer_.OutStreamer;
    auto start = [&](const char* name) {
      out.switchSection(printer_.OutContext.getELFSection(name, llvm::ELF::SHT_PROGBITS, 0));
    };
    start(kRowsSection);
    for (const Function& function : functions_) {
      out.emitInt32(function.func.instance.value);
      out.emitInt32(function.func.func.value);
      out.emitInt32(static_cast<std::uint32_t>(function.rows.size()));
      for (const auto& [label, place] : function.rows) {
        out.emitAbsoluteSymbolDiff(label, function.begin, 4);
        out.emitInt32(place);
      }
    }
    start(kPlacesSection);
    for (const Place& place : places_) {
      out.emitInt32(place.func.instance.value);
      out.emitInt32(place.func.func.value);
      out.emitInt32(place.line);
      out.emitInt32(place.inlined_at);
    }
  }

 private:
  struct Place {
    DefinedFunc func;
    std::uint32_t line;        // position + 1, or 0
    std::uint32_t inlined_at;  // place + 1, or 0
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  struct Function {
    DefinedFunc func;
    llvm::MCSymbol* begin;
    std::vector<std::pair<llvm::MCSymbol*, std::uint32_t>> rows;
  };

  std::uint32_t add(const Place& place) {
    const auto [found, is_new] = numbers_.emplace(place, static_cast<std::uint32_t>(places_.size()));
    if (is_new) places_.push_back(place);
    return found->second;
  }

  /// As deep as calls were inlined, outermost first.
  std::uint32_t place_of(const llvm::DILocation* location) {
    if (auto known = known_.find(location); known != known_.end()) return known->second;
    std::vector<const llvm::DILocation*> chain;
    for (const llvm::DILocation* at = location; at != nullptr; at = at->getInlinedAt()) chain.push_back(at);
    std::uint32_t outer = 0;
    for (auto at = chain.rbegin(); at != chain.rend(); ++at) {
      const llvm::DISubprogram* scope = (*at)->getScope()->getSubprogram();
      const auto func = scope == nullptr ? std::nullopt : parse_name(scope->getName());
      if (!func) continue;
      outer = add({*func, (*at)->getLine(), outer}) + 1;
    }
    return known_[location] = outer == 0 ? last_ : outer - 1;
  }

  llvm::AsmPrinter& printer_;
  std::vector<Function> functions_;
  std::vector<Place> places_;
  std::map<Place, std::uint32_t> numbers_;
  llvm::DenseMap<const llvm::DILocation*, std::uint32_t> known_;
  Function* rows_ = nullptr;  // of the function under way
  std::uint32_t last_ = 0;
};

/// The words of a section.
class Words {
 public:
  explicit Words(llvm::StringRef bytes) : bytes_(bytes) {}
  [[nodiscard]] bool at_end() const { return bytes_.size() < 4; }
  std::uint32_t next() {
    std::uint32_t word = 0;
    if (at_end()) return word;
    std::memcpy(&word, bytes_.data(), sizeof word);
    bytes_ = bytes_.drop_front(4);
    return word;
  }

 private:
  llvm::StringRef bytes_;
};

DefinedFunc read_func(Words& words) {
  const InstanceId instance(words.next());
  return {instance, wasm::FuncIndex(words.next())};
}

}  // namespace

std::unique_ptr<llvm::AsmPrinterHandler> make_place_recorder(llvm::AsmPrinter& printer) {
  return std::make_unique<PlaceRecorder>(printer);
}

PlaceTable read_place_table(const llvm::MemoryBuffer& object) {
  PlaceTable out;
  auto file = llvm::object::ObjectFile::createObjectFile(object.getMemBufferRef());
  if (!file) {
    llvm::consumeError(file.takeError());
    return out;
  }
  auto contents = [&](std::string_view wanted) {
    for (const llvm::object::SectionRef& section : (*file)->sections()) {
      auto name = section.getName();
      auto bytes = section.getContents();
      const bool is_it = name && bytes && std::string_view(*name) == wanted;
      const llvm::StringRef found = is_it ? *bytes : llvm::StringRef();
      if (!name) llvm::consumeError(name.takeError());
      if (!bytes) llvm::consumeError(bytes.takeError());
      if (is_it) return found;
    }
    return llvm::StringRef();
  };
  for (Words rows(contents(kRowsSection)); !rows.at_end();) {
    FunctionRows& function = out.functions.emplace_back();
    function.func = read_func(rows);
    const std::uint32_t count = rows.next();
    for (std::uint32_t i = 0; i < count && !rows.at_end(); ++i) {
      const std::uint32_t offset = rows.next();
      function.rows.push_back({offset, rows.next()});
    }
  }
  for (Words places(contents(kPlacesSection)); !places.at_end();) {
    CodePlace& place = out.places.emplace_back();
    place.func = read_func(places);
    place.line = places.next();
    place.inlined_at = places.next();
  }
  return out;
}

}  // namespace witc::engine::codegen
