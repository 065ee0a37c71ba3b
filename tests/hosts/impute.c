/* A program's own library: built, saved, opened, added to a model, and asked. */
#include "host.h"

#include <math.h>

#define FEATURES 3

/* What a library cannot be made of: each refused with words of its own, none of them the compiler's. */
static void refused(const chmr_batch *batch, const char *ids) {
  static const struct {
    const char *features, *words;
    int32_t power;
    float noise, balance;
  } wrong[] = {
      {"a\nb\na", "'a' is named twice", 2, 0.5f, 0.0f}, {"a\n\nc", "no name", 2, 0.5f, 0.0f},
      {"a\nb\nc", "power is 0", 0, 0.5f, 0.0f},         {"a\nb\nc", "power is 17", 17, 0.5f, 0.0f},
      {"a\nb\nc", "noise is 0.0001", 2, 0.0001f, 0.0f}, {"a\nb\nc", "noise is 2000000", 2, 2e6f, 0.0f},
      {"a\nb\nc", "noise is NaN", 2, NAN, 0.0f},        {"a\nb\nc", "balance is 1.5", 2, 0.5f, 1.5f},
  };
  float values[GOOD_COUNT * FEATURES];
  chmr_library *library = NULL;
  size_t i;
  for (i = 0; i < GOOD_COUNT * FEATURES; i++) values[i] = (float)(i % 7) - 3.0f;
  for (i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    EXPECT(CHMR_STATUS_INVALID_ARGUMENT,
           chmr_library_build(batch, TEXT(ids), TEXT("expression"), TEXT(wrong[i].features), values,
                              GOOD_COUNT * FEATURES, CHMR_SCALE_KIND_ASINH, wrong[i].power, wrong[i].noise,
                              wrong[i].balance, &library, &error));
    CHECK(strstr(error.message, wrong[i].words) != NULL && strchr(error.message, '{') == NULL);
  }
  CHECK(library == NULL);
}

static chmr_library *build(void) {
  float values[GOOD_COUNT * FEATURES];
  chmr_batch *batch = NULL;
  chmr_library *library = NULL;
  const char *ids = "m0\nm1\nm2\nm3\nm4\nm5\nm6\nm7";
  size_t i;
  OK(chmr_batch_new(&batch, &error));
  for (i = 0; i < GOOD_COUNT; i++) OK(chmr_batch_add_smiles(batch, TEXT(GOOD[i]), &error));
  for (i = 0; i < GOOD_COUNT * FEATURES; i++) values[i] = (float)(i % 7) - 3.0f;
  refused(batch, ids);
  /* The last molecule has no profile. */
  for (i = (GOOD_COUNT - 1) * FEATURES; i < GOOD_COUNT * FEATURES; i++) values[i] = NAN;
  OK(chmr_library_build(batch, TEXT(ids), TEXT("expression"), TEXT("a\nb\nc"), values,
                        GOOD_COUNT * FEATURES, CHMR_SCALE_KIND_ASINH, 2, 0.5f, 0.0f, &library,
                        &error));
  CHECK(chmr_library_len(library) == GOOD_COUNT);
  chmr_batch_free(batch);
  return library;
}

/* Beside the program, so that its other builds may run at the same time. */
static void saved_and_opened(const chmr_library *library, const char *program) {
  chmr_library *read = NULL;
  char path[4096];
  snprintf(path, sizeof path, "%s.chmrlib", program);
  OK(chmr_library_save(library, TEXT(path), &error));
  OK(chmr_library_open(TEXT(path), &read, &error));
  CHECK(chmr_library_len(read) == GOOD_COUNT);
  chmr_library_free(read);
  remove(path);
}

/* How strongly compounds act is known of more than have profiles. */
static void active(chmr_library *library) {
  chmr_batch *batch = NULL;
  float counts[GOOD_COUNT + 1];
  size_t i;
  OK(chmr_batch_new(&batch, &error));
  for (i = 0; i < GOOD_COUNT; i++) OK(chmr_batch_add_smiles(batch, TEXT(GOOD[i]), &error));
  OK(chmr_batch_add_smiles(batch, TEXT("C("), &error));
  for (i = 0; i <= GOOD_COUNT; i++) counts[i] = (float)i;
  OK(chmr_library_set_activity(library, TEXT("expression"), batch, TEXT("genes moved"), counts,
                               GOOD_COUNT + 1, 0.5f, &error));
  chmr_batch_free(batch);
}

static void imputed(const chmr_model *model) {
  chmr_batch *batch = NULL;
  chmr_imputation *all = NULL, *one = NULL;
  chmr_impute_options options = CHMR_IMPUTE_OPTIONS_INIT;
  chmr_support support;
  float known[3 * FEATURES], similarity = 0, narrow = 0, wide = 0, explained[FEATURES];
  size_t count = 7, panel[FEATURES];
  const float *values, *spread;
  char text[16];
  size_t i, length = 0;
  OK(chmr_batch_new(&batch, &error));
  OK(chmr_batch_add_smiles(batch, TEXT("CC(=O)Oc1ccccc1C(=O)OC"), &error));
  OK(chmr_batch_add_smiles(batch, TEXT("C("), &error));
  OK(chmr_batch_add_smiles(batch, TEXT(GOOD[0]), &error));
  for (i = 0; i < 3 * FEATURES; i++) known[i] = NAN;
  known[1] = 42.5f;
  options.observed = known;
  options.observed_count = 3 * FEATURES;
  OK(chmr_impute(model, batch, TEXT("expression"), &options, NULL, &all, &error));
  CHECK(chmr_imputation_row_count(all) == 3 && chmr_imputation_feature_count(all) == FEATURES);
  values = chmr_imputation_values(all);
  spread = chmr_imputation_spread(all);
  CHECK(values[1] == 42.5f && spread[1] == 0.0f && spread[0] > 0.0f);
  for (i = 0; i < 3 * FEATURES; i++) CHECK(isnan(values[i]) == (i / FEATURES == 1));
  CHECK(chmr_imputation_row_status(all, 0) == CHMR_STATUS_OK);
  CHECK(chmr_imputation_row_status(all, 1) == CHMR_STATUS_MOLECULE_SYNTAX);
  OK(chmr_imputation_row_reason(all, 1, NULL, 0, &length, &error));
  CHECK(length > 0);
  OK(chmr_imputation_feature_text(all, 2, CHMR_FEATURE_FIELD_NAME, text, sizeof text, NULL, &error));
  CHECK(strcmp(text, "c") == 0);
  OK(chmr_imputation_feature_text(all, 2, CHMR_FEATURE_FIELD_LABEL, text, sizeof text, &length, &error));
  CHECK(length == 0);
  OK(chmr_imputation_support(all, 2, &support, &error));
  CHECK(support.method == CHMR_IMPUTE_METHOD_ACTIVITY && support.hops == 1);
  CHECK(support.nearest == 1.0f && support.explained > 0.0f && support.neighbor_count >= 1);
  CHECK(support.source_count >= 1);
  OK(chmr_imputation_observed_count(all, 0, &count, &error));
  CHECK(count == 1);
  OK(chmr_imputation_observed_count(all, 2, &count, &error));
  CHECK(count == 0);
  OK(chmr_imputation_interval(all, 0, 0.8f, &narrow, &error));
  OK(chmr_imputation_interval(all, 0, 0.95f, &wide, &error));
  CHECK(narrow > 0 && narrow < wide);
  OK(chmr_panel(model, TEXT("expression"), FEATURES, NULL, panel, explained, &count, &error));
  CHECK(count <= FEATURES);
  for (i = 0; i < count; i++) CHECK(panel[i] < FEATURES && explained[i] >= 0 && explained[i] <= 1);
  OK(chmr_imputation_source(all, 2, 0, &similarity, text, sizeof text, &length, &error));
  CHECK(similarity == 1.0f && strcmp(text, "m0") == 0);
  OK(chmr_imputation_model_text(all, CHMR_MODEL_FIELD_SHA256, NULL, 0, &length, &error));
  CHECK(length == 64);

  /* The same alone, bit for bit; and by plain propagation. */
  OK(chmr_batch_clear(batch, &error));
  OK(chmr_batch_add_smiles(batch, TEXT(GOOD[0]), &error));
  OK(chmr_impute(model, batch, TEXT("expression"), NULL, NULL, &one, &error));
  CHECK(memcmp(chmr_imputation_values(one), values + 2 * FEATURES, FEATURES * sizeof(float)) == 0);
  chmr_imputation_free(one);
  options.observed = NULL;
  options.observed_count = 0;
  options.structure_only = 1;
  OK(chmr_impute(model, batch, TEXT("expression"), &options, NULL, &one, &error));
  OK(chmr_imputation_support(one, 0, &support, &error));
  CHECK(support.method == CHMR_IMPUTE_METHOD_REGRESSION);
  CHECK(memcmp(chmr_imputation_values(one), values + 2 * FEATURES, FEATURES * sizeof(float)) != 0);
  chmr_imputation_free(one);
  options.propagation_neighbors = 3;
  options.propagation_steps = 2;
  OK(chmr_impute(model, batch, TEXT("expression"), &options, NULL, &one, &error));
  OK(chmr_imputation_support(one, 0, &support, &error));
  CHECK(support.method == CHMR_IMPUTE_METHOD_PROPAGATION);
  chmr_imputation_free(one);

  /* No steps to a whole profile of the caller's own. */
  for (i = 0; i < FEATURES; i++) known[i] = 1.0f;
  options.observed = known;
  options.observed_count = FEATURES;
  options.propagation_neighbors = options.propagation_steps = 0;
  OK(chmr_impute(model, batch, TEXT("expression"), &options, NULL, &one, &error));
  OK(chmr_imputation_support(one, 0, &support, &error));
  CHECK(support.method == CHMR_IMPUTE_METHOD_OBSERVED && support.hops == 0);
  chmr_imputation_free(one);
  chmr_imputation_free(all);
  chmr_batch_free(batch);
}

/* Predictions do not read what the library knows, and say so. */
static void provided(const chmr_model *model) {
  chmr_batch *batch = NULL;
  chmr_result *result = NULL;
  chmr_provision provision = CHMR_PROVISION_IMPUTED;
  char text[16];
  size_t length = 9;
  CHECK(chmr_model_modality_count(model) == 1);
  OK(chmr_model_modality_text(model, 0, CHMR_MODALITY_FIELD_NAME, text, sizeof text, NULL, &error));
  CHECK(strcmp(text, "expression") == 0);
  OK(chmr_model_modality_text(model, 0, CHMR_MODALITY_FIELD_LICENCE, text, sizeof text, &length, &error));
  CHECK(length == 0);
  OK(chmr_batch_new(&batch, &error));
  OK(chmr_batch_add_smiles(batch, TEXT(GOOD[1]), &error));
  OK(chmr_batch_add_smiles(batch, TEXT("C("), &error));
  OK(chmr_predict(model, batch, NULL, NULL, &result, &error));
  CHECK(chmr_result_modality_count(result) == 2);
  OK(chmr_result_modality_name(result, 0, text, sizeof text, NULL, &error));
  CHECK(strcmp(text, "structure") == 0);
  OK(chmr_result_provision(result, 0, 0, &provision, &error));
  CHECK(provision == CHMR_PROVISION_OBSERVED);
  OK(chmr_result_provision(result, 0, 1, &provision, &error));
  CHECK(provision == CHMR_PROVISION_ABSENT);
  OK(chmr_result_provision(result, 1, 0, &provision, &error));
  CHECK(provision == CHMR_PROVISION_ABSENT);
  chmr_result_free(result);
  chmr_batch_free(batch);
}

static void neighbors(const chmr_model *model) {
  static const float no_similarities[] = {-0.1f, 1.1f, NAN, INFINITY, -INFINITY};
  chmr_batch *batch = NULL;
  chmr_neighbor_list *list = NULL;
  float similarity = 0, before = 2;
  char text[16];
  size_t i, length = 0;
  OK(chmr_batch_new(&batch, &error));
  OK(chmr_batch_add_smiles(batch, TEXT(GOOD[1]), &error));
  OK(chmr_batch_add_smiles(batch, TEXT("C("), &error));
  OK(chmr_neighbors(model, batch, 3, 0.0f, 0, NULL, &list, &error));
  CHECK(chmr_neighbor_list_row_count(list) == 2);
  CHECK(chmr_neighbor_list_len(list, 0) == 3);
  for (i = 0; i < chmr_neighbor_list_len(list, 0); i++) {
    OK(chmr_neighbor_list_get(list, 0, i, &similarity, text, sizeof text, NULL, &error));
    CHECK(similarity <= before && (i > 0 || strcmp(text, "m1") == 0));
    before = similarity;
  }
  CHECK(chmr_neighbor_list_row_status(list, 0) == CHMR_STATUS_OK);
  CHECK(chmr_neighbor_list_row_status(list, 1) == CHMR_STATUS_MOLECULE_SYNTAX);
  OK(chmr_neighbor_list_row_reason(list, 1, NULL, 0, &length, &error));
  CHECK(length > 0);
  chmr_neighbor_list_free(list);
  list = NULL;
  for (i = 0; i < sizeof no_similarities / sizeof no_similarities[0]; i++)
    EXPECT(CHMR_STATUS_INVALID_ARGUMENT,
           chmr_neighbors(model, batch, 3, no_similarities[i], 0, NULL, &list, &error));
  CHECK(list == NULL && strstr(error.message, "0 to 1") != NULL);
  chmr_batch_free(batch);
}

/* A table of the library's molecules finds what the library does. */
static void tables(const chmr_model *model, const char *program) {
  chmr_batch *batch = NULL;
  chmr_fingerprint_table *table = NULL;
  chmr_neighbor_list *list = NULL, *other = NULL;
  chmr_run *run = NULL;
  const char *ids = "m0\nm1\nm2\nm3\nm4\nm5\nm6\nm7";
  float a = 0, b = 0;
  char path[4096], text[16], same[16];
  size_t i, n;
  snprintf(path, sizeof path, "%s.fps", program);
  OK(chmr_batch_new(&batch, &error));
  for (i = 0; i < GOOD_COUNT; i++) OK(chmr_batch_add_smiles(batch, TEXT(GOOD[i]), &error));
  OK(chmr_fingerprint_table_write(batch, TEXT(ids), TEXT(path), &error));
  CHECK(chmr_fingerprint_table_write(batch, TEXT("m0"), TEXT(path), &error) == CHMR_STATUS_INVALID_ARGUMENT);
  CHECK(chmr_fingerprint_table_write(NULL, TEXT(ids), TEXT(path), &error) == CHMR_STATUS_NULL_POINTER);
  CHECK(chmr_fingerprint_table_write(batch, TEXT(ids), "", 0, &error) == CHMR_STATUS_INVALID_ARGUMENT);
  OK(chmr_fingerprint_table_open(TEXT(path), &table, &error));
  CHECK(chmr_fingerprint_table_len(table) == GOOD_COUNT && chmr_fingerprint_table_bits(table) == 1024);
  OK(chmr_batch_add_smiles(batch, TEXT("C("), &error));
  for (n = 0; n < 4; n++) {
    OK(chmr_neighbors(model, batch, 5, 0.0f, 1, NULL, &list, &error));
    OK(chmr_fingerprint_table_neighbors(table, batch, 5, 0.0f, n, NULL, &other, &error));
    CHECK(chmr_neighbor_list_row_count(other) == GOOD_COUNT + 1);
    CHECK(chmr_neighbor_list_row_status(other, GOOD_COUNT) == CHMR_STATUS_MOLECULE_SYNTAX);
    for (i = 0; i < GOOD_COUNT * 5; i++) {
      OK(chmr_neighbor_list_get(list, i / 5, i % 5, &a, text, sizeof text, NULL, &error));
      OK(chmr_neighbor_list_get(other, i / 5, i % 5, &b, same, sizeof same, NULL, &error));
      CHECK(a == b && strcmp(text, same) == 0);
    }
    chmr_neighbor_list_free(list);
    chmr_neighbor_list_free(other);
  }
  other = NULL;
  /* Cancelled before it begins: no thread's pace matters. */
  OK(chmr_run_new(&run, &error));
  OK(chmr_run_cancel(run, &error));
  CHECK(chmr_fingerprint_table_neighbors(table, batch, 5, 0.0f, 0, run, &other, &error) == CHMR_STATUS_CANCELLED);
  CHECK(chmr_fingerprint_table_neighbors(table, batch, 5, NAN, 0, NULL, &other, &error) == CHMR_STATUS_INVALID_ARGUMENT);
  CHECK(chmr_fingerprint_table_neighbors(table, batch, 5, 1.5f, 0, NULL, &other, &error) == CHMR_STATUS_INVALID_ARGUMENT);
  CHECK(chmr_fingerprint_table_neighbors(table, batch, 5, -1.0f, 0, NULL, &other, &error) == CHMR_STATUS_INVALID_ARGUMENT);
  CHECK(chmr_fingerprint_table_neighbors(NULL, batch, 5, 0.0f, 0, NULL, &other, &error) == CHMR_STATUS_NULL_POINTER);
  CHECK(chmr_fingerprint_table_neighbors(table, NULL, 5, 0.0f, 0, NULL, &other, &error) == CHMR_STATUS_NULL_POINTER);
  CHECK(chmr_fingerprint_table_neighbors(table, batch, 5, 0.0f, 0, NULL, NULL, &error) == CHMR_STATUS_NULL_POINTER);
  CHECK(other == NULL);
  chmr_run_free(run);
  chmr_fingerprint_table_free(table);
  chmr_fingerprint_table_free(NULL);
  chmr_batch_free(batch);
  remove(path);
  table = NULL;
  CHECK(chmr_fingerprint_table_open(TEXT(path), &table, &error) == CHMR_STATUS_MODEL_IO);
  CHECK(chmr_fingerprint_table_open("", 0, &table, &error) == CHMR_STATUS_INVALID_ARGUMENT);
  CHECK(chmr_fingerprint_table_open(TEXT(path), NULL, &error) == CHMR_STATUS_NULL_POINTER);
  CHECK(table == NULL && chmr_fingerprint_table_len(NULL) == 0 && chmr_fingerprint_table_bits(NULL) == 0);
}

int main(int argc, char **argv) {
  chmr_model *model = open_model(argc, argv);
  chmr_library *library = build();
  active(library);
  saved_and_opened(library, argv[0]);
  OK(chmr_model_add_library(model, library, &error));
  chmr_library_free(library);
  imputed(model);
  neighbors(model);
  tables(model, argv[0]);
  provided(model);
  chmr_model_free(model);
  return finish();
}
