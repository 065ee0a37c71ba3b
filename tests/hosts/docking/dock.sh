#!/bin/sh
# Docks ibuprofen into a small peptide with AutoDock Vina: dock.sh OUT.pdbqt
set -eu
cd "$(dirname "$0")"
vina --receptor receptor.pdbqt --ligand ligand.pdbqt --out "$1" --seed 1 --cpu 2 \
  --exhaustiveness 1 --num_modes 5 --verbosity 0 \
  --center_x 0 --center_y 0 --center_z 0 --size_x 16 --size_y 16 --size_z 16
