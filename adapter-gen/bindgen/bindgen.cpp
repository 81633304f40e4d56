// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "adapter-gen/bindgen/bindgen.h"

#include <algorithm>
#include <string_view>

#include "adapter-gen/bindgen/guest.h"
#include "adapter-gen/bindgen/host.h"
#include "adapter-gen/bindgen/units.h"
#include "wit-parser/binary/encode.h"

namespace witc::bindgen {
namespace {

constexpr const char* kWit =
#include "embedded/adapter-gen/bindgen/runtime/wit.h.inc"
    ;
constexpr const char* kWitResource =
#include "embedded/adapter-gen/bindgen/runtime/wit_resource.h.inc"
    ;
constexpr const char* kWitAbi =
#include "embedded/adapter-gen/bindgen/runtime/wit_abi.h.inc"
    ;
constexpr const char* kWitAbiCall =
#include "embedded/adapter-gen/bindgen/runtime/wit_abi_call.h.inc"
    ;

constexpr const char* kWitHost =
#include "embedded/adapter-gen/bindgen/runtime/wit_host.h.inc"
    ;
constexpr const char* kWitHostCall =
#include "embedded/adapter-gen/bindgen/runtime/wit_host_call.h.inc"
    ;
constexpr const char* kWitHostHandles =
#include "embedded/adapter-gen/bindgen/runtime/wit_host_handles.h.inc"
    ;

constexpr std::size_t kColumnLimit = 120;

/// Breaks a line that is too long after commas, as far as they go; the rest is indented by four more.
std::string wrap(std::string_view line) {
  std::string text;
  std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
  std::size_t room = kColumnLimit;
  while (line.size() > room) {
    std::size_t comma = line.rfind(", ", room - 1);
    if (comma == std::string_view::npos) comma = line.find(", ", room - 1);
    if (comma == std::string_view::npos) break;
    text += line.substr(0, comma + 1);
    text += '\n' + std::string(indent + 4, ' ');
    line.remove_prefix(comma + 2);
    room = kColumnLimit - indent - 4;
  }
  return text += line;
}

/// Long lines of code broken. Comments, attributes (they hold strings) and data are left as they are.
std::string wrap_lines(std::string_view text) {
  std::string wrapped;
  while (!text.empty()) {
    std::size_t end = std::min(text.find('\n'), text.size() - 1);
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    std::string_view code = line.substr(std::min(line.find_first_not_of(' '), line.size()));
    bool keep = code.starts_with("//") || code.starts_with("__attribute__") || code.starts_with('.');
    wrapped += keep ? std::string(line) : wrap(line);
    wrapped += '\n';
  }
  return wrapped;
}

}  // namespace

Result<std::vector<GeneratedFile>> generate_cpp(const wit::Resolve& resolve, wit::WorldId world, const Options& options) {
  World laid_out = TRY(World::make(resolve, world, options.host));
  std::string name = resolve.worlds[world].name;
  std::ranges::replace(name, '-', '_');
  if (options.host) {
    return std::vector<GeneratedFile>{
        {name + "_host.h", wrap_lines(host_header(laid_out))},
        {name + "_host.cpp", wrap_lines(host_source(laid_out, name + "_host.h"))},
        {"wit.h", kWit},
        {"wit_host.h", kWitHost},
        {"wit_host_call.h", kWitHostCall},
        {"wit_host_handles.h", kWitHostHandles},
    };
  }
  std::vector<std::uint8_t> metadata =
      wit::encode_world_metadata(resolve, world, component::StringEncoding::kUtf8);
  return std::vector<GeneratedFile>{
      {name + ".h", wrap_lines(guest_header(laid_out))},
      {name + ".cpp", wrap_lines(guest_source(laid_out, name + ".h", metadata))},
      {"wit.h", kWit},
      {"wit_resource.h", kWitResource},
      {"wit_abi.h", kWitAbi},
      {"wit_abi_call.h", kWitAbiCall},
  };
}

}  // namespace witc::bindgen
