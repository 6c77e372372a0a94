/// Products in one pass: each sum's sixteen lanes fit the registers.

#ifndef MARTLET_PASSES_ONE_H
#define MARTLET_PASSES_ONE_H

/// The share of a vector's lanes that one pass of a product's tile works on: all of them.
typedef vec part;

#define CK_PASSES 1

CK_INLINE part p_zero(void) { return v_zero(); }
CK_INLINE part p_fma(part a, part b, part c) { return v_fma(a, b, c); }

CK_INLINE part p_load(const float *x, int pass) {
    (void)pass;
    return v_load(x);
}

CK_INLINE void p_load_weights(const char *p, ck_format format, int pass, part *a, part *b) {
    (void)pass;
    load_weights(p, format, a, b);
}

CK_INLINE vec v_join(part low, part high) {
    (void)high;
    return low;
}

#endif
