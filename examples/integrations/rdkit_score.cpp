// Scores an SD file inside a program on RDKit: rdkit_score IN.sdf OUT.sdf [MODEL.chmr]
// c++ -std=c++17 rdkit_score.cpp $(pkg-config --cflags --libs chmr) -pthread
//   -I/usr/include/rdkit -lRDKitFileParsers -lRDKitSmilesParse -lRDKitGraphMol -lRDKitRDGeneral
#include "scorer.hpp"

#include <GraphMol/FileParsers/MolSupplier.h>
#include <GraphMol/FileParsers/MolWriters.h>
#include <GraphMol/MolOps.h>
#include <GraphMol/RWMol.h>
#include <iostream>
#include <memory>
#include <stdexcept>

// Bonds are written out as single and double, so that every hydrogen's place is known.
static Molecule arrays(const RDKit::ROMol &read) {
  RDKit::RWMol mol(read);
  RDKit::MolOps::Kekulize(mol, true);
  Molecule out;
  for (const RDKit::Atom *atom : mol.atoms()) {
    out.elements.push_back(static_cast<std::uint8_t>(atom->getAtomicNum()));
    out.charges.push_back(static_cast<std::int8_t>(atom->getFormalCharge()));
  }
  for (const RDKit::Bond *bond : mol.bonds()) {
    out.bonds.insert(out.bonds.end(), {bond->getBeginAtomIdx(), bond->getEndAtomIdx()});
    switch (bond->getBondType()) {
      case RDKit::Bond::SINGLE: out.orders.push_back(CHMR_BOND_ORDER_SINGLE); break;
      case RDKit::Bond::DOUBLE: out.orders.push_back(CHMR_BOND_ORDER_DOUBLE); break;
      case RDKit::Bond::TRIPLE: out.orders.push_back(CHMR_BOND_ORDER_TRIPLE); break;
      case RDKit::Bond::DATIVE: out.orders.push_back(CHMR_BOND_ORDER_DATIVE); break;
      default: out.orders.push_back(0);  // Becomes a bad row.
    }
  }
  if (mol.getNumConformers() > 0)
    for (const RDGeom::Point3D &p : mol.getConformer().getPositions())
      for (double x : {p.x, p.y, p.z}) out.positions.push_back(static_cast<float>(x));
  return out;
}

int main(int argc, char **argv) try {
  if (argc < 3) {
    std::cerr << "usage: rdkit_score IN.sdf OUT.sdf [MODEL.chmr]\n";
    return 2;
  }
  const chmr::model model = open_model(argc > 3 ? argv[3] : nullptr);
  const std::vector<std::string> names = task_names(model);

  std::vector<std::unique_ptr<RDKit::ROMol>> read;
  std::vector<Molecule> molecules;
  RDKit::SDMolSupplier supplier(argv[1]);
  while (!supplier.atEnd()) {
    std::unique_ptr<RDKit::ROMol> mol(supplier.next());
    if (!mol) continue;  // RDKit has said why.
    molecules.push_back(arrays(*mol));
    read.push_back(std::move(mol));
  }

  const auto scores = score(model, molecules, std::max(1u, std::thread::hardware_concurrency()));
  RDKit::SDWriter writer(argv[2]);
  for (std::size_t i = 0; i < read.size(); ++i) {
    for (std::size_t task = 0; task < scores[i].values.size(); ++task)
      read[i]->setProp(names[task], number(scores[i].values[task]));
    if (!scores[i].reason.empty()) read[i]->setProp("chmr/status", scores[i].reason);
    writer.write(*read[i]);
  }
} catch (const std::exception &e) {
  std::cerr << e.what() << '\n';
  return 1;
}
