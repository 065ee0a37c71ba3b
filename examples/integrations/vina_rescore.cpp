// Rescores the poses that AutoDock Vina wrote: vina_rescore POSES.pdbqt SMILES [MODEL.chmr]
// SMILES is the molecule that was docked; "-" takes the file's own REMARK SMILES lines.
// Prints a line a pose: its number, Vina's affinity (kcal/mol), then the values of all tasks.
// c++ -std=c++17 vina_rescore.cpp $(pkg-config --cflags --libs chmr)
#include "chmr.hpp"

#include <fstream>
#include <iomanip>
#include <iostream>
#include <iterator>
#include <sstream>

// What Vina says of each pose, in the file's order.
static std::vector<double> affinities(const std::string &pdbqt) {
  static const std::string tag = "REMARK VINA RESULT:";
  std::vector<double> found;
  std::istringstream lines(pdbqt);
  for (std::string line; std::getline(lines, line);)
    if (line.compare(0, tag.size(), tag) == 0) found.push_back(std::stod(line.substr(tag.size())));
  return found;
}

int main(int argc, char **argv) try {
  if (argc < 3) {
    std::cerr << "usage: vina_rescore POSES.pdbqt SMILES|- [MODEL.chmr]\n";
    return 2;
  }
  std::ifstream file(argv[1]);
  const std::string pdbqt{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const std::string_view smiles = argv[2];
  const chmr::model model = argc > 3 ? chmr::model::open(argv[3]) : chmr::model::open_default();

  chmr::batch batch;
  batch.add_pdbqt(pdbqt, smiles == "-" ? std::string_view() : smiles);
  const chmr::predictions predictions = model.predict(batch);

  const std::vector<double> vina = affinities(pdbqt);
  std::cout << "pose\tvina";
  for (std::size_t task = 0; task < model.task_count(); ++task)
    std::cout << '\t' << model.task_text(task, CHMR_TASK_FIELD_NAME);
  std::cout << '\n' << std::setprecision(9);
  for (std::size_t pose = 0; pose < predictions.row_count(); ++pose) {
    std::cout << pose + 1 << '\t';
    if (pose < vina.size()) std::cout << vina[pose];
    if (predictions.ok(pose))
      for (float value : predictions.row(pose)) std::cout << '\t' << value;
    else
      std::cout << '\t' << predictions.reason(pose);
    std::cout << '\n';
  }
  return predictions.row_count() == 0;
} catch (const std::exception &e) {
  std::cerr << e.what() << '\n';
  return 1;
}
