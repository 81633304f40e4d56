// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Between syntax tree and resolved graph: a package whose own names are looked up, whose interfaces and
// types are in dependency order, but which has not met the packages it uses. Nothing but its own files
// is needed to make one, so a draft can be made before its dependencies are known, and tells which they
// are. settle.h turns drafts into parts of the graph.
//
// A draft has the shape of a Resolve with one package in it. Its first interfaces, worlds and types are
// placeholders for those of other packages; `foreign_interfaces` etc. say which.

#include <vector>

#include "base/result.h"
#include "wit-parser/ast.h"
#include "wit-parser/resolve.h"

namespace witc::wit {

/// An interface or world of another package, and how this package mentions it.
struct ForeignItem {
  PackageName package;
  std::string name;
  Span package_span;
  Span span;
  std::vector<Stability> mentions;  // it is needed if one of these is enabled
};

struct ForeignType {
  InterfaceId interface;
  std::string name;
  Span span;
  Stability stability;
};

struct DraftRename {
  std::string from, to;
  Span span;
};

struct DraftInclude {
  WorldId world;
  std::vector<DraftRename> renames;
  Stability stability;
  Span span;
};

struct Draft {
  PackageName name;
  Span name_span;
  std::string docs;

  IdVector<TypeId, TypeDef> types;
  IdVector<InterfaceId, Interface> interfaces;
  IdVector<WorldId, World> worlds;
  IdVector<WorldId, std::vector<DraftInclude>> includes;

  std::vector<std::pair<PackageName, Span>> uses;  // the packages mentioned, by first mention

  std::vector<ForeignType> foreign_types;                  // what types[0..] stand for
  std::vector<ForeignItem> foreign_interfaces;             // what interfaces[0..] stand for
  std::vector<ForeignItem> foreign_worlds;                 // what worlds[0..] stand for
  std::vector<std::pair<TypeId, Span>> must_be_resources;  // foreign types used in handles
};

/// The draft of the package that the files declare, last, after those of the packages nested in them.
/// Errors: kWitResolve for names that are missing, doubled or circular, and misuse of gates.
Result<std::vector<Draft>> make_drafts(const std::vector<ast::File>& files);

}  // namespace witc::wit
