/* Latents and their places in the learned hierarchy. */
#include "host.h"

#include <math.h>

#define DEPTH 3
#define WIDTH 12

int main(int argc, char **argv) {
  chmr_model *model = open_model(argc, argv);
  chmr_batch *batch = NULL;
  chmr_encoding *all = NULL, *one = NULL;
  unsigned int codes[GOOD_COUNT][DEPTH], alone[DEPTH + 1];
  float cosines[DEPTH];
  const float *latents;
  char text[65];
  size_t i, h, common = 0, length = 0;
  OK(chmr_batch_new(&batch, &error));
  for (i = 0; i < GOOD_COUNT; i++) OK(chmr_batch_add_smiles(batch, TEXT(GOOD[i]), &error));
  OK(chmr_batch_add_smiles(batch, TEXT("C("), &error));
  OK(chmr_encode(model, batch, 2, NULL, &all, &error));
  CHECK(chmr_encoding_row_count(all) == GOOD_COUNT + 1);
  CHECK(chmr_encoding_modality_count(all) == 1);
  CHECK(chmr_encoding_width(all) == WIDTH && chmr_encoding_depth(all) == DEPTH);
  OK(chmr_encoding_modality_name(all, 0, text, sizeof text, NULL, &error));
  CHECK(strcmp(text, "latent") == 0);
  OK(chmr_encoding_model_text(all, CHMR_MODEL_FIELD_SHA256, text, sizeof text, &length, &error));
  CHECK(length == 64);
  latents = chmr_encoding_latents(all, 0);
  for (i = 0; i < (GOOD_COUNT + 1) * WIDTH; i++) CHECK(isnan(latents[i]) == (i >= GOOD_COUNT * WIDTH));
  for (i = 0; i < GOOD_COUNT; i++) {
    CHECK(chmr_encoding_row_status(all, i) == CHMR_STATUS_OK);
    OK(chmr_encoding_code(all, i, 0, codes[i], DEPTH, cosines, DEPTH, &error));
    for (h = 0; h < DEPTH; h++) {
      CHECK(codes[i][h] / 2 == (h > 0 ? codes[i][h - 1] : 0));
      CHECK(fabsf(cosines[h]) <= 1.0001f);
    }
  }
  CHECK(chmr_encoding_row_status(all, GOOD_COUNT) == CHMR_STATUS_MOLECULE_SYNTAX);
  OK(chmr_encoding_row_reason(all, GOOD_COUNT, NULL, 0, &length, &error));
  CHECK(length > 0);
  EXPECT(CHMR_STATUS_NOT_FOUND, chmr_encoding_code(all, GOOD_COUNT, 0, alone, DEPTH, NULL, 0, &error));

  /* The same alone, bit for bit, and what lies beyond the code stays. */
  OK(chmr_batch_clear(batch, &error));
  OK(chmr_batch_add_smiles(batch, TEXT(GOOD[1]), &error));
  OK(chmr_encode(model, batch, 1, NULL, &one, &error));
  CHECK(memcmp(chmr_encoding_latents(one, 0), latents + WIDTH, WIDTH * sizeof(float)) == 0);
  alone[DEPTH] = 77;
  OK(chmr_encoding_code(one, 0, 0, alone, DEPTH + 1, NULL, 0, &error));
  CHECK(alone[DEPTH] == 77);
  OK(chmr_code_common_depth(alone, codes[1], DEPTH, &common, &error));
  CHECK(common == DEPTH);
  alone[0] ^= 1;
  OK(chmr_code_common_depth(alone, codes[1], DEPTH, &common, &error));
  CHECK(common == 0);

  chmr_encoding_free(one);
  chmr_encoding_free(all);
  chmr_batch_free(batch);
  chmr_model_free(model);
  return finish();
}
