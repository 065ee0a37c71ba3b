// Scores an SD file inside a program on Open Babel: openbabel_score IN.sdf OUT.sdf [MODEL.chmr]
// c++ -std=c++17 openbabel_score.cpp $(pkg-config --cflags --libs openbabel-3 chmr) -pthread
#include "scorer.hpp"

#include <fstream>
#include <iostream>
#include <openbabel/atom.h>
#include <openbabel/bond.h>
#include <openbabel/generic.h>
#include <openbabel/mol.h>
#include <openbabel/obconversion.h>
#include <openbabel/obiter.h>

// Open Babel keeps bonds as single and double, aromatic ones too.
static Molecule arrays(OpenBabel::OBMol &mol) {
  Molecule out;
  FOR_ATOMS_OF_MOL(atom, mol) {
    out.elements.push_back(static_cast<std::uint8_t>(atom->GetAtomicNum()));
    out.charges.push_back(static_cast<std::int8_t>(atom->GetFormalCharge()));
    for (double x : {atom->GetX(), atom->GetY(), atom->GetZ()})
      out.positions.push_back(static_cast<float>(x));
  }
  FOR_BONDS_OF_MOL(bond, mol) {
    for (unsigned atom : {bond->GetBeginAtomIdx(), bond->GetEndAtomIdx()})
      out.bonds.push_back(atom - 1);  // Counted from 1 over there.
    out.orders.push_back(static_cast<std::uint8_t>(bond->GetBondOrder()));
  }
  return out;
}

static void set(OpenBabel::OBMol &mol, const std::string &name, const std::string &value) {
  auto *data = new OpenBabel::OBPairData;  // The molecule takes it over.
  data->SetAttribute(name);
  data->SetValue(value);
  mol.SetData(data);
}

int main(int argc, char **argv) try {
  if (argc < 3) {
    std::cerr << "usage: openbabel_score IN.sdf OUT.sdf [MODEL.chmr]\n";
    return 2;
  }
  const chmr::model model = open_model(argc > 3 ? argv[3] : nullptr);
  const std::vector<std::string> names = task_names(model);

  std::ifstream in(argv[1]);
  std::ofstream out(argv[2]);
  OpenBabel::OBConversion conversion(&in, &out);
  if (!in || !out || !conversion.SetInAndOutFormats("sdf", "sdf")) {
    std::cerr << "cannot open the files or find the format\n";
    return 1;
  }
  std::vector<OpenBabel::OBMol> read;
  std::vector<Molecule> molecules;
  for (OpenBabel::OBMol mol; conversion.Read(&mol); mol.Clear()) {
    molecules.push_back(arrays(mol));
    read.push_back(mol);
  }

  const auto scores = score(model, molecules, std::max(1u, std::thread::hardware_concurrency()));
  for (std::size_t i = 0; i < read.size(); ++i) {
    for (std::size_t task = 0; task < scores[i].values.size(); ++task)
      set(read[i], names[task], number(scores[i].values[task]));
    if (!scores[i].reason.empty()) set(read[i], "chmr/status", scores[i].reason);
    if (!conversion.Write(&read[i])) return 1;
  }
} catch (const std::exception &e) {
  std::cerr << e.what() << '\n';
  return 1;
}
