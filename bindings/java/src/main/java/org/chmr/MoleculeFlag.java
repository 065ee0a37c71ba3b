package org.chmr;

import java.util.EnumSet;
import java.util.Set;

/** What makes a molecule unlike the organic molecules of drug-like size that models learn from. */
public enum MoleculeFlag {
  /** No carbon atom: not an organic molecule. */
  NO_CARBON,
  /** An atom {@code *} that stands for something else: a rest, a point of attachment. */
  DUMMY_ATOM,
  /** An atom of a metal, counter-ions included. */
  METAL,
  /** No atom but hydrogens. */
  NO_HEAVY_ATOM,
  /** Several parts that no bond connects: a salt, a solvate, a mixture. All of it is taken as one molecule. */
  SEVERAL_COMPONENTS,
  /** Fewer than 4 heavy atoms. */
  TOO_SMALL,
  /** More than 100 heavy atoms. */
  TOO_LARGE,
  /** A non-metal other than H, B, C, N, O, F, Si, P, S, Cl, Se, Br and I. */
  UNUSUAL_ELEMENT;

  /** The set that the native half writes as a sum of 2 to the power of ordinals; what this version does not know is left out. */
  static Set<MoleculeFlag> of(int bits) {
    EnumSet<MoleculeFlag> flags = EnumSet.noneOf(MoleculeFlag.class);
    for (MoleculeFlag flag : values()) {
      if ((bits >> flag.ordinal() & 1) == 1) flags.add(flag);
    }
    return flags;
  }
}
