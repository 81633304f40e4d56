(component (import "h:h/i@1.0.0" (instance (export "f" (func (param "x" u32))))))
