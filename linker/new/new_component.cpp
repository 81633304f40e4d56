// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Core module to component: prepare, then write (linker/new/new_component.h).
#include "linker/new/new_component.h"

#include "linker/new/encoder.h"
#include "linker/new/prepare.h"

namespace witc::linker {

Result<component::ast::Component> new_component(SourceMap& sources, wasm::Module module, NewOptions options) {
  bool return_call_ref = options.return_call_ref;
  std::unique_ptr<Prepared> prepared = TRY(prepare(sources, std::move(module), std::move(options)));
  return Encoder(*prepared, return_call_ref).run();
}

}  // namespace witc::linker
