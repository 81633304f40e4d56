(module (func (@metadata.code.branch_hint "\00") nop))
