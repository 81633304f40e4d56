;; What the collector must see, and what it must not keep. Every function here allocates far more than the heap may grow
;; to with a small live set, so that it collects many times while it runs.

(module
  (import "wasmtime" "gc" (func $gc))
  (rec (type $cell (struct (field $value (mut i32)) (field $next (mut (ref null $cell))))))
  (type $words (array (mut i64)))
  (type $refs (array (mut (ref null any))))
  (global $root (mut (ref null $cell)) (ref.null $cell))
  (table $table 4 anyref)
  (elem $segment (ref null any) (item (struct.new $cell (i32.const 77) (ref.null $cell))))

  (func $list (param $n i32) (result (ref null $cell))
    (local $list (ref null $cell))
    (loop $more
      (local.set $list (struct.new $cell (local.get $n) (local.get $list)))
      (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $list))
  (func $sum (param $list (ref null $cell)) (result i32)
    (local $sum i32)
    (block $end
      (loop $more
        (br_if $end (ref.is_null (local.get $list)))
        (local.set $sum (i32.add (local.get $sum) (struct.get $cell $value (local.get $list))))
        (local.set $list (struct.get $cell $next (local.get $list)))
        (br $more)))
    (local.get $sum))

  ;; A list of 1000 cells in a local lives through `n` short-lived lists as long.
  (func (export "churn") (param $n i32) (result i32)
    (local $kept (ref null $cell))
    (local.set $kept (call $list (i32.const 1000)))
    (loop $more
      (drop (call $list (i32.const 1000)))
      (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (call $sum (local.get $kept)))

  ;; Arrays of all sizes up to 1 MiB, each used after the next is made.
  (func (export "arrays") (param $n i32) (result i64)
    (local $a (ref null $words)) (local $b (ref null $words)) (local $sum i64)
    (loop $more
      (local.set $a (local.get $b))
      (local.set $b (array.new $words (i64.const 3) (i32.and (i32.mul (local.get $n) (i32.const 7919)) (i32.const 0x1ffff))))
      (if (i32.eqz (ref.is_null (local.get $a)))
        (then (if (array.len (local.get $a))
          (then (local.set $sum (i64.add (local.get $sum)
            (array.get $words (local.get $a) (i32.sub (array.len (local.get $a)) (i32.const 1)))))))))
      (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))

  ;; Objects are found in globals, tables, segments, arrays of references, as externref, and under an i31's neighbour.
  (func (export "roots") (param $n i32) (result i32)
    (local $array (ref null $refs)) (local $extern externref)
    (global.set $root (call $list (i32.const 10)))
    (table.set $table (i32.const 1) (call $list (i32.const 20)))
    (table.set $table (i32.const 2) (ref.i31 (i32.const 5)))
    (local.set $array (array.new_fixed $refs 3 (ref.i31 (i32.const 1)) (call $list (i32.const 30)) (ref.null any)))
    (local.set $extern (extern.convert_any (call $list (i32.const 40))))
    (loop $more
      (drop (call $list (i32.const 1000)))
      (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (call $gc)
    (drop (call $list (i32.const 1000)))
    (table.init $table $segment (i32.const 3) (i32.const 0) (i32.const 1))
    (i32.add
      (i32.add
        (i32.add (call $sum (global.get $root)) (call $sum (ref.cast (ref $cell) (table.get $table (i32.const 1)))))
        (i32.add (call $sum (ref.cast (ref $cell) (array.get $refs (local.get $array) (i32.const 1))))
                 (call $sum (ref.cast (ref $cell) (any.convert_extern (local.get $extern))))))
      (i32.add (call $sum (ref.cast (ref $cell) (table.get $table (i32.const 3))))
               (i31.get_s (ref.cast (ref i31) (table.get $table (i32.const 2)))))))

  ;; A list a million long is marked without recursion.
  (func (export "long") (result i32)
    (global.set $root (call $list (i32.const 1000000)))
    (call $gc)
    (call $sum (global.get $root)))

  (func (export "too-large") (drop (array.new $words (i64.const 1) (i32.const -1))))
  (func (export "forget")
    (global.set $root (ref.null $cell))
    (table.set $table (i32.const 0) (ref.null any)))
)

(assert_return (invoke "churn" (i32.const 20000)) (i32.const 500500))
(assert_return (invoke "arrays" (i32.const 3000)) (i64.const 8997))
(assert_return (invoke "roots" (i32.const 2000)) (i32.const 1632))
(assert_return (invoke "long") (i32.const 1784293664))
(assert_trap (invoke "too-large") "GC heap out of memory")
(invoke "forget")
(assert_return (invoke "churn" (i32.const 10)) (i32.const 500500))

;; Exceptions are objects of the same heap: they live as long as an exnref does, and their payloads with them.
(module
  (type $box (struct (field i64)))
  (tag $e (param (ref $box) i32))
  (global $kept (mut exnref) (ref.null exn))
  (func $throw (param i32) (throw $e (struct.new $box (i64.extend_i32_u (local.get 0))) (local.get 0)))
  (func (export "exceptions") (param $n i32) (result i64)
    (local $i i32)
    (block $first (result (ref $box) i32 exnref)
      (try_table (catch_ref $e $first) (call $throw (i32.const 42)))
      (unreachable))
    (global.set $kept)
    (drop) (drop)
    (loop $more
      (block $h (result (ref $box) i32)
        (try_table (catch $e $h) (call $throw (local.get $n)))
        (unreachable))
      (drop) (drop)
      (block $g (result (ref $box) i32 exnref)
        (try_table (catch_ref $e $g) (call $throw (local.get $n)))
        (unreachable))
      (drop) (drop) (drop)
      (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (block $last (result (ref $box) i32)
      (try_table (catch $e $last) (throw_ref (global.get $kept)))
      (unreachable))
    (drop)
    (struct.get $box 0))
)
(assert_return (invoke "exceptions" (i32.const 300000)) (i64.const 42))
