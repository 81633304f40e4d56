;; Both sides import the host's streams; the socket gets `types` and `api` from the plug.
(component
  (import "host:io/streams@0.2.0" (instance $streams
    (export "stream" (type (sub resource)))))
  (alias export $streams "stream" (type $stream))
  (import "lib:it/types@1.2.0" (instance $types
    (export "thing" (type (sub resource)))
    (type $mode' (enum "quick" "slow"))
    (export "mode" (type (eq $mode')))))
  (alias export $types "thing" (type $thing))
  (alias export $types "mode" (type $mode))
  (import "lib:it/api@1.2.0" (instance $api
    (alias outer 1 $thing (type $thing'))
    (export "thing" (type $thing (eq $thing')))
    (alias outer 1 $mode (type $mode'))
    (export "mode" (type $mode (eq $mode')))
    (alias outer 1 $stream (type $stream'))
    (export "stream" (type $stream (eq $stream')))
    (export "make" (func (param "how" $mode) (param "on" (borrow $stream)) (result (own $thing))))))
  (import "host:log/log" (instance $log
    (alias outer 1 $stream (type $stream'))
    (export "stream" (type $stream (eq $stream')))
    (export "to" (func (param "on" (borrow $stream))))))
  (canon lower (func $api "make") (core func $make))
  (canon lower (func $log "to") (core func $to))
  (core module $m
    (import "" "make" (func $make (param i32 i32) (result i32)))
    (import "" "to" (func (param i32)))
    (func (export "run") (result i32) (call $make (i32.const 0) (i32.const 0))))
  (core instance $m (instantiate $m (with "" (instance (export "make" (func $make)) (export "to" (func $to))))))
  (func (export "run") (result u32) (canon lift (core func $m "run")))
)
