/* A batch of good and bad molecules: each row has its own status, reason and values. */
#include "host.h"

#include <math.h>
#include <stdint.h>

static const char ETHANOL[] =
    "ethanol\n  test\n\n"
    "  3  2  0  0  0  0  0  0  0  0999 V2000\n"
    "    0.0000    0.0000    0.0000 C   0  0\n"
    "    1.5000    0.0000    0.0000 C   0  0\n"
    "    2.2000    1.2000    0.0000 O   0  0\n"
    "  1  2  1  0\n"
    "  2  3  1  0\n"
    "M  END\n";

/* What became of one SMILES, alone in a batch. */
static chmr_status status_of(const chmr_model *model, const char *smiles, size_t length) {
  chmr_batch *batch = NULL;
  chmr_result *result = NULL;
  chmr_status status;
  const float *values;
  size_t i, reason = 0;
  OK(chmr_batch_new(&batch, &error));
  OK(chmr_batch_add_smiles(batch, smiles, length, &error));
  OK(chmr_predict(model, batch, NULL, NULL, &result, &error));
  status = chmr_result_row_status(result, 0);
  values = chmr_result_values(result);
  for (i = 0; i < chmr_result_task_count(result); i++)
    CHECK(isnan(values[i]) == (status != CHMR_STATUS_OK));
  OK(chmr_result_row_reason(result, 0, NULL, 0, &reason, &error));
  CHECK((reason == 0) == (status == CHMR_STATUS_OK));
  chmr_result_free(result);
  chmr_batch_free(batch);
  return status;
}

static void statuses(const chmr_model *model) {
  size_t i, length = 3u << 20;
  char *huge = malloc(length);
  char all[256];
  for (i = 0; i < GOOD_COUNT; i++) CHECK(status_of(model, TEXT(GOOD[i])) == CHMR_STATUS_OK);
  CHECK(status_of(model, NULL, 0) == CHMR_STATUS_MOLECULE_EMPTY);
  CHECK(status_of(model, TEXT("C(")) == CHMR_STATUS_MOLECULE_SYNTAX);
  CHECK(status_of(model, TEXT("[Xx]")) >= CHMR_STATUS_MOLECULE_SYNTAX);
  CHECK(status_of(model, TEXT("C[N](C)(C)(C)C")) == CHMR_STATUS_MOLECULE_VALENCE);
  CHECK(status_of(model, TEXT("c1cccc1")) == CHMR_STATUS_MOLECULE_AROMATICITY);
  CHECK(status_of(model, "CC\0CC", 5) == CHMR_STATUS_MOLECULE_SYNTAX);
  CHECK(status_of(model, TEXT("CC\xff")) == CHMR_STATUS_MOLECULE_SYNTAX);
  if (huge == NULL) exit(1);
  memset(huge, 'C', length);
  CHECK(status_of(model, huge, length) == CHMR_STATUS_MOLECULE_LIMIT);
  memset(huge, '(', length);
  CHECK(status_of(model, huge, length) != CHMR_STATUS_OK);
  memset(huge, '[', 5000);
  CHECK(status_of(model, huge, 5000) != CHMR_STATUS_OK);
  free(huge);
  for (i = 0; i < 256; i++) all[i] = (char)i;
  CHECK(status_of(model, all, 256) != CHMR_STATUS_OK);
  for (i = 0; i < 256; i++) CHECK(status_of(model, all + i, i == 0 ? 0 : 1) >= CHMR_STATUS_OK);
}

static void together(const chmr_model *model) {
  chmr_batch *batch = NULL;
  chmr_result *result = NULL;
  size_t added = 0, tasks, task, row, length;
  float one[5], copy[7 * 5 + 1];
  char text[256], sdf[2048];
  const float *values;
  OK(chmr_batch_new(&batch, &error));
  OK(chmr_batch_add_smiles(batch, TEXT("CCO"), &error));
  OK(chmr_batch_add_smiles(batch, TEXT("C(C"), &error));
  OK(chmr_batch_add_molblock(batch, ETHANOL, strlen(ETHANOL), &error));
  OK(chmr_batch_add_molblock(batch, TEXT("no molblock"), &error));
  snprintf(sdf, sizeof sdf, "%s> <Name>\nx\n\n$$$$\nnothing\n$$$$\n%s\n", ETHANOL, ETHANOL);
  OK(chmr_batch_add_sdf(batch, sdf, strlen(sdf), &added, &error));
  CHECK(added == 3 && chmr_batch_len(batch) == 7);
  OK(chmr_batch_add_sdf(batch, NULL, 0, &added, &error));
  OK(chmr_batch_add_sdf(batch, TEXT("\n"), NULL, &error));
  CHECK(added == 0 && chmr_batch_len(batch) == 7);
  memset(sdf, 'x', sizeof sdf); /* the batch has its own copy */

  OK(chmr_predict(model, batch, NULL, NULL, &result, &error));
  tasks = chmr_result_task_count(result);
  CHECK(chmr_result_row_count(result) == 7 && tasks == 5);
  values = chmr_result_values(result);
  OK(chmr_predict_smiles(model, TEXT("OCC"), NULL, 0, one, 5, &error));
  for (row = 0; row < 7; row++) {
    int good = row % 2 == 0 && row != 5;
    chmr_status status = chmr_result_row_status(result, row);
    CHECK((status == CHMR_STATUS_OK) == good);
    CHECK(good || (status >= 300 && status < 400));
    OK(chmr_result_row_reason(result, row, text, sizeof text, &length, &error));
    CHECK((length == 0) == good && strlen(text) == length);
    for (task = 0; task < tasks; task++) {
      float value = values[row * tasks + task];
      CHECK(good ? memcmp(&value, &one[task], sizeof value) == 0 : isnan(value) != 0);
    }
  }
  for (task = 0; task < tasks; task++) {
    size_t index = 99;
    OK(chmr_result_task(result, task, &index, &error));
    CHECK(index == task);
  }
  copy[35] = 7;
  OK(chmr_result_copy_values(result, copy, 36, &error));
  CHECK(memcmp(copy, values, 35 * sizeof *copy) == 0 && copy[35] == 7);
  OK(chmr_result_copy_values(result, copy, 35, &error));
  EXPECT(CHMR_STATUS_BUFFER_TOO_SMALL, chmr_result_copy_values(result, copy, 34, &error));

  /* The result stands on its own. */
  OK(chmr_batch_clear(batch, &error));
  CHECK(chmr_batch_len(batch) == 0);
  chmr_batch_free(batch);
  CHECK(memcmp(copy, chmr_result_values(result), 35 * sizeof *copy) == 0);
  OK(chmr_result_model_text(result, CHMR_MODEL_FIELD_NAME, text, sizeof text, NULL, &error));
  CHECK(strcmp(text, "test") == 0);
  OK(chmr_result_model_text(result, CHMR_MODEL_FIELD_SHA256, text, sizeof text, &length, &error));
  CHECK(length == 64);
  chmr_result_free(result);
}

static void empty(const chmr_model *model) {
  chmr_batch *batch = NULL;
  chmr_result *result = NULL;
  OK(chmr_batch_new(&batch, &error));
  OK(chmr_predict(model, batch, NULL, NULL, &result, &error));
  CHECK(chmr_result_row_count(result) == 0 && chmr_result_task_count(result) == 5);
  CHECK(chmr_result_values(result) == NULL);
  OK(chmr_result_copy_values(result, NULL, 0, &error));
  chmr_result_free(result);
  chmr_batch_free(batch);
}

/* A packed fingerprint is enough for the second model alone, and gives what its SMILES gives. */
static void fingerprints(const chmr_model *structure, const char *path) {
  chmr_model *model = NULL;
  chmr_batch *batch = NULL;
  chmr_result *result = NULL;
  uint8_t bits[21], keys[21];
  float one[5];
  size_t length, row;
  OK(chmr_model_open(TEXT(path), &model, &error));
  OK(chmr_fingerprint(CHMR_FINGERPRINT_KIND_MORGAN, 2, 64, TEXT(GOOD[0]), bits, sizeof bits, &length, &error));
  CHECK(length == 8);
  OK(chmr_fingerprint(CHMR_FINGERPRINT_KIND_MACCS, 0, 167, TEXT(GOOD[0]), keys, sizeof keys, &length, &error));
  CHECK(length == 21 && (keys[0] & 1) == 0);
  OK(chmr_batch_new(&batch, &error));
  OK(chmr_batch_add_fingerprint(batch, CHMR_FINGERPRINT_KIND_MORGAN, 2, 64, bits, 8, &error));
  OK(chmr_batch_add_fingerprint(batch, CHMR_FINGERPRINT_KIND_MORGAN, 3, 64, bits, 8, &error));
  OK(chmr_batch_add_fingerprint(batch, CHMR_FINGERPRINT_KIND_MORGAN, 2, 56, bits, 7, &error));
  OK(chmr_batch_add_fingerprint(batch, CHMR_FINGERPRINT_KIND_MACCS, 0, 167, keys, 21, &error));
  OK(chmr_predict(model, batch, NULL, NULL, &result, &error));
  CHECK(chmr_result_row_status(result, 0) == CHMR_STATUS_OK);
  for (row = 1; row < 4; row++) CHECK(chmr_result_row_status(result, row) == CHMR_STATUS_MOLECULE_INPUT);
  OK(chmr_predict_smiles(model, TEXT(GOOD[0]), NULL, 0, one, 5, &error));
  CHECK(memcmp(one, chmr_result_values(result), sizeof one) == 0);
  chmr_result_free(result);
  OK(chmr_predict(structure, batch, NULL, NULL, &result, &error));
  for (row = 0; row < 4; row++) CHECK(chmr_result_row_status(result, row) == CHMR_STATUS_MOLECULE_INPUT);
  chmr_result_free(result);
  chmr_batch_free(batch);
  chmr_model_free(model);
}

int main(int argc, char **argv) {
  chmr_model *model;
  if (argc < 3) return 2;
  model = open_model(argc, argv);
  statuses(model);
  together(model);
  empty(model);
  fingerprints(model, argv[2]);
  chmr_model_free(model);
  return finish();
}
