(component (import "h:h/i@1.1.0" (instance (export "f" (func (param "x" u64))))))
