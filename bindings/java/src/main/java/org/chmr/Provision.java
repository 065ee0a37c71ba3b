package org.chmr;

/** Where a modality of a predicted molecule came from. */
public enum Provision {
  /** It was neither given nor filled in, or the model does not read it. */
  ABSENT,
  /** The caller gave it. */
  OBSERVED,
  /** It was filled in from similar molecules. */
  IMPUTED
}
