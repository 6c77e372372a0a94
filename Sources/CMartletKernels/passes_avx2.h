/// Products in two passes over the inputs: sixteen registers hold eight lanes of a tile's sums at a time.

#ifndef MARTLET_PASSES_AVX2_H
#define MARTLET_PASSES_AVX2_H

/// Eight of a vector's lanes: the first in pass 0, the last in pass 1.
typedef __m256 part;

#define CK_PASSES 2

CK_INLINE part p_zero(void) { return _mm256_setzero_ps(); }
CK_INLINE part p_fma(part a, part b, part c) { return _mm256_fmadd_ps(a, b, c); }
CK_INLINE part p_load(const float *x, int pass) { return _mm256_loadu_ps(x + 8 * pass); }

CK_INLINE void p_load_weights(const char *p, ck_format format, int pass, part *a, part *b) {
    switch (format) {
    case CK_BFLOAT16_DOT:
        p_load_weights(p, CK_BFLOAT16, pass, b, a);
        break;
    case CK_BFLOAT16: {
        __m256i both = _mm256_loadu_si256((const __m256i *)p + pass);
        *a = _mm256_castsi256_ps(_mm256_slli_epi32(both, 16));
        *b = _mm256_castsi256_ps(_mm256_and_si256(both, _mm256_set1_epi32((int)0xffff0000)));
        break;
    }
    case CK_FLOAT16:
        *a = _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p + pass));
        *b = _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p + 2 + pass));
        break;
    case CK_FLOAT32:
        *a = _mm256_loadu_ps((const float *)p + 8 * pass);
        *b = _mm256_loadu_ps((const float *)p + 16 + 8 * pass);
        break;
    }
}

CK_INLINE vec v_join(part low, part high) { return (vec){low, high}; }

#endif
