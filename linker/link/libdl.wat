;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;; `dlopen`, `dlsym`, `dlclose` and `dlerror` over the symbols that `witc link` puts into memory (DlSymbols in
;; linker/link/layout.h). Nothing is loaded: all that can be opened is in the component. A handle is the address of a
;; library's entry; that of the list itself, which `dlopen(NULL)` gives, stands for all of them, as 0 (RTLD_DEFAULT) does.
(module $libdl.so
  (@dylink.0 (mem-info (memory 54 0)))
  (import "env" "memory" (memory 0))
  (import "env" "__memory_base" (global $strings i32))
  (import "GOT.mem" "__wasm_libdl_libraries" (global $libraries (mut i32)))
  (global $error (mut i32) (i32.const 0))
  (data (global.get $strings) "no such library\00no such symbol\00not a handle of dlopen\00")

  ;; Is the zero-terminated `text` the name of `length` bytes at `name`?
  (func $same (param $name i32) (param $length i32) (param $text i32) (result i32)
    (local $i i32)
    (loop $next
      (if (i32.eq (local.get $i) (local.get $length))
        (then (return (i32.eqz (i32.load8_u (i32.add (local.get $text) (local.get $i)))))))
      (if (i32.ne (i32.load8_u (i32.add (local.get $name) (local.get $i)))
                  (i32.load8_u (i32.add (local.get $text) (local.get $i))))
        (then (return (i32.const 0))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $next))
    unreachable)

  ;; The first of `count` entries of `size` bytes whose name is `text`; 0 if there is none.
  (func $find (param $entry i32) (param $count i32) (param $size i32) (param $text i32) (result i32)
    (loop $next
      (if (i32.eqz (local.get $count)) (then (return (i32.const 0))))
      (if (call $same (i32.load offset=4 (local.get $entry)) (i32.load (local.get $entry)) (local.get $text))
        (then (return (local.get $entry))))
      (local.set $entry (i32.add (local.get $entry) (local.get $size)))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br $next))
    unreachable)

  (func $symbol (param $library i32) (param $name i32) (result i32)
    (call $find (i32.load offset=12 (local.get $library)) (i32.load offset=8 (local.get $library))
                (i32.const 12) (local.get $name)))

  (func $is_library (param $handle i32) (result i32)
    (local.set $handle (i32.sub (local.get $handle) (i32.load offset=4 (global.get $libraries))))
    (i32.and
      (i32.lt_u (local.get $handle) (i32.shl (i32.load (global.get $libraries)) (i32.const 4)))
      (i32.eqz (i32.and (local.get $handle) (i32.const 15)))))

  (func $is_all (param $handle i32) (result i32)
    (i32.or (i32.eqz (local.get $handle)) (i32.eq (local.get $handle) (global.get $libraries))))

  (func $fail (param $message i32)
    (global.set $error (i32.add (global.get $strings) (local.get $message))))

  (func (export "dlopen") (param $name i32) (param $flags i32) (result i32)
    (local $found i32)
    (if (i32.eqz (local.get $name)) (then (return (global.get $libraries))))
    (local.tee $found (call $find (i32.load offset=4 (global.get $libraries)) (i32.load (global.get $libraries))
                                  (i32.const 16) (local.get $name)))
    (if (i32.eqz) (then (call $fail (i32.const 0))))
    (local.get $found))

  (func (export "dlsym") (param $handle i32) (param $name i32) (result i32)
    (local $library i32) (local $end i32) (local $found i32)
    (if (call $is_all (local.get $handle))
      (then
        (local.set $library (i32.load offset=4 (global.get $libraries)))
        (local.set $end (i32.add (local.get $library) (i32.shl (i32.load (global.get $libraries)) (i32.const 4)))))
      (else
        (if (i32.eqz (call $is_library (local.get $handle)))
          (then (call $fail (i32.const 31)) (return (i32.const 0))))
        (local.set $library (local.get $handle))
        (local.set $end (i32.add (local.get $handle) (i32.const 16)))))
    (loop $next
      (if (i32.eq (local.get $library) (local.get $end))
        (then (call $fail (i32.const 16)) (return (i32.const 0))))
      (local.set $found (call $symbol (local.get $library) (local.get $name)))
      (if (local.get $found) (then (return (i32.load offset=8 (local.get $found)))))
      (local.set $library (i32.add (local.get $library) (i32.const 16)))
      (br $next))
    unreachable)

  (func (export "dlclose") (param $handle i32) (result i32)
    (if (i32.or (call $is_all (local.get $handle)) (call $is_library (local.get $handle)))
      (then (return (i32.const 0))))
    (call $fail (i32.const 31))
    (i32.const -1))

  ;; The last error, once.
  (func (export "dlerror") (result i32)
    (global.get $error)
    (global.set $error (i32.const 0))))
