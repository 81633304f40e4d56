(component
  (import "wasi:io/streams@0.2.0" (instance $streams
    (export "input-stream" (type (sub resource)))))
  (alias export $streams "input-stream" (type $input-stream))
  (type $mine (resource (rep i32)))
  (component $Reader
    (import "wasi:io/streams@0.2.0" (instance $streams (export "input-stream" (type $input-stream (sub resource)))))
    (alias export $streams "input-stream" (type $input-stream))
    (import "read" (func (param "from" (borrow $input-stream)))))
  (core module $m (func (export "read") (param i32)))
  (core instance $i (instantiate $m))
  (func $read (param "from" (borrow $mine)) (canon lift (core func $i "read")))
  (instance (instantiate $Reader (with "wasi:io/streams@0.2.0" (instance $streams)) (with "read" (func $read)))))
