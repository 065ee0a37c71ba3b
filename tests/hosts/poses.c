/* What a docking tool hands over: arrays, many poses in an SD file, PDBQT with a template. */
#include "host.h"

#include <math.h>
#include <stdint.h>

/* Ethanol without its hydrogens. */
static const uint8_t ELEMENTS[] = {6, 6, 8};
static const uint32_t BONDS[] = {0, 1, 1, 2};
static const uint8_t ORDERS[] = {CHMR_BOND_ORDER_SINGLE, CHMR_BOND_ORDER_SINGLE};
static const float POSITIONS[] = {0, 0, 0, 1.5f, 0, 0, 2.1f, 1.3f, 0.1f};

static const char POSE[] =
    "MODEL 1\n"
    "REMARK SMILES CCO\n"
    "REMARK SMILES IDX 1 1 2 2 3 3\n"
    "ROOT\n"
    "ATOM      1  C   UNL     1       0.000   0.000   0.000  0.00  0.00    +0.000 C \n"
    "ATOM      2  C   UNL     1       1.500   0.000   0.000  0.00  0.00    +0.000 C \n"
    "ATOM      3  O   UNL     1       2.100   1.300   0.100  0.00  0.00    +0.000 OA\n"
    "ATOM      4  H   UNL     1       3.000   1.300   0.100  0.00  0.00    +0.000 HD\n"
    "ENDROOT\n"
    "TORSDOF 0\n"
    "ENDMDL\n";

static const char RECORD[] =
    "pose\n  test                  3D\n\n"
    "  3  2  0  0  0  0  0  0  0  0999 V2000\n"
    "    0.0000    0.0000    0.0000 C   0  0\n"
    "    1.5000    0.0000    0.0000 C   0  0\n"
    "    2.1000    1.3000    0.1000 O   0  0\n"
    "  1  2  1  0\n"
    "  2  3  1  0\n"
    "M  END\n"
    "> <score>\n-7.1\n\n$$$$\n";

enum { ROWS = 9 };

static void arrays(chmr_batch *batch) {
  const int8_t charges[] = {0, 0, -1};
  const uint8_t odd_element[] = {6, 6, 200};
  const uint8_t odd_order[] = {CHMR_BOND_ORDER_SINGLE, 7};
  const uint32_t odd_bond[] = {0, 1, 1, 3};
  OK(chmr_batch_add_atoms(batch, ELEMENTS, NULL, NULL, 3, BONDS, ORDERS, 2, &error));
  OK(chmr_batch_add_atoms(batch, ELEMENTS, NULL, POSITIONS, 3, BONDS, ORDERS, 2, &error));
  OK(chmr_batch_add_atoms(batch, ELEMENTS, charges, NULL, 3, BONDS, ORDERS, 2, &error));
  OK(chmr_batch_add_atoms(batch, odd_element, NULL, NULL, 3, BONDS, ORDERS, 2, &error));
  OK(chmr_batch_add_atoms(batch, ELEMENTS, NULL, NULL, 3, BONDS, odd_order, 2, &error));
  OK(chmr_batch_add_atoms(batch, ELEMENTS, NULL, NULL, 3, odd_bond, ORDERS, 2, &error));
  OK(chmr_batch_add_atoms(batch, NULL, NULL, NULL, 0, NULL, NULL, 0, &error));
  OK(chmr_batch_add_smiles(batch, TEXT("CCO"), &error));
  OK(chmr_batch_add_smiles(batch, TEXT("CC[O-]"), &error));
}

static void arrays_are_predicted(const chmr_model *model) {
  static const int same_as[ROWS] = {7, 7, 8, -1, -1, -1, -1, 7, 8};
  static const chmr_status expected[ROWS] = {
      CHMR_STATUS_OK, CHMR_STATUS_OK, CHMR_STATUS_OK,
      CHMR_STATUS_MOLECULE_ELEMENT, CHMR_STATUS_MOLECULE_UNSUPPORTED, CHMR_STATUS_MOLECULE_SYNTAX,
      CHMR_STATUS_MOLECULE_EMPTY, CHMR_STATUS_OK, CHMR_STATUS_OK};
  chmr_batch *batch = NULL;
  chmr_result *result = NULL;
  size_t row, tasks = chmr_model_task_count(model);
  const float *values;
  OK(chmr_batch_new(&batch, &error));
  arrays(batch);
  CHECK(chmr_batch_len(batch) == ROWS);
  OK(chmr_predict(model, batch, NULL, NULL, &result, &error));
  values = chmr_result_values(result);
  for (row = 0; row < ROWS; row++) {
    CHECK(chmr_result_row_status(result, row) == expected[row]);
    if (same_as[row] < 0)
      CHECK(isnan(values[row * tasks]));
    else
      CHECK(memcmp(&values[row * tasks], &values[(size_t)same_as[row] * tasks], tasks * sizeof *values) == 0);
  }
  chmr_result_free(result);
  chmr_batch_free(batch);
}

/* Poses of one molecule, by either format: all the same molecule, a row each. */
static void poses_are_predicted(const chmr_model *model) {
  chmr_batch *batch = NULL;
  chmr_result *result = NULL;
  char text[4 * sizeof POSE];
  size_t added = 0, row, tasks = chmr_model_task_count(model);
  const float *values;
  OK(chmr_batch_new(&batch, &error));
  snprintf(text, sizeof text, "%s%s%s", RECORD, RECORD, RECORD);
  OK(chmr_batch_add_sdf(batch, TEXT(text), &added, &error));
  CHECK(added == 3);
  snprintf(text, sizeof text, "%s%s", POSE, POSE);
  OK(chmr_batch_add_pdbqt(batch, TEXT(text), NULL, 0, &added, &error));
  CHECK(added == 2);
  OK(chmr_batch_add_pdbqt(batch, TEXT(POSE), TEXT("OCC"), NULL, &error));
  OK(chmr_batch_add_pdbqt(batch, TEXT(POSE), TEXT("CCN"), &added, &error));
  CHECK(added == 1 && chmr_batch_len(batch) == 7);
  OK(chmr_batch_add_pdbqt(batch, NULL, 0, NULL, 0, &added, &error));
  CHECK(added == 0 && chmr_batch_len(batch) == 7);
  OK(chmr_predict(model, batch, NULL, NULL, &result, &error));
  values = chmr_result_values(result);
  for (row = 0; row < 6; row++) {
    CHECK(chmr_result_row_status(result, row) == CHMR_STATUS_OK);
    CHECK(memcmp(values, &values[row * tasks], tasks * sizeof *values) == 0);
  }
  CHECK(chmr_result_row_status(result, 6) == CHMR_STATUS_MOLECULE_TEMPLATE);
  OK(chmr_result_row_reason(result, 6, text, sizeof text, NULL, &error));
  CHECK(strstr(text, "1 N atoms") != NULL);
  chmr_result_free(result);
  chmr_batch_free(batch);
}

/* The same molecule twice, its oxygen elsewhere; and one without positions. */
static void poses_have_shapes(const chmr_model *model) {
  const float elsewhere[] = {0, 0, 0, 1.5f, 0, 0, 2.9f, 0.2f, 0.1f};
  const float turned[] = {1, 1, 1, 1, 2.5f, 1, -0.3f, 3.1f, 1.1f}; /* POSITIONS a quarter round */
  chmr_batch *batch = NULL;
  chmr_result *result = NULL;
  chmr_shape_list *list = NULL;
  chmr_run *run = NULL;
  char text[128];
  size_t row, column, mean = 0, length, columns = chmr_shape_count(), task, tasks = chmr_model_task_count(model);
  const float *shapes, *values;
  OK(chmr_batch_new(&batch, &error));
  OK(chmr_batch_add_atoms(batch, ELEMENTS, NULL, POSITIONS, 3, BONDS, ORDERS, 2, &error));
  OK(chmr_batch_add_atoms(batch, ELEMENTS, NULL, elsewhere, 3, BONDS, ORDERS, 2, &error));
  OK(chmr_batch_add_atoms(batch, ELEMENTS, NULL, turned, 3, BONDS, ORDERS, 2, &error));
  OK(chmr_batch_add_smiles(batch, TEXT("CCO"), &error));
  OK(chmr_batch_add_smiles(batch, TEXT("C("), &error));
  OK(chmr_shapes(batch, 2, NULL, &list, &error));
  CHECK(chmr_shape_list_row_count(list) == 5);
  shapes = chmr_shape_list_values(list);
  for (column = 0; column < columns; column++) {
    OK(chmr_shape_name(column, text, sizeof text, &length, &error));
    CHECK(strlen(text) == length && length > 0);
    if (strcmp(text, "usrcat_all_centroid_mean") == 0) mean = column;
    for (row = 0; row < 5; row++) CHECK(isnan(shapes[row * columns + column]) == (row > 2));
  }
  CHECK(fabsf(shapes[mean] - shapes[columns + mean]) > 0.01f);
  CHECK(fabsf(shapes[mean] - shapes[2 * columns + mean]) < 1e-5f);
  for (row = 0; row < 3; row++) CHECK(chmr_shape_list_row_status(list, row) == CHMR_STATUS_OK);
  CHECK(chmr_shape_list_row_status(list, 3) == CHMR_STATUS_MOLECULE_INPUT);
  CHECK(chmr_shape_list_row_status(list, 4) == CHMR_STATUS_MOLECULE_SYNTAX);
  OK(chmr_shape_list_row_reason(list, 0, text, sizeof text, &length, &error));
  CHECK(length == 0);
  OK(chmr_shape_list_row_reason(list, 3, text, sizeof text, NULL, &error));
  CHECK(strstr(text, "no conformer") != NULL);

  /* The model says which predictions may differ between the poses, and the others do not. */
  OK(chmr_predict(model, batch, NULL, NULL, &result, &error));
  values = chmr_result_values(result);
  for (task = 0; task < tasks; task++) {
    uint32_t reads = 0;
    OK(chmr_model_task_reads(model, task, &reads, &error));
    CHECK((reads & CHMR_READS_STRUCTURE) != 0);
    if ((reads & CHMR_READS_CONFORMER) == 0)
      for (row = 1; row < 4; row++) CHECK(values[task] == values[row * tasks + task]);
  }

  OK(chmr_run_new(&run, &error));
  OK(chmr_run_cancel(run, &error));
  chmr_shape_list_free(list);
  EXPECT(CHMR_STATUS_CANCELLED, chmr_shapes(batch, 1, run, &list, &error));
  OK(chmr_batch_clear(batch, &error));
  OK(chmr_shapes(batch, 0, NULL, &list, &error));
  CHECK(chmr_shape_list_row_count(list) == 0 && chmr_shape_list_values(list) == NULL);
  chmr_shape_list_free(list);
  chmr_run_free(run);
  chmr_result_free(result);
  chmr_batch_free(batch);
}

/* The one text that `call` gives; valid until the next call. */
static const char *told(chmr_status (*call)(const chmr_batch *, size_t, size_t, char *, size_t, size_t *, chmr_error *),
                        const chmr_batch *batch, size_t row, size_t field) {
  static char text[64];
  size_t length = 99;
  OK(call(batch, row, field, text, sizeof text, &length, &error));
  CHECK(strlen(text) == length);
  return text;
}

/* Titles and data fields stay with their rows, whatever lies between; molecules that were docked together are rows. */
static void rows_are_labelled(const chmr_model *model) {
  chmr_batch *batch = NULL;
  chmr_result *result = NULL;
  char text[8 * sizeof POSE];
  size_t added = 0, length = 9, row;
  OK(chmr_batch_new(&batch, &error));
  OK(chmr_batch_add_smiles(batch, TEXT("C"), &error));
  snprintf(text, sizeof text, "%sno molecule\n\n\n\nM  END\n> <a>\n1\n2\n\n> <a>\n\n$$$$\n%s", RECORD, RECORD);
  OK(chmr_batch_add_sdf(batch, TEXT(text), &added, &error));
  CHECK(added == 3);
  OK(chmr_batch_row_title(batch, 0, text, sizeof text, &length, &error));
  CHECK(length == 0 && chmr_batch_row_field_count(batch, 0) == 0);
  OK(chmr_batch_row_title(batch, 1, text, sizeof text, &length, &error));
  CHECK(length == 4 && strcmp(text, "pose") == 0 && chmr_batch_row_field_count(batch, 1) == 1);
  EXPECT(CHMR_STATUS_BUFFER_TOO_SMALL, chmr_batch_row_title(batch, 1, text, 4, NULL, &error));
  OK(chmr_batch_row_field_name(batch, 3, 0, text, sizeof text, &length, &error));
  CHECK(length == 5 && strcmp(text, "score") == 0);
  CHECK(strcmp(told(chmr_batch_row_field_value, batch, 3, 0), "-7.1") == 0);
  OK(chmr_batch_row_title(batch, 2, text, sizeof text, NULL, &error));
  CHECK(strcmp(text, "no molecule") == 0 && chmr_batch_row_field_count(batch, 2) == 2);
  CHECK(strcmp(told(chmr_batch_row_field_value, batch, 2, 0), "1\n2") == 0);
  CHECK(strcmp(told(chmr_batch_row_field_name, batch, 2, 1), "a") == 0);
  CHECK(strcmp(told(chmr_batch_row_field_value, batch, 2, 1), "") == 0);
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_batch_row_field_value(batch, 2, 2, text, 9, NULL, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_batch_row_title(batch, 4, text, 9, NULL, &error));

  /* A molblock is one molecule. */
  snprintf(text, sizeof text, "%s%s", RECORD, RECORD);
  OK(chmr_batch_add_molblock(batch, TEXT(text), &error));
  OK(chmr_batch_add_molblock(batch, TEXT(RECORD), &error));

  /* Ethanol, and a water beside it: their templates in any order. */
  snprintf(text, sizeof text, "MODEL 1\nREMARK  Name = drink\n%s", strstr(POSE, "ROOT"));
  snprintf(strstr(text, "ENDMDL"), 300,
           "ROOT\nATOM     20  O   HOH A   2       9.000   9.000   9.000  1.00  0.00    -0.400 OA\nENDROOT\nTORSDOF 0\nENDMDL\n");
  OK(chmr_batch_add_pdbqt(batch, TEXT(text), TEXT("O\nCCO"), &added, &error));
  CHECK(added == 2 && chmr_batch_len(batch) == 8);
  CHECK(strcmp(told(chmr_batch_row_field_name, batch, 7, 1), "LIGAND") == 0);
  CHECK(strcmp(told(chmr_batch_row_field_value, batch, 7, 1), "2") == 0);
  OK(chmr_batch_row_title(batch, 6, text, sizeof text, NULL, &error));
  CHECK(strcmp(text, "drink") == 0);
  EXPECT(CHMR_STATUS_MOLECULE_SYNTAX, chmr_batch_add_pdbqt(batch, TEXT(POSE), TEXT("O\nC("), &added, &error));
  CHECK(strstr(error.message, "template 2") != NULL && chmr_batch_len(batch) == 8);

  OK(chmr_predict(model, batch, NULL, NULL, &result, &error));
  for (row = 0; row < 8; row++) {
    const int bad = row == 2 || row == 4;
    CHECK((chmr_result_row_status(result, row) == CHMR_STATUS_OK) == !bad);
  }
  OK(chmr_result_row_reason(result, 4, text, sizeof text, NULL, &error));
  CHECK(strstr(text, "behind the molblock") != NULL);
  chmr_result_free(result);
  OK(chmr_batch_clear(batch, &error));
  OK(chmr_batch_add_smiles(batch, TEXT("C"), &error));
  OK(chmr_batch_add_smiles(batch, TEXT("C"), &error));
  OK(chmr_batch_row_title(batch, 1, NULL, 0, &length, &error));
  CHECK(length == 0);
  chmr_batch_free(batch);
}

int main(int argc, char **argv) {
  chmr_model *model = open_model(argc, argv);
  arrays_are_predicted(model);
  poses_have_shapes(model);
  poses_are_predicted(model);
  rows_are_labelled(model);
  chmr_model_free(model);
  return finish();
}
