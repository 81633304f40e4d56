// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "engine/lazy/batches.h"

#include <algorithm>
#include <optional>

#include "base/overloaded.h"
#include "engine/arch/lazy.h"

namespace witc::engine {
namespace {

constexpr std::size_t kBatchFunctions = 64;  // at most, for so many bytes
constexpr std::size_t kBatchFunctionBytes = 4096;

void make_batches(const Program& program, const CodeNumbers& numbers, std::size_t batch_bytes, LazySource& source) {
  std::vector<std::vector<CodeNumber>>& batches = source.batches;
  const std::size_t most = kBatchFunctions * std::max<std::size_t>(batch_bytes / kBatchFunctionBytes, 1);
  std::optional<InstanceId> instance;  // of the last
  for (std::size_t i = 0; i < numbers.added().size(); ++i) {
    const CodeNumber number = numbers.first() + static_cast<CodeNumber>(i);
    const auto* func = std::get_if<DefinedFunc>(&numbers.added()[i]);
    if (func == nullptr) {
      batches.push_back({number});
      source.batch_bytes.push_back(0);
      instance.reset();
      continue;
    }
    const wasm::Func& definition = program.instances[func->instance].module->funcs[func->func];
    if (definition.import) continue;
    const std::size_t size = definition.body.bytes.size();
    if (instance != func->instance || source.batch_bytes.back() + size > batch_bytes || batches.back().size() == most) {
      batches.emplace_back();
      source.batch_bytes.push_back(0);
    }
    instance = func->instance;
    source.batch_bytes.back() += size;
    batches.back().push_back(number);
  }
}

std::uint32_t context_of(const Layout& layout, const CodeItem& item) {
  return match(
      item,
      [&](DefinedFunc func) {
        const InstanceLayout& instance = layout[func.instance];
        return instance.is_shared ? arch::kHeaderInCell : instance.context;
      },
      [](HostSlot) { return 0u; }, [](TrampolineId) { return 0u; });
}

}  // namespace

LazySource lazy_source(const Program& program, const Layout& layout, const CodeNumbers& numbers, std::size_t batch_bytes) {
  LazySource source;
  source.items = numbers.added();
  source.first = numbers.first();
  source.contexts.reserve(source.items.size());
  for (const CodeItem& item : source.items) source.contexts.push_back(context_of(layout, item));
  make_batches(program, numbers, batch_bytes, source);
  return source;
}

}  // namespace witc::engine
