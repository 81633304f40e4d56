// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// `witc new`, second half: the component written from what was prepared (linker/new/prepare.h).
//
// A lowered function may need the memory and the allocator of the instance it is an import of. So such
// imports are satisfied by a shim module whose functions call through a table, the main module and the
// adapters are instantiated on top of it, and then a fixup module fills the table with the real lowerings.
// Destructors of exported resources and the functions of adapters go the same way, for the same reason.
//
// A main module that imports its memory gets one from the shim module, so its imports can be lowered before
// it is there; then only its allocator goes through the table. A main module with a task hook
// (`__wasm_task_hook`) is entered through functions of the fixup module that call the hook before and after.

#include <map>
#include <set>

#include "linker/new/component_writer.h"
#include "linker/new/exported_types.h"
#include "linker/new/live_types.h"
#include "linker/new/prepare.h"
#include "wasm/core/builder.h"
#include "wit-parser/binary/type_encoder.h"

namespace witc::linker {

/// What the shim module exports beside its functions, which are `0`, `1`, ...
inline constexpr const char* kShimTable = "$imports";
inline constexpr const char* kShimMemory = "$memory";
inline constexpr const char* kShimTlsGet = "$get-tls-base";
inline constexpr const char* kShimTlsSet = "$set-tls-base";

class Encoder {
 public:
  /// `return_call_ref`: NewOptions.
  Encoder(Prepared& in, bool return_call_ref)
      : in_(in), return_call_ref_(return_call_ref), resolve_(in.metadata.resolve), root_(resolve_, out_), exported_types_(resolve_, in_.world(), root_) {}

  ast::Component run();

 private:
  /// A function of the shim module: what it stands for.
  struct Shim {
    enum class Kind { kImport, kAdapterFunc, kDtor, kRealloc } kind;
    std::size_t module = 0;              // that imports it, or (kDtor, kRealloc) that exports it
    const CoreImport* import = nullptr;  // kImport (a lowering or a built-in), kAdapterFunc
    std::string export_name;             // kDtor, kRealloc
    wasm::FuncType type;
  };
  /// What the task hook is told before and after a call (the numbers that it knows).
  struct HookEvents {
    std::int32_t before, after;
    bool may_block = false;  // the function's result says whether the task is done: if not, `kAsyncBlocked`
  };
  struct HookedExport {
    std::size_t module;
    std::string name;
    wasm::FuncType type;
    HookEvents events;
  };
  using ModuleExport = std::pair<std::size_t, std::string>;  // module, export name

  // imports (encoder_imports.cpp)
  void imports();
  void collect_live();
  void import_interface(const wit::WorldKey& key, const wit::WorldItem& item, wit::InterfaceId id);
  void import_root_items();
  [[nodiscard]] std::set<wit::InterfaceId> exported_dependencies(wit::InterfaceId id) const;
  std::uint32_t imported_func(const CoreImport& import);

  // core instances (encoder_core.cpp)
  void core_modules();
  void exported_resources();
  void instantiate(std::size_t module);
  void linked_instances();  // encoder_linked.cpp
  std::uint32_t core_func_for(std::size_t module, const CoreImport& import);
  std::uint32_t core_export(std::size_t module, const std::string& name);
  std::uint32_t memory();                       // the main module's
  std::uint32_t memory_of(std::size_t module);  // what values of the module are in
  std::uint32_t guest_memory(std::size_t adapter);  // encoder_guest_memory.cpp
  std::uint32_t allocator();
  [[nodiscard]] std::optional<ModuleExport> realloc_of(std::size_t module, bool for_imports) const;

  // canonical definitions a core module imports (encoder_canon.cpp)
  std::uint32_t canon(std::size_t module, const CoreImport& import);
  std::uint32_t builtin(std::size_t module, const CoreImport& import);
  std::uint32_t tls_base(const CoreImport& import);
  std::uint32_t channel_type(const CoreImport& import);
  std::uint32_t lowering_realloc(std::size_t module);
  ast::CanonOpts options(std::size_t module, const CoreImport& import);

  // shim and fixup modules (encoder_shims.cpp)
  void plan_shims();
  void plan_hooks();
  void shim_instance();
  void shim_funcs(wasm::ModuleBuilder& module);
  wasm::FuncIndex fill_globals(wasm::ModuleBuilder& module, std::vector<ast::CoreInlineExport>& args,
                               const std::vector<wasm::FuncIndex>& actual, std::optional<wasm::FuncIndex> next);
  void fixup_instance();
  [[nodiscard]] bool is_indirect(const CoreImport& import) const;
  [[nodiscard]] bool reallocs_need_shims() const { return has_early_memory_ || hooks_tasks_; }
  std::uint32_t actual_func(const Shim& shim);
  std::uint32_t shim_func(std::size_t index);
  std::uint32_t entry(std::size_t module, const std::string& name);

  // exports (encoder_exports.cpp)
  void exports();
  std::uint32_t lift(std::size_t module, const wit::WorldKey& key, const wit::Function& function, std::uint32_t type);
  void export_interface(std::size_t module, const wit::WorldKey& key, const wit::WorldItem& item, wit::InterfaceId id);
  void forget_types(wit::InterfaceId id);

  Prepared& in_;
  bool return_call_ref_;
  const wit::Resolve& resolve_;
  ComponentWriter out_;
  RootTypes root_;
  ExportedTypes exported_types_;

  // what is alive of the imports
  std::set<std::pair<std::optional<wit::InterfaceId>, std::string>> used_funcs_;
  std::map<wit::InterfaceId, std::vector<wit::TypeId>> live_types_;

  std::map<wit::InterfaceId, std::uint32_t> import_instances_;
  std::map<std::string, std::uint32_t> import_funcs_;
  std::map<std::pair<wit::InterfaceId, std::string>, std::uint32_t> import_aliases_;

  std::vector<std::uint32_t> module_indices_, instance_indices_;  // by module
  std::vector<std::uint32_t> linked_instances_;                   // by linked module, once they are there
  std::vector<Shim> shims_;
  std::map<std::tuple<std::size_t, std::string, std::string>, std::size_t> shim_of_import_;
  std::map<wit::TypeId, std::size_t> shim_of_dtor_;
  std::map<ModuleExport, std::size_t> shim_of_realloc_;
  std::uint32_t shim_instance_ = 0, fixup_instance_ = 0;
  bool has_early_memory_ = false;  // the shim module has it
  bool hooks_tasks_ = false;
  std::optional<wasm::ValType> tls_global_;  // the shim module has it: an address
  std::vector<HookedExport> hooked_;
  std::map<std::size_t, std::uint32_t> guest_memories_;  // instances, by adapter
  std::map<ModuleExport, std::uint32_t> entries_;  // hooked exports, as aliases
  std::map<std::pair<std::size_t, std::string>, std::uint32_t> core_exports_;
  std::optional<std::uint32_t> memory_, allocator_;
  std::map<wit::TypeId, std::uint32_t> exported_resources_;
  std::optional<std::uint32_t> unit_stream_, unit_future_;
};

}  // namespace witc::linker
