/* Intervals and the applicability domain of predictions. The model's task 3 is a number with intervals for
 * all coverages, task 4 for the lowest alone; the others are classes. */
#include "host.h"

#include <math.h>

#define TASKS 5

int main(int argc, char **argv) {
  chmr_model *model = open_model(argc, argv);
  chmr_batch *batch = NULL;
  chmr_result *plain = NULL, *result = NULL, *odd = NULL;
  chmr_predict_options options = CHMR_PREDICT_OPTIONS_INIT;
  chmr_domain domain;
  const float *values;
  float share = 0, before = 0, lower = 0, upper = 0;
  char text[300];
  uint32_t flags = 0;
  size_t i, length = 0;
  OK(chmr_batch_new(&batch, &error));
  OK(chmr_batch_add_smiles(batch, TEXT("CCCO"), &error));
  OK(chmr_batch_add_smiles(batch, TEXT("O=C1N(Br)S(=O)(=O)C(I)(F)C12P(=O)(O)OB(O)[Si]2(Cl)Cl"), &error));
  OK(chmr_batch_add_smiles(batch, TEXT("C("), &error));

  /* Nobody asked. */
  OK(chmr_predict(model, batch, &options, NULL, &plain, &error));
  CHECK(chmr_result_coverage_count(plain) == 0);
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_result_interval(plain, 0, 3, 0, &lower, &upper, &error));
  EXPECT(CHMR_STATUS_NOT_FOUND, chmr_result_domain(plain, 0, 0, &domain, &error));

  options.trust = 1;
  OK(chmr_predict(model, batch, &options, NULL, &result, &error));
  CHECK(memcmp(chmr_result_values(result), chmr_result_values(plain), 2 * TASKS * sizeof(float)) == 0);
  values = chmr_result_values(result);
  CHECK(chmr_result_coverage_count(result) == 3);
  for (i = 0; i < 3; i++) {
    OK(chmr_result_coverage(result, i, &share, &error));
    CHECK(share > before && share < 1);
    before = share;
    OK(chmr_result_interval(result, 0, 3, i, &lower, &upper, &error));
    CHECK(lower < values[3] && values[3] < upper);
    CHECK(fabsf((upper - values[3]) - (values[3] - lower)) < 1e-4f);
    OK(chmr_result_interval(result, 0, 4, i, &lower, &upper, &error));
    CHECK(isnan(lower) == (i > 0) && isnan(upper) == (i > 0));
    OK(chmr_result_interval(result, 0, 0, i, &lower, &upper, &error));
    CHECK(isnan(lower) && isnan(upper));
    OK(chmr_result_interval(result, 2, 3, i, &lower, &upper, &error));
    CHECK(isnan(lower) && isnan(upper));
  }

  OK(chmr_result_domain(result, 0, 3, &domain, &error));
  CHECK(domain.inside == 1 && domain.nearest == 1.0f && domain.nearest >= domain.least_similarity);
  OK(chmr_result_domain_reason(result, 0, 3, text, sizeof text, &length, &error));
  CHECK(length == 0);
  OK(chmr_result_domain(result, 1, 3, &domain, &error));
  CHECK(domain.inside == 0 && domain.nearest < 1.0f);
  OK(chmr_result_domain_reason(result, 1, 3, text, sizeof text, &length, &error));
  CHECK(length == strlen(text) && strstr(text, "contains B") != NULL);
  EXPECT(CHMR_STATUS_NOT_FOUND, chmr_result_domain(result, 2, 3, &domain, &error));

  /* Flags, which nobody has to ask for. */
  OK(chmr_batch_add_smiles(batch, TEXT("[Na+].[Cl-]"), &error));
  OK(chmr_predict(model, batch, NULL, NULL, &odd, &error));
  OK(chmr_result_row_flags(odd, 3, &flags, &error));
  CHECK(flags == (CHMR_MOLECULE_FLAG_NO_CARBON | CHMR_MOLECULE_FLAG_METAL |
                  CHMR_MOLECULE_FLAG_SEVERAL_COMPONENTS | CHMR_MOLECULE_FLAG_TOO_SMALL));
  OK(chmr_result_row_note(odd, 3, text, sizeof text, &length, &error));
  CHECK(length == strlen(text) && strstr(text, "several components") != NULL);
  CHECK(chmr_result_row_status(odd, 3) == CHMR_STATUS_OK && !isnan(chmr_result_values(odd)[3 * TASKS]));
  for (i = 0; i < 3; i++) {
    OK(chmr_result_row_flags(odd, i, &flags, &error));
    CHECK(flags == 0);
    OK(chmr_result_row_note(odd, i, text, sizeof text, &length, &error));
    CHECK(length == 0);
  }
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_result_row_flags(odd, 4, &flags, &error));
  EXPECT(CHMR_STATUS_OUT_OF_RANGE, chmr_result_row_note(odd, 4, text, sizeof text, &length, &error));
  EXPECT(CHMR_STATUS_NULL_POINTER, chmr_result_row_flags(NULL, 0, &flags, &error));
  EXPECT(CHMR_STATUS_NULL_POINTER, chmr_result_row_flags(odd, 0, NULL, &error));

  chmr_result_free(odd);
  chmr_result_free(plain);
  chmr_result_free(result);
  chmr_batch_free(batch);
  chmr_model_free(model);
  return finish();
}
