(component
  (import "test:host/log" (instance $log
    (export "say" (func (param "n" u32)))))
  (import "more" (func $more))
  (core func $say (canon lower (func $log "say")))
  (core func $more (canon lower (func $more)))
  (core module $m
    (import "" "say" (func (param i32)))
    (import "" "more" (func))
    (func (export "f") (result i64) i64.const 1))
  (core instance $i (instantiate $m
    (with "" (instance (export "say" (func $say)) (export "more" (func $more))))))
  (func (export "f") (result u64) (canon lift (core func $i "f"))))
