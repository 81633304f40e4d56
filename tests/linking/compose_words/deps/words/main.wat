(component
  (import "upper" (instance $upper
    (export "words:upper/upper@1.0.0" (instance (export "upper" (func (param "text" string) (result string)))))))
  (import "log" (instance $log (export "line" (func (param "text" string)))))
  (import "host:time/clock@0.1.0" (instance $clock (export "now" (func (result u64)))))
  (alias export $upper "words:upper/upper@1.0.0" (instance $words))
  (core module $libc
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 0))
  (core instance $libc (instantiate $libc))
  (canon lower (func $words "upper") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")) string-encoding=utf16 (core func $u))
  (canon lower (func $log "line") (memory (core memory $libc "memory")) (core func $l))
  (canon lower (func $clock "now") (core func $n))
  (core module $m
    (import "words" "upper" (func (param i32 i32 i32)))
    (import "words" "line" (func (param i32 i32)))
    (import "words" "now" (func (result i64)))
    (func (export "run")))
  (core instance $m (instantiate $m (with "words" (instance
    (export "upper" (func $u)) (export "line" (func $l)) (export "now" (func $n))))))
  (func (export "run") (canon lift (core func $m "run"))))
