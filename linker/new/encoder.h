// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// `witc new`, second half: the component written from what was prepared (linker/new/prepare.h).
//
// A lowered function may need the memory and the allocator of the instance it is an import of. So such
// imports are satisfied by a shim module whose functions call through a table, the main module and the
// adapters are instantiated on top of it, and then a fixup module fills the table with the real lowerings.
// Destructors of exported resources and the functions of adapters go the same way, for the same reason.

#include <map>
#include <set>

#include "linker/new/component_writer.h"
#include "linker/new/live_types.h"
#include "linker/new/prepare.h"
#include "wit-parser/binary/type_encoder.h"

namespace witc::linker {

/// WIT types in the component's own index space. World types are imported as they are met; types of an
/// interface come from the instance of it that was imported or exported last.
class RootTypes : public wit::TypeEncoder {
 public:
  RootTypes(const wit::Resolve& resolve, ComponentWriter& out) : TypeEncoder(resolve), out_(out) {}

  void set_instance(wit::InterfaceId interface, std::uint32_t instance) { instances_[interface] = instance; }
  /// Alias of a type out of its interface's instance.
  std::uint32_t foreign_type(wit::InterfaceId owner, wit::TypeId id) override;

 private:
  std::uint32_t define(ast::Type type) override { return out_.type(std::move(type)); }
  std::optional<std::uint32_t> name_type(std::uint32_t index, ast::NameAttributes name) override;
  std::uint32_t name_resource(ast::NameAttributes name) override;

  ComponentWriter& out_;
  std::map<wit::InterfaceId, std::uint32_t> instances_;
};

class Encoder {
 public:
  explicit Encoder(Prepared& in) : in_(in), resolve_(in.metadata.resolve), root_(resolve_, out_) {}

  ast::Component run();

 private:
  /// A function of the shim module: what it stands for.
  struct Shim {
    enum class Kind { kLower, kAdapterFunc, kDtor } kind;
    std::size_t module = 0;              // that imports it, or (kDtor) that exports the destructor
    const CoreImport* import = nullptr;  // kLower, kAdapterFunc
    std::string dtor;                    // kDtor
    wasm::FuncType type;
  };

  // imports (encoder_imports.cpp)
  void imports();
  void collect_live();
  void import_interface(const wit::WorldKey& key, const wit::WorldItem& item, wit::InterfaceId id);
  void import_root_items();
  [[nodiscard]] std::set<wit::InterfaceId> exported_dependencies(wit::InterfaceId id) const;
  std::uint32_t imported_func(const CoreImport& import);

  // core instances (encoder_core.cpp)
  void core_modules();
  void plan_shims();
  void shim_instance();
  void exported_resources();
  void instantiate(std::size_t module);
  void fixup_instance();
  [[nodiscard]] bool is_indirect(const CoreImport& import) const;
  std::uint32_t core_func_for(std::size_t module, const CoreImport& import);
  std::uint32_t actual_func(const Shim& shim);
  std::uint32_t shim_func(std::size_t index);
  std::uint32_t core_export(std::size_t module, const std::string& name);
  std::uint32_t memory();
  std::uint32_t allocator();
  Options lower_options(std::size_t module, const CoreImport& import);

  // exports (encoder_exports.cpp)
  void exports();
  std::uint32_t lift(std::size_t module, const wit::WorldKey& key, const wit::Function& function, std::uint32_t type);
  void export_interface(std::size_t module, const wit::WorldKey& key, const wit::WorldItem& item, wit::InterfaceId id);
  void forget_types(wit::InterfaceId id);

  Prepared& in_;
  const wit::Resolve& resolve_;
  ComponentWriter out_;
  RootTypes root_;

  // what is alive of the imports
  std::set<std::pair<std::optional<wit::InterfaceId>, std::string>> used_funcs_;
  std::map<wit::InterfaceId, std::vector<wit::TypeId>> live_types_;

  std::map<wit::InterfaceId, std::uint32_t> import_instances_;
  std::map<std::string, std::uint32_t> import_funcs_;
  std::map<std::pair<wit::InterfaceId, std::string>, std::uint32_t> import_aliases_;

  std::vector<std::uint32_t> module_indices_, instance_indices_;  // by module
  std::vector<Shim> shims_;
  std::map<std::tuple<std::size_t, std::string, std::string>, std::size_t> shim_of_import_;
  std::map<wit::TypeId, std::size_t> shim_of_dtor_;
  std::uint32_t shim_instance_ = 0;
  std::map<std::pair<std::size_t, std::string>, std::uint32_t> core_exports_;
  std::optional<std::uint32_t> memory_, allocator_;
  std::map<wit::TypeId, std::uint32_t> exported_resources_;
};

}  // namespace witc::linker
