//! Well-known drugs.

/// Their SMILES.
pub const DRUGS: &[&str] = &[
    "CC(=O)Oc1ccccc1C(=O)O",                                        // aspirin
    "CC(C)Cc1ccc(cc1)C(C)C(=O)O",                                   // ibuprofen
    "CN1C=NC2=C1C(=O)N(C)C(=O)N2C",                                 // caffeine
    "CC(=O)Nc1ccc(O)cc1",                                           // paracetamol
    "CN1CCC[C@H]1c1cccnc1",                                         // nicotine
    "CN1c2ccc(Cl)cc2C(=NCC1=O)c1ccccc1",                            // diazepam
    "CC1(C)S[C@@H]2[C@H](NC(=O)Cc3ccccc3)C(=O)N2[C@H]1C(=O)O",      // penicillin G
    "CCCc1nn(C)c2c1nc([nH]c2=O)-c1cc(ccc1OCC)S(=O)(=O)N1CCN(C)CC1", // sildenafil
    "Cc1ccc(cc1Nc1nccc(n1)-c1cccnc1)NC(=O)c1ccc(CN2CCN(C)CC2)cc1",  // imatinib
    "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1",               // gefitinib
    "CC(C)c1c(C(=O)Nc2ccccc2)c(-c2ccccc2)c(-c2ccc(F)cc2)n1CC[C@@H](O)C[C@@H](O)CC(=O)O", // atorvastatin
    "COc1ccc2[nH]c(nc2c1)S(=O)Cc1ncc(C)c(OC)c1C", // omeprazole
    "CCOC(=O)C1=C(COCCN)NC(C)=C(C1c1ccccc1Cl)C(=O)OC", // amlodipine
    "C[C@]12CCC3c4ccc(O)cc4CCC3C1CC[C@@H]2O",     // estradiol
    "CC(C)(C)NCC(O)c1ccc(O)c(CO)c1",              // salbutamol
    "CN(C)CCCN1c2ccccc2CCc2ccccc21",              // imipramine
    "O=C(O)c1cn(C2CC2)c2cc(N3CCNCC3)c(F)cc2c1=O", // ciprofloxacin
    "NC(=N)NC(=O)c1nc(Cl)c(N)nc1N",               // amiloride
    "CC(=O)N1CCN(CC1)c1ccc(OC[C@H]2CO[C@@](Cn3ccnc3)(O2)c2ccc(Cl)cc2Cl)cc1", // ketoconazole
    "CCC(=O)N(C1CCN(CCc2ccccc2)CC1)c1ccccc1",     // fentanyl
];
