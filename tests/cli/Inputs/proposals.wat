(module
  (type $f (func))
  (type $k (cont $f))
  (global $g (shared mut i32) (i32.const 0))
  (func (param (ref $k)) (result i32)
    (resume $k (local.get 0))
    (global.atomic.get seq_cst $g)))
