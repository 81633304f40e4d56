;; A component that imports an interface with a resource and a function, and exports a lifted function.
(component
  (import "test:host/log" (instance $log
    (export "sink" (type $sink (sub resource)))
    (export "[constructor]sink" (func (param "name" string) (result (own $sink))))
    (export "[method]sink.write" (func (param "self" (borrow $sink)) (param "text" string)))
  ))
  (import "now" (func $now (result u64)))
  (alias export $log "sink" (type $sink))
  (core module $libc
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 0))
  (core instance $libc (instantiate $libc))
  (canon lower (func $log "[constructor]sink") (memory (core memory $libc "memory")) (core func $new))
  (canon lower (func $log "[method]sink.write") (memory (core memory $libc "memory")) string-encoding=utf16 (core func $write))
  (canon lower (func $now) (core func $now))
  (canon resource.drop $sink (core func $drop))
  (core module $main
    (import "host" "new" (func $new (param i32 i32) (result i32)))
    (import "host" "write" (func (param i32 i32 i32)))
    (import "host" "now" (func (result i64)))
    (import "host" "drop" (func (param i32)))
    (import "libc" "memory" (memory 1))
    (func (export "run") (param i32 i32) (result i32) (call $new (local.get 0) (local.get 1)))
    (func (export "post") (param i32))
    (export "new-again" (func $new)))
  (core instance $main (instantiate $main
    (with "host" (instance
      (export "new" (func $new)) (export "write" (func $write)) (export "now" (func $now)) (export "drop" (func $drop))))
    (with "libc" (instance $libc))))
  (func (export "run") (param "text" string) (result u32)
    (canon lift (core func $main "run") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")) (post-return (core func $main "post"))))
)
