/// The codebooks of ggml's I-quants.

#ifndef MARTLET_BLOCK_TABLES_H
#define MARTLET_BLOCK_TABLES_H

#include <stdint.h>

/// Eight elements of two bits each: 8, 25, 43.
extern const uint16_t ck_iq2_xxs_grid[256], ck_iq2_xs_grid[512], ck_iq2_s_grid[1024];
/// Four elements of three bits each: 4, 12, 20, 28, 36, 44, 52, 62.
extern const uint16_t ck_iq3_xxs_grid[256];
/// Four elements of three bits each: 1, 3, … 15.
extern const uint16_t ck_iq3_s_grid[512];
/// Eight elements of two bits each: −1, 0, 1.
extern const uint16_t ck_iq1_s_grid[2048];

#endif
