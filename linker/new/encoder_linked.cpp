// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Modules that are instantiated beside the main one: the libraries of `witc link` (linker/new/encoder.h).
#include "linker/new/encoder.h"

namespace witc::linker {

void Encoder::linked_instances() {
  using Item = std::tuple<component::CoreSort, std::optional<std::size_t>, std::string>;
  std::map<Item, std::uint32_t> aliases;  // each export once
  for (LinkedModule& linked : in_.linked) {
    std::uint32_t module = out_.core_module(std::move(linked.module), std::move(linked.name));
    std::vector<std::string> order;  // import modules as they first appear
    std::map<std::string, std::vector<ast::CoreInlineExport>> items;
    for (const LinkedModule::Arg& arg : linked.args) {
      if (!items.contains(arg.module)) order.push_back(arg.module);
      auto [alias, fresh] = aliases.try_emplace({arg.sort, arg.from, arg.item}, 0);
      std::uint32_t instance = arg.from ? linked_instances_[*arg.from] : instance_indices_[0];
      if (fresh) alias->second = out_.alias_core(arg.sort, instance, arg.item);
      items[arg.module].push_back({arg.name, {arg.sort, alias->second}});
    }
    std::vector<ast::CoreInstantiateArg> args;
    for (const std::string& name : order) args.push_back({name, out_.core_instance(std::move(items[name]))});
    linked_instances_.push_back(out_.core_instantiate(module, std::move(args)));
  }
}

}  // namespace witc::linker
