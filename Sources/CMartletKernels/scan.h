/// Passes over a row of logits for sampling, over the vectors of the instruction set included before.
///
/// Rows are looked at in blocks of `CK_SCAN_BLOCK`: eight vectors, so that a block stays in registers or at least in the
/// first cache between finding its maximum and what needs it.

/// Sixteen elements, −∞ beyond the end.
CK_INLINE vec scan_load(const float *x, size_t n) {
    if (n >= 16) return v_load(x);
    float lanes[16];
    for (size_t i = 0; i < 16; i++) lanes[i] = i < n ? x[i] : -INFINITY;
    return v_load(lanes);
}

CK_INLINE float scan_maximum(const float *x, size_t n) {
    vec a = v_set1(-INFINITY), b = a;
    if (n == CK_SCAN_BLOCK) {
        CK_UNROLL for (size_t i = 0; i < CK_SCAN_BLOCK; i += 32) {
            a = v_max(v_load(x + i), a);
            b = v_max(v_load(x + i + 16), b);
        }
    } else {
        for (size_t i = 0; i < n; i += 16) a = v_max(scan_load(x + i, n - i), a);
    }
    return v_greatest(v_max(a, b));
}

CK_INLINE size_t scan_count(const ck_scan *scan, size_t start) {
    return scan->count - start < CK_SCAN_BLOCK ? scan->count - start : CK_SCAN_BLOCK;
}

CK_TARGET static float scan_maxima(const ck_scan *scan, float *maxima) {
    float greatest = -INFINITY;
    for (size_t start = 0; start < scan->count; start += CK_SCAN_BLOCK) {
        float maximum = scan_maximum(scan->x + start, scan_count(scan, start));
        maxima[start / CK_SCAN_BLOCK] = maximum;
        greatest = maximum > greatest ? maximum : greatest;
    }
    return greatest;
}

/// Σ exp((x − shift) · factor) of a block.
CK_INLINE float scan_sum(const float *x, size_t n, float shift, float factor) {
    vec s = v_set1(shift), f = v_set1(factor), a = v_zero(), b = v_zero();
    if (n == CK_SCAN_BLOCK) {
        for (size_t i = 0; i < CK_SCAN_BLOCK; i += 32) {
            a = v_add(a, v_exp_or_zero(v_mul(v_sub(v_load(x + i), s), f)));
            b = v_add(b, v_exp_or_zero(v_mul(v_sub(v_load(x + i + 16), s), f)));
        }
    } else {
        for (size_t i = 0; i < n; i += 16)
            a = v_add(a, v_exp_or_zero(v_mul(v_sub(scan_load(x + i, n - i), s), f)));
    }
    return v_sum(v_add(a, b));
}

CK_TARGET static float scan_weights(const ck_scan *scan, float *maxima, float *sums) {
    float greatest = -INFINITY;
    for (size_t start = 0; start < scan->count; start += CK_SCAN_BLOCK) {
        const float *x = scan->x + start;
        size_t n = scan_count(scan, start), block = start / CK_SCAN_BLOCK;
        float maximum = scan_maximum(x, n);
        maxima[block] = maximum;
        greatest = maximum > greatest ? maximum : greatest;
        // of a block without a number only NaN is to show
        sums[block] = scan_sum(x, n, maximum > -INFINITY ? maximum : 0, scan->factor);
    }
    // nothing weighs anything
    if (greatest == -INFINITY) return greatest;
    size_t blocks = (scan->count + CK_SCAN_BLOCK - 1) / CK_SCAN_BLOCK;
    vec g = v_set1(greatest), f = v_set1(scan->factor);
    for (size_t i = 0; i < blocks; i += 16) {
        vec factors = v_exp_or_zero(v_mul(v_sub(load_up_to(maxima + i, blocks - i), g), f));
        store_up_to(sums + i, v_mul(load_up_to(sums + i, blocks - i), factors), blocks - i);
    }
    return greatest;
}

/// The least elements that a cut keeps.
typedef struct {
    /// Up to the cut's index.
    float at;
    /// Behind it.
    float behind;
    size_t index;
} scan_threshold;

CK_INLINE scan_threshold scan_threshold_of(ck_cut cut) {
    return (scan_threshold){cut.value, nextafterf(cut.value, INFINITY), cut.index};
}

/// The thresholds of sixteen places from `start` on.
CK_INLINE vec scan_thresholds(const scan_threshold *threshold, size_t start) {
    if (start > threshold->index) return v_set1(threshold->behind);
    if (threshold->index - start >= 15) return v_set1(threshold->at);
    float lanes[16];
    for (size_t i = 0; i < 16; i++) lanes[i] = i <= threshold->index - start ? threshold->at : threshold->behind;
    return v_load(lanes);
}

/// The weights of sixteen places from `i` on, 0 where they are cut. NaN is below nothing: it shows.
CK_INLINE vec scan_kept_weights(const ck_scan *scan, const scan_threshold *threshold, size_t i) {
    vec x = scan_load(scan->x + i, scan->count - i);
    vec weights = v_exp_or_zero(v_mul(v_sub(x, v_set1(scan->maximum)), v_set1(scan->factor)));
    return v_zero_below(weights, x, scan_thresholds(threshold, i));
}

CK_TARGET static void scan_kept(
    const ck_scan *scan, ck_cut cut, const float *maxima, size_t begin, size_t end, float *sums) {
    scan_threshold threshold = scan_threshold_of(cut);
    for (size_t block = begin; block < end; block++) {
        sums[block] = 0;
        if (maxima[block] < cut.value) continue;
        vec sum = v_zero();
        size_t start = block * CK_SCAN_BLOCK, stop = start + scan_count(scan, start);
        for (size_t i = start; i < stop; i += 16) sum = v_add(sum, scan_kept_weights(scan, &threshold, i));
        sums[block] = v_sum(sum);
    }
}

CK_TARGET static size_t scan_kept_count(const ck_scan *scan, ck_cut cut, const float *maxima) {
    scan_threshold threshold = scan_threshold_of(cut);
    size_t total = 0;
    for (size_t start = 0; start < scan->count; start += CK_SCAN_BLOCK) {
        if (maxima[start / CK_SCAN_BLOCK] < cut.value) continue;
        vec ones = v_zero();
        size_t stop = start + scan_count(scan, start);
        for (size_t i = start; i < stop; i += 16) {
            // the maximum of NaN and −∞ is −∞
            vec x = v_max(scan_load(scan->x + i, scan->count - i), v_set1(-INFINITY));
            ones = v_add(ones, v_zero_below(v_set1(1), x, scan_thresholds(&threshold, i)));
        }
        total += (size_t)v_sum(ones);
    }
    return total;
}

CK_TARGET static size_t scan_block(const ck_scan *scan, ck_cut cut, size_t block, float *weights) {
    scan_threshold threshold = scan_threshold_of(cut);
    size_t start = block * CK_SCAN_BLOCK, n = scan_count(scan, start);
    for (size_t i = 0; i < n; i += 16) store_up_to(weights + i, scan_kept_weights(scan, &threshold, start + i), n - i);
    return n;
}

CK_TARGET static size_t arg_max(const float *x, size_t count) {
    // runs so long that their maxima cost nothing and so short that finding the element does not either
    const size_t run = 16 * CK_SCAN_BLOCK;
    float greatest = -INFINITY;
    size_t place = 0;
    for (size_t start = 0; start < count; start += run) {
        float candidate = maximum(x + start, count - start < run ? count - start : run);
        if (candidate > greatest) {
            greatest = candidate;
            place = start;
        }
    }
    if (greatest == -INFINITY) return 0;
    while (x[place] != greatest) place++;
    return place;
}
