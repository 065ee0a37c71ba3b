/* Every function with NULL, empty, absurd and misaligned arguments: a status or a neutral value
 * comes back, and no output is touched. */
#include "host.h"

#include <stdint.h>

#define NULL_POINTER CHMR_STATUS_NULL_POINTER
#define INVALID CHMR_STATUS_INVALID_ARGUMENT

static void versions(void) {
  CHECK(chmr_version() != NULL);
  CHECK(chmr_abi_version() >= chmr_abi_oldest());
  CHECK(strcmp(chmr_status_text(CHMR_STATUS_OK), "ok") == 0);
  CHECK(strcmp(chmr_status_text(12345), "unknown status") == 0);
  CHECK(strcmp(chmr_status_text(INT32_MIN), "unknown status") == 0);
}

static void opening(void) {
  chmr_model *model = (chmr_model *)&failures;
  char unaligned[2 * sizeof(void *)];
  EXPECT(NULL_POINTER, chmr_model_open_default(NULL, &error));
  EXPECT(NULL_POINTER, chmr_model_open(NULL, 3, &model, &error));
  EXPECT(INVALID, chmr_model_open(NULL, 0, &model, &error));
  EXPECT(INVALID, chmr_model_open("", 0, &model, &error));
  EXPECT(INVALID, chmr_model_open("x", SIZE_MAX, &model, &error));
  EXPECT(CHMR_STATUS_INVALID_UTF8, chmr_model_open(TEXT("a\xff"), &model, &error));
  EXPECT(CHMR_STATUS_MODEL_IO, chmr_model_open(TEXT("/nowhere/at all.chmr"), &model, &error));
  EXPECT(CHMR_STATUS_MODEL_IO, chmr_model_open("a\0b", 3, &model, &error));
  EXPECT(CHMR_STATUS_MODEL_IO, chmr_model_open(TEXT("/"), &model, &error));
  EXPECT(NULL_POINTER, chmr_model_open(TEXT("x"), NULL, &error));
  EXPECT(INVALID, chmr_model_open(TEXT("x"), (chmr_model **)(void *)(unaligned + 1), &error));
  chmr_open_options bounds = CHMR_OPEN_OPTIONS_INIT;
  EXPECT(CHMR_STATUS_MODEL_IO, chmr_model_open_with(TEXT("/nowhere"), &bounds, &model, &error));
  EXPECT(CHMR_STATUS_MODEL_IO, chmr_model_open_with(TEXT("/nowhere"), NULL, &model, &error));
  EXPECT(NULL_POINTER, chmr_model_open_with(TEXT("x"), &bounds, NULL, &error));
  EXPECT(CHMR_STATUS_MODEL_INVALID,
         chmr_model_open_memory_with((const uint8_t *)"PK", 2, &bounds, &model, &error));
  bounds.struct_size = 1;
  EXPECT(INVALID, chmr_model_open_with(TEXT("x"), &bounds, &model, &error));
  EXPECT(INVALID, chmr_model_open_memory_with((const uint8_t *)"PK", 2, &bounds, &model, &error));
  EXPECT(NULL_POINTER, chmr_model_open_memory(NULL, 9, &model, &error));
  EXPECT(CHMR_STATUS_MODEL_INVALID, chmr_model_open_memory(NULL, 0, &model, &error));
  EXPECT(CHMR_STATUS_MODEL_INVALID, chmr_model_open_memory((const uint8_t *)"PK", 2, &model, &error));
  EXPECT(INVALID, chmr_model_open_memory((const uint8_t *)"PK", SIZE_MAX, &model, &error));
  EXPECT(NULL_POINTER, chmr_model_open_memory((const uint8_t *)"PK", 2, NULL, &error));
  CHECK(model == (chmr_model *)&failures);
  /* No error struct is needed. */
  CHECK(chmr_model_open_default(NULL, NULL) == NULL_POINTER);
}

static void describing(const chmr_model *model) {
  char text[8] = "1234567";
  size_t length = 77, task = 77, count = chmr_model_task_count(model);
  chmr_task_kind kind = CHMR_TASK_KIND_REGRESSION;
  EXPECT(NULL_POINTER, chmr_model_text(NULL, CHMR_MODEL_FIELD_NAME, text, 8, &length, &error));
  EXPECT(NULL_POINTER, chmr_model_text(model, CHMR_MODEL_FIELD_NAME, NULL, 0, NULL, &error));
  EXPECT(NULL_POINTER, chmr_model_text(model, CHMR_MODEL_FIELD_NAME, NULL, 9, &length, &error));
  EXPECT(INVALID, chmr_model_text(model, CHMR_MODEL_FIELD_NAME, text, SIZE_MAX, &length, &error));
  EXPECT(INVALID, chmr_model_text(model, 0, text, 8, &length, &error));
  EXPECT(INVALID, chmr_model_text(model, INT32_MAX, text, 8, &length, &error));
  EXPECT(CHMR_STATUS_BUFFER_TOO_SMALL,
         chmr_model_text(model, CHMR_MODEL_FIELD_SHA256, text, 8, &length, &error));
  CHECK(chmr_model_task_count(NULL) == 0);
  EXPECT(NULL_POINTER, chmr_model_task_text(NULL, 0, CHMR_TASK_FIELD_NAME, text, 8, &length, &error));
  EXPECT(INVALID, chmr_model_task_text(model, 0, 99, text, 8, &length, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE,
         chmr_model_task_text(model, count, CHMR_TASK_FIELD_NAME, text, 8, &length, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE,
         chmr_model_task_text(model, SIZE_MAX, CHMR_TASK_FIELD_NAME, text, 8, &length, &error));
  EXPECT(NULL_POINTER, chmr_model_task_kind(NULL, 0, &kind, &error));
  EXPECT(NULL_POINTER, chmr_model_task_kind(model, 0, NULL, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_model_task_kind(model, count, &kind, &error));
  EXPECT(NULL_POINTER, chmr_model_find_task(NULL, TEXT("a"), &task, &error));
  EXPECT(NULL_POINTER, chmr_model_find_task(model, NULL, 1, &task, &error));
  EXPECT(NULL_POINTER, chmr_model_find_task(model, TEXT("a"), NULL, &error));
  EXPECT(INVALID, chmr_model_find_task(model, "a", SIZE_MAX / 2 + 1, &task, &error));
  EXPECT(CHMR_STATUS_INVALID_UTF8, chmr_model_find_task(model, TEXT("\xc3"), &task, &error));
  EXPECT(CHMR_STATUS_NOT_FOUND, chmr_model_find_task(model, NULL, 0, &task, &error));
  CHECK(strcmp(text, "1234567") == 0 && length == 77 && task == 77);
  CHECK(kind == CHMR_TASK_KIND_REGRESSION);
}

static void asking_what_tasks_read(const chmr_model *model) {
  uint32_t reads[2] = {77, 77};
  uint32_t *odd = (uint32_t *)(void *)((char *)reads + 1);
  EXPECT(NULL_POINTER, chmr_model_task_reads(NULL, 0, reads, &error));
  EXPECT(NULL_POINTER, chmr_model_task_reads(model, 0, NULL, &error));
  EXPECT(INVALID, chmr_model_task_reads(model, 0, odd, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_model_task_reads(model, chmr_model_task_count(model), reads, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_model_task_reads(model, SIZE_MAX, reads, &error));
  CHECK(reads[0] == 77 && reads[1] == 77);
}

static void shapes(void) {
  chmr_batch *batch = NULL;
  chmr_shape_list *list = (chmr_shape_list *)&failures;
  char text[4] = "123";
  size_t length = 77;
  OK(chmr_batch_new(&batch, &error));
  OK(chmr_batch_add_smiles(batch, TEXT("CCO"), &error));
  EXPECT(NULL_POINTER, chmr_shapes(NULL, 1, NULL, &list, &error));
  EXPECT(NULL_POINTER, chmr_shapes(batch, 1, NULL, NULL, &error));
  CHECK(list == (chmr_shape_list *)&failures);
  OK(chmr_shapes(batch, SIZE_MAX, NULL, &list, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_shape_name(chmr_shape_count(), text, 4, &length, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_shape_name(SIZE_MAX, text, 4, &length, &error));
  EXPECT(NULL_POINTER, chmr_shape_name(0, NULL, 0, NULL, &error));
  EXPECT(NULL_POINTER, chmr_shape_name(0, NULL, 9, &length, &error));
  EXPECT(INVALID, chmr_shape_name(0, text, SIZE_MAX, &length, &error));
  EXPECT(CHMR_STATUS_BUFFER_TOO_SMALL, chmr_shape_name(0, text, 4, &length, &error));
  CHECK(chmr_shape_list_row_count(NULL) == 0 && chmr_shape_list_values(NULL) == NULL);
  CHECK(chmr_shape_list_row_status(NULL, 0) == NULL_POINTER);
  CHECK(chmr_shape_list_row_status(list, 1) == CHMR_STATUS_OUT_OF_RANGE);
  CHECK(chmr_shape_list_row_status(list, SIZE_MAX) == CHMR_STATUS_OUT_OF_RANGE);
  EXPECT(NULL_POINTER, chmr_shape_list_row_reason(NULL, 0, text, 4, &length, &error));
  EXPECT(NULL_POINTER, chmr_shape_list_row_reason(list, 0, NULL, 0, NULL, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_shape_list_row_reason(list, 1, text, 4, &length, &error));
  EXPECT(CHMR_STATUS_BUFFER_TOO_SMALL, chmr_shape_list_row_reason(list, 0, text, 4, &length, &error));
  CHECK(strcmp(text, "123") == 0 && length == 77);
  chmr_shape_list_free(list);
  chmr_shape_list_free(NULL);
  chmr_batch_free(batch);
}

static void filling_with_poses(chmr_batch *batch) {
  size_t added = 77;
  const uint8_t elements[2] = {6, 6}, orders[1] = {1};
  const uint32_t bonds[2] = {0, 1};
  const float positions[7] = {0};
  const float *odd = (const float *)(const void *)((const char *)positions + 1);
  EXPECT(NULL_POINTER, chmr_batch_add_atoms(NULL, elements, NULL, NULL, 2, bonds, orders, 1, &error));
  EXPECT(NULL_POINTER, chmr_batch_add_atoms(batch, NULL, NULL, NULL, 2, bonds, orders, 1, &error));
  EXPECT(NULL_POINTER, chmr_batch_add_atoms(batch, elements, NULL, NULL, 2, NULL, orders, 1, &error));
  EXPECT(NULL_POINTER, chmr_batch_add_atoms(batch, elements, NULL, NULL, 2, bonds, NULL, 1, &error));
  EXPECT(INVALID, chmr_batch_add_atoms(batch, elements, NULL, NULL, SIZE_MAX, bonds, orders, 1, &error));
  EXPECT(INVALID, chmr_batch_add_atoms(batch, elements, NULL, positions, SIZE_MAX / 8, bonds, orders, 1, &error));
  EXPECT(INVALID, chmr_batch_add_atoms(batch, elements, NULL, NULL, 2, bonds, orders, SIZE_MAX / 4, &error));
  EXPECT(INVALID, chmr_batch_add_atoms(batch, elements, NULL, odd, 2, bonds, orders, 1, &error));
  EXPECT(NULL_POINTER, chmr_batch_add_pdbqt(NULL, TEXT("x"), NULL, 0, &added, &error));
  EXPECT(NULL_POINTER, chmr_batch_add_pdbqt(batch, NULL, 1, NULL, 0, &added, &error));
  EXPECT(NULL_POINTER, chmr_batch_add_pdbqt(batch, TEXT("x"), NULL, 1, &added, &error));
  EXPECT(INVALID, chmr_batch_add_pdbqt(batch, "x", SIZE_MAX, NULL, 0, &added, &error));
  EXPECT(INVALID, chmr_batch_add_pdbqt(batch, TEXT("x"), "C", SIZE_MAX, &added, &error));
  EXPECT(CHMR_STATUS_MOLECULE_SYNTAX, chmr_batch_add_pdbqt(batch, TEXT("x"), TEXT("C("), &added, &error));
  EXPECT(CHMR_STATUS_MOLECULE_SYNTAX, chmr_batch_add_pdbqt(batch, TEXT("x"), TEXT("\xff"), &added, &error));
  CHECK(added == 77);
}

static void filling(chmr_batch *batch) {
  size_t added = 77;
  const uint8_t bits[21] = {0}, beyond[21] = {[20] = 0x80};
  EXPECT(NULL_POINTER, chmr_batch_new(NULL, &error));
  CHECK(chmr_batch_len(NULL) == 0);
  EXPECT(NULL_POINTER, chmr_batch_clear(NULL, &error));
  EXPECT(NULL_POINTER, chmr_batch_add_smiles(NULL, TEXT("C"), &error));
  EXPECT(NULL_POINTER, chmr_batch_add_smiles(batch, NULL, 1, &error));
  EXPECT(INVALID, chmr_batch_add_smiles(batch, "C", SIZE_MAX, &error));
  EXPECT(NULL_POINTER, chmr_batch_add_molblock(NULL, TEXT("C"), &error));
  EXPECT(NULL_POINTER, chmr_batch_add_molblock(batch, NULL, 1, &error));
  EXPECT(INVALID, chmr_batch_add_molblock(batch, "C", SIZE_MAX / 2 + 1, &error));
  EXPECT(NULL_POINTER, chmr_batch_row_title(NULL, 0, NULL, 0, &added, &error));
  EXPECT(NULL_POINTER, chmr_batch_row_title(batch, 0, NULL, 0, NULL, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_batch_row_title(batch, SIZE_MAX, NULL, 0, &added, &error));
  EXPECT(NULL_POINTER, chmr_batch_row_field_name(NULL, 0, 0, NULL, 0, &added, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_batch_row_field_name(batch, SIZE_MAX, 0, NULL, 0, &added, &error));
  EXPECT(NULL_POINTER, chmr_batch_row_field_value(NULL, 0, 0, NULL, 0, &added, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_batch_row_field_value(batch, SIZE_MAX, 0, NULL, 0, &added, &error));
  CHECK(chmr_batch_row_field_count(NULL, 0) == 0 && chmr_batch_row_field_count(batch, SIZE_MAX) == 0);
  EXPECT(NULL_POINTER, chmr_batch_add_sdf(NULL, TEXT("C"), &added, &error));
  EXPECT(NULL_POINTER, chmr_batch_add_sdf(batch, NULL, 1, &added, &error));
  EXPECT(INVALID, chmr_batch_add_sdf(batch, "C", SIZE_MAX, &added, &error));
  CHECK(added == 77);
  EXPECT(NULL_POINTER, chmr_batch_add_fingerprint(NULL, CHMR_FINGERPRINT_KIND_MACCS, 0, 167, bits, 21, &error));
  EXPECT(NULL_POINTER, chmr_batch_add_fingerprint(batch, CHMR_FINGERPRINT_KIND_MACCS, 0, 167, NULL, 21, &error));
  EXPECT(INVALID, chmr_batch_add_fingerprint(batch, CHMR_FINGERPRINT_KIND_MACCS, 0, 167, bits, 20, &error));
  EXPECT(INVALID, chmr_batch_add_fingerprint(batch, CHMR_FINGERPRINT_KIND_MACCS, 0, 167, beyond, 21, &error));
  EXPECT(INVALID, chmr_batch_add_fingerprint(batch, CHMR_FINGERPRINT_KIND_MACCS, 2, 167, bits, 21, &error));
  EXPECT(INVALID, chmr_batch_add_fingerprint(batch, CHMR_FINGERPRINT_KIND_MORGAN, 2, 0, bits, 0, &error));
  EXPECT(INVALID, chmr_batch_add_fingerprint(batch, CHMR_FINGERPRINT_KIND_MORGAN, 2, SIZE_MAX, bits, SIZE_MAX / 8 + 1, &error));
  EXPECT(INVALID, chmr_batch_add_fingerprint(batch, CHMR_FINGERPRINT_KIND_MORGAN, 2, SIZE_MAX, bits, SIZE_MAX, &error));
  EXPECT(INVALID, chmr_batch_add_fingerprint(batch, CHMR_FINGERPRINT_KIND_MORGAN, UINT32_MAX, 64, bits, 8, &error));
  EXPECT(INVALID, chmr_batch_add_fingerprint(batch, 0, 2, 64, bits, 8, &error));
  filling_with_poses(batch);
  CHECK(chmr_batch_len(batch) == 0);
}

static void predicting(const chmr_model *model, const chmr_batch *batch) {
  size_t count = chmr_model_task_count(model), tasks[2] = {0, 0};
  chmr_predict_options options = CHMR_PREDICT_OPTIONS_INIT;
  chmr_result *result = (chmr_result *)&failures;
  float *values = malloc((count + 1) * sizeof *values);
  size_t i;
  if (values == NULL) exit(1);
  for (i = 0; i <= count; i++) values[i] = 7;

  EXPECT(NULL_POINTER, chmr_predict(NULL, batch, NULL, NULL, &result, &error));
  EXPECT(NULL_POINTER, chmr_predict(model, NULL, NULL, NULL, &result, &error));
  EXPECT(NULL_POINTER, chmr_predict(model, batch, NULL, NULL, NULL, &error));
  options.struct_size = 0;
  EXPECT(INVALID, chmr_predict(model, batch, &options, NULL, &result, &error));
  options.struct_size = SIZE_MAX;
  EXPECT(INVALID, chmr_predict(model, batch, &options, NULL, &result, &error));
  options.struct_size = sizeof options;
  options.task_count = 1;
  EXPECT(NULL_POINTER, chmr_predict(model, batch, &options, NULL, &result, &error));
  options.tasks = tasks;
  options.task_count = SIZE_MAX;
  EXPECT(INVALID, chmr_predict(model, batch, &options, NULL, &result, &error));
  options.task_count = 2;
  EXPECT(INVALID, chmr_predict(model, batch, &options, NULL, &result, &error)); /* 0 twice */
  tasks[1] = count;
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_predict(model, batch, &options, NULL, &result, &error));
  CHECK(result == (chmr_result *)&failures);

  EXPECT(NULL_POINTER, chmr_predict_smiles(NULL, TEXT("C"), NULL, 0, values, count, &error));
  EXPECT(NULL_POINTER, chmr_predict_smiles(model, NULL, 1, NULL, 0, values, count, &error));
  EXPECT(INVALID, chmr_predict_smiles(model, "C", SIZE_MAX, NULL, 0, values, count, &error));
  EXPECT(NULL_POINTER, chmr_predict_smiles(model, TEXT("C"), NULL, 1, values, count, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_predict_smiles(model, TEXT("C"), tasks, 2, values, count, &error));
  EXPECT(NULL_POINTER, chmr_predict_smiles(model, TEXT("C"), NULL, 0, NULL, count, &error));
  EXPECT(CHMR_STATUS_BUFFER_TOO_SMALL, chmr_predict_smiles(model, TEXT("C"), NULL, 0, NULL, 0, &error));
  EXPECT(CHMR_STATUS_BUFFER_TOO_SMALL, chmr_predict_smiles(model, TEXT("C"), NULL, 0, values, count - 1, &error));
  EXPECT(INVALID, chmr_predict_smiles(model, TEXT("C"), NULL, 0, values, SIZE_MAX, &error));
  EXPECT(INVALID, chmr_predict_smiles(model, TEXT("C"), NULL, 0, values, SIZE_MAX / 4, &error));
  EXPECT(INVALID, chmr_predict_smiles(model, TEXT("C"), NULL, 0, (float *)(void *)((char *)values + 1), count, &error));
  EXPECT(CHMR_STATUS_MOLECULE_EMPTY, chmr_predict_smiles(model, NULL, 0, NULL, 0, values, count, &error));
  EXPECT(CHMR_STATUS_MOLECULE_SYNTAX, chmr_predict_smiles(model, TEXT("C\xff"), NULL, 0, values, count, &error));
  EXPECT(CHMR_STATUS_MOLECULE_SYNTAX, chmr_predict_smiles(model, "C\0C", 3, NULL, 0, values, count, &error));
  for (i = 0; i <= count; i++) CHECK(values[i] == 7);
  free(values);

  EXPECT(NULL_POINTER, chmr_run_new(NULL, &error));
  EXPECT(NULL_POINTER, chmr_run_cancel(NULL, &error));
  CHECK(chmr_run_is_cancelled(NULL) == 0);
}

static void reading(const chmr_result *result) {
  float values[4] = {7, 7, 7, 7};
  char text[4] = "123";
  size_t length = 77, task = 77, tasks = chmr_result_task_count(result);
  CHECK(chmr_result_row_count(NULL) == 0 && chmr_result_task_count(NULL) == 0);
  CHECK(chmr_result_values(NULL) == NULL);
  EXPECT(NULL_POINTER, chmr_result_task(NULL, 0, &task, &error));
  EXPECT(NULL_POINTER, chmr_result_task(result, 0, NULL, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_result_task(result, tasks, &task, &error));
  EXPECT(NULL_POINTER, chmr_result_copy_values(NULL, values, 4, &error));
  EXPECT(NULL_POINTER, chmr_result_copy_values(result, NULL, 4, &error));
  EXPECT(CHMR_STATUS_BUFFER_TOO_SMALL, chmr_result_copy_values(result, values, 0, &error));
  EXPECT(INVALID, chmr_result_copy_values(result, (float *)(void *)((char *)values + 1), 3, &error));
  EXPECT(INVALID, chmr_result_copy_values(result, values, SIZE_MAX, &error));
  CHECK(chmr_result_row_status(NULL, 0) == NULL_POINTER);
  CHECK(chmr_result_row_status(result, 1) == CHMR_STATUS_OUT_OF_RANGE);
  CHECK(chmr_result_row_status(result, SIZE_MAX) == CHMR_STATUS_OUT_OF_RANGE);
  EXPECT(NULL_POINTER, chmr_result_row_reason(NULL, 0, text, 4, &length, &error));
  EXPECT(NULL_POINTER, chmr_result_row_reason(result, 0, NULL, 0, NULL, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_result_row_reason(result, 1, text, 4, &length, &error));
  EXPECT(CHMR_STATUS_BUFFER_TOO_SMALL, chmr_result_row_reason(result, 0, text, 4, &length, &error));
  EXPECT(NULL_POINTER, chmr_result_model_text(NULL, CHMR_MODEL_FIELD_NAME, text, 4, &length, &error));
  EXPECT(INVALID, chmr_result_model_text(result, -1, text, 4, &length, &error));
  EXPECT(CHMR_STATUS_BUFFER_TOO_SMALL, chmr_result_model_text(result, CHMR_MODEL_FIELD_SHA256, text, 4, NULL, &error));
  CHECK(values[0] == 7 && strcmp(text, "123") == 0 && length == 77 && task == 77);
}

static void fingerprints(void) {
  uint8_t bytes[256];
  size_t length = 77;
  memset(bytes, 7, sizeof bytes);
  EXPECT(NULL_POINTER, chmr_fingerprint(CHMR_FINGERPRINT_KIND_MORGAN, 2, 1024, NULL, 1, bytes, 256, &length, &error));
  EXPECT(NULL_POINTER, chmr_fingerprint(CHMR_FINGERPRINT_KIND_MORGAN, 2, 1024, TEXT("C"), NULL, 256, &length, &error));
  EXPECT(CHMR_STATUS_BUFFER_TOO_SMALL, chmr_fingerprint(CHMR_FINGERPRINT_KIND_MORGAN, 2, 1024, TEXT("C"), bytes, 127, &length, &error));
  EXPECT(INVALID, chmr_fingerprint(CHMR_FINGERPRINT_KIND_MORGAN, 2, SIZE_MAX, TEXT("C"), bytes, 256, &length, &error));
  EXPECT(INVALID, chmr_fingerprint(CHMR_FINGERPRINT_KIND_MORGAN, 11, 1024, TEXT("C"), bytes, 256, &length, &error));
  EXPECT(INVALID, chmr_fingerprint(CHMR_FINGERPRINT_KIND_MACCS, 0, 166, TEXT("C"), bytes, 256, &length, &error));
  EXPECT(INVALID, chmr_fingerprint(3, 0, 167, TEXT("C"), bytes, 256, &length, &error));
  EXPECT(INVALID, chmr_fingerprint(CHMR_FINGERPRINT_KIND_MACCS, 0, 167, "C", SIZE_MAX, bytes, 256, &length, &error));
  EXPECT(CHMR_STATUS_MOLECULE_SYNTAX, chmr_fingerprint(CHMR_FINGERPRINT_KIND_MACCS, 0, 167, TEXT("C("), bytes, 256, &length, &error));
  CHECK(bytes[0] == 7 && length == 77);
}

static chmr_library *libraries(const chmr_batch *batch, chmr_model *model) {
  static const float values[] = {0.5f, -1.0f, 2.0f};
  const float *odd = (const float *)(const void *)((const char *)values + 1);
  chmr_library *library = NULL, *other = (chmr_library *)&failures;
#define BUILD(batch, ids, ids_len, values, count, scale, power, out)                              \
  chmr_library_build(batch, ids, ids_len, TEXT("expression"), TEXT("f1\nf2"), values, count,       \
                     scale, power, 2.0f, 0.5f, out, &error)
  EXPECT(NULL_POINTER, BUILD(NULL, "a", 1, values, 2, 1, 2, &other));
  EXPECT(NULL_POINTER, BUILD(batch, NULL, 1, values, 2, 1, 2, &other));
  EXPECT(NULL_POINTER, BUILD(batch, "a", 1, NULL, 2, 1, 2, &other));
  EXPECT(NULL_POINTER, BUILD(batch, "a", 1, values, 2, 1, 2, NULL));
  EXPECT(INVALID, BUILD(batch, "a", 1, odd, 2, 1, 2, &other));
  EXPECT(INVALID, BUILD(batch, "a", 1, values, SIZE_MAX, 1, 2, &other));
  EXPECT(INVALID, BUILD(batch, "a", 1, values, 1, 1, 2, &other));
  EXPECT(INVALID, BUILD(batch, "a", 1, values, 3, 1, 2, &other));
  EXPECT(INVALID, BUILD(batch, "a\nb", 3, values, 2, 1, 2, &other));
  EXPECT(INVALID, BUILD(batch, NULL, 0, values, 2, 1, 2, &other));
  EXPECT(INVALID, BUILD(batch, "a", 1, values, 2, 9, 2, &other));
  EXPECT(INVALID, BUILD(batch, "a", 1, values, 2, 1, 0, &other));
  EXPECT(CHMR_STATUS_INVALID_UTF8, BUILD(batch, "\xff", 1, values, 2, 1, 2, &other));
  OK(BUILD(batch, "a", 1, values, 2, CHMR_SCALE_KIND_ASINH, 2, &library));
#undef BUILD
  EXPECT(NULL_POINTER, chmr_library_open(NULL, 3, &other, &error));
  EXPECT(INVALID, chmr_library_open("", 0, &other, &error));
  EXPECT(NULL_POINTER, chmr_library_open(TEXT("x"), NULL, &error));
  EXPECT(CHMR_STATUS_MODEL_IO, chmr_library_open(TEXT("/nowhere/at all"), &other, &error));
  EXPECT(NULL_POINTER, chmr_library_save(NULL, TEXT("x"), &error));
  EXPECT(NULL_POINTER, chmr_library_save(library, NULL, 1, &error));
  EXPECT(CHMR_STATUS_MODEL_IO, chmr_library_save(library, TEXT("/nowhere/at all"), &error));
  CHECK(chmr_library_len(NULL) == 0 && chmr_library_len(library) == 1);
  EXPECT(NULL_POINTER, chmr_model_add_library(NULL, library, &error));
  EXPECT(NULL_POINTER, chmr_model_add_library(model, NULL, &error));
#define ACT(library, modality, batch, names, values, count, weight)                               \
  chmr_library_set_activity(library, TEXT(modality), batch, TEXT(names), values, count, weight, &error)
  EXPECT(NULL_POINTER, ACT(NULL, "expression", batch, "n", values, 1, 1.0f));
  EXPECT(NULL_POINTER, ACT(library, "expression", NULL, "n", values, 1, 1.0f));
  EXPECT(NULL_POINTER, ACT(library, "expression", batch, "n", NULL, 1, 1.0f));
  EXPECT(INVALID, ACT(library, "proteome", batch, "n", values, 1, 1.0f));
  EXPECT(INVALID, ACT(library, "expression", batch, "n", values, 2, 1.0f));
  EXPECT(INVALID, ACT(library, "expression", batch, "n\nn", values, 2, 1.0f));
  EXPECT(INVALID, ACT(library, "expression", batch, "", values, 0, 1.0f));
  EXPECT(INVALID, ACT(library, "expression", batch, "n", values, 1, 11.0f));
  EXPECT(INVALID, ACT(library, "expression", batch, "n", values, SIZE_MAX, 1.0f));
  EXPECT(CHMR_STATUS_INVALID_UTF8, ACT(library, "\xff", batch, "n", values, 1, 1.0f));
#undef ACT
  CHECK(other == (chmr_library *)&failures);
  return library;
}

static void imputing(const chmr_model *model, const chmr_batch *batch) {
  static const float observed[] = {1, 2, 3};
  chmr_imputation *imputation = (chmr_imputation *)&failures;
  chmr_impute_options options = CHMR_IMPUTE_OPTIONS_INIT;
  EXPECT(NULL_POINTER, chmr_impute(NULL, batch, TEXT("expression"), NULL, NULL, &imputation, &error));
  EXPECT(NULL_POINTER, chmr_impute(model, NULL, TEXT("expression"), NULL, NULL, &imputation, &error));
  EXPECT(NULL_POINTER, chmr_impute(model, batch, NULL, 3, NULL, NULL, &imputation, &error));
  EXPECT(NULL_POINTER, chmr_impute(model, batch, TEXT("expression"), NULL, NULL, NULL, &error));
  EXPECT(CHMR_STATUS_NOT_FOUND, chmr_impute(model, batch, TEXT("proteome"), NULL, NULL, &imputation, &error));
  EXPECT(CHMR_STATUS_INVALID_UTF8, chmr_impute(model, batch, TEXT("\xff"), NULL, NULL, &imputation, &error));
  options.observed = observed;
  EXPECT(INVALID, chmr_impute(model, batch, TEXT("expression"), &options, NULL, &imputation, &error));
  options.observed_count = 3;
  EXPECT(INVALID, chmr_impute(model, batch, TEXT("expression"), &options, NULL, &imputation, &error));
  options.observed = NULL;
  EXPECT(NULL_POINTER, chmr_impute(model, batch, TEXT("expression"), &options, NULL, &imputation, &error));
  options.observed_count = 0;
  options.propagation_steps = 2;
  EXPECT(INVALID, chmr_impute(model, batch, TEXT("expression"), &options, NULL, &imputation, &error));
  options.struct_size = 8;
  EXPECT(INVALID, chmr_impute(model, batch, TEXT("expression"), &options, NULL, &imputation, &error));
  CHECK(imputation == (chmr_imputation *)&failures);
  size_t feature = 0, count = 7;
  float share = 0;
  EXPECT(NULL_POINTER, chmr_panel(NULL, TEXT("expression"), 1, NULL, &feature, &share, &count, &error));
  EXPECT(NULL_POINTER, chmr_panel(model, NULL, 3, 1, NULL, &feature, &share, &count, &error));
  EXPECT(NULL_POINTER, chmr_panel(model, TEXT("expression"), 1, NULL, NULL, &share, &count, &error));
  EXPECT(NULL_POINTER, chmr_panel(model, TEXT("expression"), 1, NULL, &feature, NULL, &count, &error));
  EXPECT(NULL_POINTER, chmr_panel(model, TEXT("expression"), 1, NULL, &feature, &share, NULL, &error));
  EXPECT(CHMR_STATUS_NOT_FOUND, chmr_panel(model, TEXT("proteome"), 1, NULL, &feature, &share, &count, &error));
  EXPECT(INVALID, chmr_panel(model, TEXT("expression"), 0, NULL, &feature, &share, &count, &error));
  EXPECT(INVALID, chmr_panel(model, TEXT("expression"), SIZE_MAX, NULL, &feature, &share, &count, &error));
  CHECK(count == 7);
}

/* The imputation and the list have a good row and a bad one. */
static void reading_imputed(const chmr_imputation *imputation, const chmr_neighbor_list *list) {
  char text[4] = "123";
  size_t length = 77;
  float similarity = 7;
  chmr_support support;
  CHECK(chmr_imputation_row_count(NULL) == 0 && chmr_imputation_feature_count(NULL) == 0);
  CHECK(chmr_imputation_values(NULL) == NULL && chmr_imputation_spread(NULL) == NULL);
  CHECK(chmr_imputation_row_status(NULL, 0) == NULL_POINTER);
  CHECK(chmr_imputation_row_status(imputation, 2) == CHMR_STATUS_OUT_OF_RANGE);
  EXPECT(NULL_POINTER, chmr_imputation_row_reason(NULL, 0, text, 4, &length, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_imputation_row_reason(imputation, 2, text, 4, &length, &error));
  EXPECT(NULL_POINTER, chmr_imputation_feature_text(NULL, 0, CHMR_FEATURE_FIELD_NAME, text, 4, &length, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_imputation_feature_text(imputation, 2, CHMR_FEATURE_FIELD_NAME, text, 4, &length, &error));
  EXPECT(INVALID, chmr_imputation_feature_text(imputation, 0, 9, text, 4, &length, &error));
  EXPECT(NULL_POINTER, chmr_imputation_support(NULL, 0, &support, &error));
  EXPECT(NULL_POINTER, chmr_imputation_support(imputation, 0, NULL, &error));
  EXPECT(CHMR_STATUS_NOT_FOUND, chmr_imputation_support(imputation, 1, &support, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_imputation_support(imputation, 2, &support, &error));
  EXPECT(NULL_POINTER, chmr_imputation_observed_count(NULL, 0, &length, &error));
  EXPECT(NULL_POINTER, chmr_imputation_observed_count(imputation, 0, NULL, &error));
  EXPECT(CHMR_STATUS_NOT_FOUND, chmr_imputation_observed_count(imputation, 1, &length, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_imputation_observed_count(imputation, 2, &length, &error));
  EXPECT(NULL_POINTER, chmr_imputation_interval(NULL, 0, 0.8f, &similarity, &error));
  EXPECT(NULL_POINTER, chmr_imputation_interval(imputation, 0, 0.8f, NULL, &error));
  EXPECT(INVALID, chmr_imputation_interval(imputation, 0, 0.2f, &similarity, &error));
  EXPECT(CHMR_STATUS_NOT_FOUND, chmr_imputation_interval(imputation, 1, 0.8f, &similarity, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_imputation_interval(imputation, 2, 0.8f, &similarity, &error));
  EXPECT(NULL_POINTER, chmr_imputation_source(NULL, 0, 0, &similarity, text, 4, &length, &error));
  EXPECT(NULL_POINTER, chmr_imputation_source(imputation, 0, 0, &similarity, NULL, 0, NULL, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_imputation_source(imputation, 0, 9, &similarity, text, 4, &length, &error));
  EXPECT(CHMR_STATUS_BUFFER_TOO_SMALL, chmr_imputation_source(imputation, 0, 0, &similarity, text, 1, &length, &error));
  EXPECT(NULL_POINTER, chmr_imputation_model_text(NULL, CHMR_MODEL_FIELD_NAME, text, 4, &length, &error));
  EXPECT(INVALID, chmr_imputation_model_text(imputation, 99, text, 4, &length, &error));
  CHECK(chmr_neighbor_list_row_count(NULL) == 0 && chmr_neighbor_list_len(NULL, 0) == 0);
  CHECK(chmr_neighbor_list_len(list, 1) == 0 && chmr_neighbor_list_len(list, SIZE_MAX) == 0);
  CHECK(chmr_neighbor_list_row_status(NULL, 0) == NULL_POINTER);
  CHECK(chmr_neighbor_list_row_status(list, 2) == CHMR_STATUS_OUT_OF_RANGE);
  EXPECT(NULL_POINTER, chmr_neighbor_list_row_reason(NULL, 0, text, 4, &length, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_neighbor_list_row_reason(list, 2, text, 4, &length, &error));
  EXPECT(NULL_POINTER, chmr_neighbor_list_get(NULL, 0, 0, &similarity, text, 4, &length, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_neighbor_list_get(list, 0, 9, &similarity, text, 4, &length, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_neighbor_list_get(list, 1, 0, &similarity, text, 4, &length, &error));
  EXPECT(CHMR_STATUS_BUFFER_TOO_SMALL, chmr_neighbor_list_get(list, 0, 0, &similarity, text, 1, &length, &error));
  CHECK(strcmp(text, "123") == 0 && length == 77 && similarity == 7);
}

/* `batch` has one molecule. */
static void tables(const chmr_batch *batch, const char *program) {
  chmr_fingerprint_table *table = NULL, *other = (chmr_fingerprint_table *)&failures;
  chmr_neighbor_list *list = (chmr_neighbor_list *)&failures;
  char path[4096];
  snprintf(path, sizeof path, "%s.fps", program);
  EXPECT(NULL_POINTER, chmr_fingerprint_table_write(NULL, TEXT("a"), TEXT(path), &error));
  EXPECT(NULL_POINTER, chmr_fingerprint_table_write(batch, NULL, 1, TEXT(path), &error));
  EXPECT(NULL_POINTER, chmr_fingerprint_table_write(batch, TEXT("a"), NULL, 1, &error));
  EXPECT(INVALID, chmr_fingerprint_table_write(batch, TEXT("a"), "", 0, &error));
  EXPECT(INVALID, chmr_fingerprint_table_write(batch, TEXT("a\nb"), TEXT(path), &error));
  EXPECT(INVALID, chmr_fingerprint_table_write(batch, TEXT("a\tb"), TEXT(path), &error));
  EXPECT(INVALID, chmr_fingerprint_table_write(batch, "a", SIZE_MAX, TEXT(path), &error));
  EXPECT(CHMR_STATUS_INVALID_UTF8, chmr_fingerprint_table_write(batch, "\xff", 1, TEXT(path), &error));
  EXPECT(CHMR_STATUS_MODEL_IO, chmr_fingerprint_table_write(batch, TEXT("a"), TEXT("/nowhere/at all"), &error));
  OK(chmr_fingerprint_table_write(batch, TEXT("a"), TEXT(path), &error));
  EXPECT(NULL_POINTER, chmr_fingerprint_table_open(NULL, 3, &other, &error));
  EXPECT(INVALID, chmr_fingerprint_table_open("", 0, &other, &error));
  EXPECT(NULL_POINTER, chmr_fingerprint_table_open(TEXT(path), NULL, &error));
  EXPECT(CHMR_STATUS_MODEL_IO, chmr_fingerprint_table_open(TEXT("/nowhere/at all"), &other, &error));
  EXPECT(CHMR_STATUS_MODEL_INVALID, chmr_fingerprint_table_open(TEXT(program), &other, &error));
  CHECK(other == (chmr_fingerprint_table *)&failures);
  OK(chmr_fingerprint_table_open(TEXT(path), &table, &error));
  CHECK(chmr_fingerprint_table_len(NULL) == 0 && chmr_fingerprint_table_len(table) == 1);
  CHECK(chmr_fingerprint_table_bits(NULL) == 0 && chmr_fingerprint_table_bits(table) == 1024);
  EXPECT(NULL_POINTER, chmr_fingerprint_table_neighbors(NULL, batch, 5, 0, 1, NULL, &list, &error));
  EXPECT(NULL_POINTER, chmr_fingerprint_table_neighbors(table, NULL, 5, 0, 1, NULL, &list, &error));
  EXPECT(NULL_POINTER, chmr_fingerprint_table_neighbors(table, batch, 5, 0, 1, NULL, NULL, &error));
  CHECK(list == (chmr_neighbor_list *)&failures);
  chmr_fingerprint_table_free(table);
  chmr_fingerprint_table_free(NULL);
  remove(path);
}

static void reference(chmr_model *model, const char *program) {
  chmr_batch *batch = NULL;
  chmr_library *library;
  chmr_imputation *imputation = NULL;
  chmr_neighbor_list *list = NULL;
  OK(chmr_batch_new(&batch, &error));
  OK(chmr_batch_add_smiles(batch, TEXT("CCO"), &error));
  library = libraries(batch, model);
  OK(chmr_model_add_library(model, library, &error));
  imputing(model, batch);
  tables(batch, program);
  EXPECT(NULL_POINTER, chmr_neighbors(NULL, batch, 5, 0, 1, NULL, &list, &error));
  EXPECT(NULL_POINTER, chmr_neighbors(model, NULL, 5, 0, 1, NULL, &list, &error));
  EXPECT(NULL_POINTER, chmr_neighbors(model, batch, 5, 0, 1, NULL, NULL, &error));
  OK(chmr_batch_add_smiles(batch, TEXT("not a molecule"), &error));
  OK(chmr_impute(model, batch, TEXT("expression"), NULL, NULL, &imputation, &error));
  OK(chmr_neighbors(model, batch, 1, 0, 1, NULL, &list, &error));
  reading_imputed(imputation, list);
  chmr_neighbor_list_free(list);
  chmr_imputation_free(imputation);
  chmr_library_free(library);
  chmr_batch_free(batch);
  chmr_neighbor_list_free(NULL);
  chmr_imputation_free(NULL);
  chmr_library_free(NULL);
}

static void trusting(const chmr_result *result) {
  chmr_domain domain;
  float a = 7, b = 7;
  char text[4] = "123";
  size_t length = 77, tasks = chmr_result_task_count(result);
  CHECK(chmr_result_coverage_count(NULL) == 0);
  EXPECT(NULL_POINTER, chmr_result_coverage(NULL, 0, &a, &error));
  EXPECT(NULL_POINTER, chmr_result_coverage(result, 0, NULL, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_result_coverage(result, 3, &a, &error));
  EXPECT(NULL_POINTER, chmr_result_interval(NULL, 0, 0, 0, &a, &b, &error));
  EXPECT(NULL_POINTER, chmr_result_interval(result, 0, 0, 0, NULL, &b, &error));
  EXPECT(NULL_POINTER, chmr_result_interval(result, 0, 0, 0, &a, NULL, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_result_interval(result, 2, 0, 0, &a, &b, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_result_interval(result, 0, tasks, 0, &a, &b, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_result_interval(result, 0, 0, SIZE_MAX, &a, &b, &error));
  EXPECT(NULL_POINTER, chmr_result_domain(NULL, 0, 0, &domain, &error));
  EXPECT(NULL_POINTER, chmr_result_domain(result, 0, 0, NULL, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_result_domain(result, SIZE_MAX, 0, &domain, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_result_domain(result, 0, SIZE_MAX, &domain, &error));
  EXPECT(NULL_POINTER, chmr_result_domain_reason(NULL, 0, 0, text, 4, &length, &error));
  EXPECT(NULL_POINTER, chmr_result_domain_reason(result, 0, 0, NULL, 0, NULL, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_result_domain_reason(result, 2, 0, text, 4, &length, &error));
  EXPECT(CHMR_STATUS_NOT_FOUND, chmr_result_domain_reason(result, 1, 0, text, 4, &length, &error));
  CHECK(a == 7 && b == 7 && length == 77 && strcmp(text, "123") == 0);
}

/* Row 0 is good, row 1 is bad. */
static void notes(const chmr_result *result) {
  char text[4] = "123";
  size_t length = 77;
  uint32_t flags = 7;
  EXPECT(NULL_POINTER, chmr_result_row_flags(NULL, 0, &flags, &error));
  EXPECT(NULL_POINTER, chmr_result_row_flags(result, 0, NULL, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_result_row_flags(result, 2, &flags, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_result_row_flags(result, SIZE_MAX, &flags, &error));
  EXPECT(NULL_POINTER, chmr_result_row_note(NULL, 0, text, 4, &length, &error));
  EXPECT(NULL_POINTER, chmr_result_row_note(result, 0, NULL, 0, NULL, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_result_row_note(result, 2, text, 4, &length, &error));
  CHECK(flags == 7 && length == 77 && strcmp(text, "123") == 0);
  EXPECT(CHMR_STATUS_OK, chmr_result_row_flags(result, 1, &flags, &error));
  EXPECT(CHMR_STATUS_OK, chmr_result_row_note(result, 1, text, 4, &length, &error));
  CHECK(flags == 0 && length == 0 && strcmp(text, "") == 0);
}

/* The model has a library of one modality; the result is of two rows. */
static void provisions(const chmr_model *model, const chmr_result *result) {
  char text[4] = "123";
  size_t length = 77;
  chmr_provision provision = CHMR_PROVISION_IMPUTED;
  CHECK(chmr_model_modality_count(NULL) == 0 && chmr_result_modality_count(NULL) == 0);
  EXPECT(NULL_POINTER, chmr_model_modality_text(NULL, 0, CHMR_MODALITY_FIELD_NAME, text, 4, &length, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_model_modality_text(model, 1, CHMR_MODALITY_FIELD_NAME, text, 4, &length, &error));
  EXPECT(INVALID, chmr_model_modality_text(model, 0, 0, text, 4, &length, &error));
  EXPECT(CHMR_STATUS_BUFFER_TOO_SMALL, chmr_model_modality_text(model, 0, CHMR_MODALITY_FIELD_NAME, text, 4, &length, &error));
  EXPECT(NULL_POINTER, chmr_result_modality_name(NULL, 0, text, 4, &length, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_result_modality_name(result, 9, text, 4, &length, &error));
  EXPECT(NULL_POINTER, chmr_result_provision(NULL, 0, 0, &provision, &error));
  EXPECT(NULL_POINTER, chmr_result_provision(result, 0, 0, NULL, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_result_provision(result, 2, 0, &provision, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_result_provision(result, 0, 9, &provision, &error));
  CHECK(provision == CHMR_PROVISION_IMPUTED && length == 77 && strcmp(text, "123") == 0);
}

/* The encoding has a good row and a bad one. */
static void reading_encoded(const chmr_encoding *encoding) {
  unsigned int nodes[4] = {7, 7, 7, 7};
  float cosines[4] = {7, 7, 7, 7};
  char text[4] = "123";
  size_t length = 77;
  CHECK(chmr_encoding_row_count(NULL) == 0 && chmr_encoding_modality_count(NULL) == 0);
  CHECK(chmr_encoding_width(NULL) == 0 && chmr_encoding_depth(NULL) == 0);
  CHECK(chmr_encoding_latents(NULL, 0) == NULL && chmr_encoding_latents(encoding, 1) == NULL);
  CHECK(chmr_encoding_row_status(NULL, 0) == NULL_POINTER);
  CHECK(chmr_encoding_row_status(encoding, 2) == CHMR_STATUS_OUT_OF_RANGE);
  EXPECT(NULL_POINTER, chmr_encoding_row_reason(NULL, 0, text, 4, &length, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_encoding_row_reason(encoding, 2, text, 4, &length, &error));
  EXPECT(CHMR_STATUS_BUFFER_TOO_SMALL, chmr_encoding_row_reason(encoding, 1, text, 4, &length, &error));
  EXPECT(NULL_POINTER, chmr_encoding_modality_name(NULL, 0, text, 4, &length, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_encoding_modality_name(encoding, 1, text, 4, &length, &error));
  EXPECT(NULL_POINTER, chmr_encoding_model_text(NULL, CHMR_MODEL_FIELD_NAME, text, 4, &length, &error));
  EXPECT(INVALID, chmr_encoding_model_text(encoding, 99, text, 4, &length, &error));
  EXPECT(NULL_POINTER, chmr_encoding_code(NULL, 0, 0, nodes, 4, cosines, 4, &error));
  EXPECT(NULL_POINTER, chmr_encoding_code(encoding, 0, 0, NULL, 4, cosines, 4, &error));
  EXPECT(NULL_POINTER, chmr_encoding_code(encoding, 0, 0, nodes, 4, NULL, 4, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_encoding_code(encoding, 2, 0, nodes, 4, cosines, 4, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_encoding_code(encoding, 0, 1, nodes, 4, cosines, 4, &error));
  EXPECT(CHMR_STATUS_NOT_FOUND, chmr_encoding_code(encoding, 1, 0, nodes, 4, cosines, 4, &error));
  EXPECT(CHMR_STATUS_BUFFER_TOO_SMALL, chmr_encoding_code(encoding, 0, 0, nodes, 2, cosines, 4, &error));
  EXPECT(CHMR_STATUS_BUFFER_TOO_SMALL, chmr_encoding_code(encoding, 0, 0, nodes, 4, cosines, 2, &error));
  EXPECT(INVALID, chmr_encoding_code(encoding, 0, 0, nodes, SIZE_MAX, NULL, 0, &error));
  EXPECT(NULL_POINTER, chmr_code_common_depth(NULL, nodes, 4, &length, &error));
  EXPECT(NULL_POINTER, chmr_code_common_depth(nodes, NULL, 4, &length, &error));
  EXPECT(NULL_POINTER, chmr_code_common_depth(nodes, nodes, 4, NULL, &error));
  EXPECT(INVALID, chmr_code_common_depth(nodes, nodes, SIZE_MAX, &length, &error));
  CHECK(nodes[0] == 7 && cosines[0] == 7 && length == 77 && strcmp(text, "123") == 0);
}

/* small: a model without trust or codebook. */
static void hierarchy_and_trust(const char *path, const chmr_model *small) {
  chmr_model *model = NULL;
  chmr_batch *batch = NULL;
  chmr_result *result = NULL;
  chmr_encoding *encoding = NULL;
  chmr_predict_options options = CHMR_PREDICT_OPTIONS_INIT;
  options.trust = 1;
  OK(chmr_model_open(TEXT(path), &model, &error));
  OK(chmr_batch_new(&batch, &error));
  OK(chmr_batch_add_smiles(batch, TEXT("CCO"), &error));
  OK(chmr_batch_add_smiles(batch, TEXT("not a molecule"), &error));
  EXPECT(INVALID, chmr_predict(small, batch, &options, NULL, &result, &error));
  OK(chmr_predict(model, batch, &options, NULL, &result, &error));
  trusting(result);
  notes(result);
  provisions(small, result);
  EXPECT(NULL_POINTER, chmr_encode(NULL, batch, 1, NULL, &encoding, &error));
  EXPECT(NULL_POINTER, chmr_encode(model, NULL, 1, NULL, &encoding, &error));
  EXPECT(NULL_POINTER, chmr_encode(model, batch, 1, NULL, NULL, &error));
  EXPECT(CHMR_STATUS_NOT_FOUND, chmr_encode(small, batch, 1, NULL, &encoding, &error));
  OK(chmr_encode(model, batch, 1, NULL, &encoding, &error));
  reading_encoded(encoding);
  chmr_encoding_free(encoding);
  chmr_encoding_free(NULL);
  chmr_result_free(result);
  chmr_batch_free(batch);
  chmr_model_free(model);
}

int main(int argc, char **argv) {
  chmr_model *model = open_model(argc, argv);
  chmr_batch *batch = NULL;
  chmr_result *result = NULL;
  chmr_run *run = NULL;
  versions();
  opening();
  describing(model);
  asking_what_tasks_read(model);
  OK(chmr_batch_new(&batch, &error));
  OK(chmr_run_new(&run, &error));
  filling(batch);
  predicting(model, batch);
  OK(chmr_batch_add_smiles(batch, TEXT("not a molecule"), &error));
  OK(chmr_predict(model, batch, NULL, NULL, &result, &error));
  reading(result);
  fingerprints();
  shapes();
  reference(model, argv[0]);
  if (argc > 3) hierarchy_and_trust(argv[3], model);
  chmr_run_free(run);
  chmr_result_free(result);
  chmr_batch_free(batch);
  chmr_model_free(model);
  chmr_run_free(NULL);
  chmr_result_free(NULL);
  chmr_batch_free(NULL);
  chmr_model_free(NULL);
  return finish();
}
