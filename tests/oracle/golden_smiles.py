"""Writes tests/golden/smiles.tsv: what RDKit makes of texts at the edges of SMILES' grammar, and of CXSMILES.

usage: golden_smiles.py

A line is TEXT, canonical SMILES and Morgan fingerprint (radius 2, 1024 bits, hexadecimal), or TEXT and `!` where
RDKit reads nothing.
"""

import pathlib

from rdkit import Chem, RDLogger

import mutated
import parity

GRAMMAR = """
CN(O.N) CN(O.N)C C()C C(C)() S(=) CCCCCS(=)(=O)Cl C@C C=(O) C-(C) C(-C)(=O) C:C C:::C C. .C C..C C.=C C=.C -C C- C--C C=-C
C((C)) (C)C C(C C)C C(1)CC1 C(1C)C1 C(.C) C.(C) C.1CC1 C1CC1. C1.C1 C1.CC1 C11 C11[Fe] CC11 C1CC11CC1 C12CC12 C1C1 C1=1 O0O0
C=1CC#1 C=1CC1 C1CC=1 C-1CCCCC=1 C=1CCCCC-1 C:1CCCCC=1 C1CCCCC:1 C/1CCCCC/1 C/1CCCCC\\1 C/1CCCCC=1
C=1CCCCC/1 F/C=C/1CCCCC1F F/C=C1CCCCC/1F F/C=C/1CCCCC/1F F/C=C/1CCCCC\\1F C->1CC1 C1CC->1 C1CC<-1 C->1CC->1
C~1CC1 C~1CC~1 C=1CC~1 C%(100)CC%(100) C%(99999)CC%(99999) C%(100000)CC%(100000) C%(1)CC1 C%(012)CC%12 C%()C C%(1a)C
C%1CC%1 C%01CC1 C%00CC0 C%12CC%12 C%123CC%123 C% C%% C0CC0 C1CC1C1CC1
[C] [0C] [00C] [013C] [13CH4] [999C] [65535C] [65536C] [70000C] [2147483639C] [2147483640C] [99999999999C]
[C+4] [C++] [C+++] [C--] [C+-] [C-+] [C+0] [C+01] [Fe+15] [Fe+127] [Fe+128] [Fe-129] [C-112] [C-113] [C+128] [C+255] [*-118] [*-119]
[CH0] [CH00] [CH03]C [CH9] [FeH99] [UH127] [UH127]C [UH128] [UH255]C [UH256] [UH300] [*H] [*H2]C
[C:0] [C:1] [C:01] [C:65535] [C:] [C:1H] [:1] [#6] [#6H3]C [#0] [#1] [#118] [#119] [#06] [#256] [13#6] [Uun] [Uuo] [Uux] ['Db']
['C'] [] [1] [C [CC] [Cc] [C]] [R] [R1] [X] [D] [T] [Q] [A] [H] [H+] [2H+] [HH] [HH2] [HHH] [H@] [H@H] [H:1] [H]C [H][H] [1H]C
[C@H](F)(Cl)Br [C@@H](F)(Cl)Br [C@@@H](F)(Cl)Br [C@H@](F)(Cl)Br [C@1H](F)(Cl)Br [C@TH1H](F)(Cl)Br [C@TH2H](F)(Cl)Br
[C@THH](F)(Cl)Br [C@TH0H](F)(Cl)Br [C@TH3H](F)(Cl)Br [C@@TH1H](F)(Cl)Br [C@AL1](F)Cl [C@AL3](F)Cl CC=[C@AL1]=CC [C@SP1] [C@SP0]
[C@SP4] [Pt@SP1](F)(Cl)(Br)I [Pt@SP3](F)(Cl)(Br)I F[Pt@SP2](Cl)(Br)I F[Pt@SP1](Cl)Br [Pt@SP](F)(Cl)(Br)I [As@TB5](F)(Cl)(Br)(I)C
S[As@TB5](F)(Cl)(Br)N S[As@TB5](F)(Cl)Br [As@TB21](F)(Cl)(Br)(I)C [Co@OH12](F)(Cl)(Br)(I)(C)S C[Co@OH12](F)(Cl)(Br)(I)S C[Co@OH12](F)(Cl)(Br)I
[Co@OH31](F)(Cl)(Br)(I)(C)S CC@H C@@(F)(Cl)Br *@ * [*] [*:1] *C *1ccccc1 c1cc*cc1
[se]1cccc1 [te]1cccc1 [as]1ccccc1 [si]1ccccc1 b1ccccc1 p1ccccc1 [ge]1cccc1 se1cccc1 [f] [c] cc c:c n1cccc1 [nH]1cccc1 Si Na H D R A
C$C C->[Pt] [Pt]<-C C->C C<-C C<C C>C C>>C ->C C-> C->-C C\\\\C=C\\\\C C//C C/=C C=\\C C/C=C/C F/C=C\\F C(/F)=C/F C(\\F)=C/F
N1[C@H](F)C1 N[C@@]1(F)CC1 [C@]1(F)(Cl)CC1Br C[C@H]1CC[C@@H](C)CC1 [C@@]12(F)CC1CC2 C1C[C@]12CC2(F)
c1c$cccc1 c1ccccc#1 C!C C&C C^C C_C C;C C,C C{C} "C" 'C' C`C C?C
""".split()

EXTENSIONS = """
CCO ||
CCO |
N[Pt] |C:0.0|
N[Pt] |C:1.0|
CCO |C:2.0|
N[Pt]N |C:0.0,2.1|
C1CC1N |C:0.2|
C1CC1 |C:2.2|
CC=C |C:1.1|
CC(N[Pt]Cl)=O |C:2.2,r|
C[C@H](F)N[Pt] |C:3.3|
CC |C:0|
CC |C:0.|
CC |C|
CC |^1:0|
CC |^2:1|
CC |^3:0|
CC |^4:0|
CC |^5:1|
CC |^6:1|
CC |^7:1|
CC |^8:0|
CC |^0:0|
CC |^1|
CC |^1:a|
CC |^1:0,1,^2:1|
CC |^1:0,^1:1|
C1CC1 |^1:0,1,2|
c1ccccc1 |^1:0|
n1ccccc1 |^1:0|
[CH3]C |^1:0|
[CH2]C |^1:0|
C=C |^1:0|
C#C |^2:0|
N |^1:0|
P |^5:0|
S |^1:0|
CS |^5:1|
Cl |^1:0|
Cl |^2:0|
I |^1:0|
B |^5:0|
*C |^1:0|
[H]C |^1:0|
N->[Pt] |^1:0|
N[Pt] |C:0.0,^1:0|
CC=CC |c:1|
CC=CC |t:1|
CC=CC |c:0|
CC(Cl)=CC |c:2|
CC(Cl)=CC |t:2|
ClC(C)=C(F)Br |t:2|
CC=CC=CC |t:1,c:3|
CC=CC=CC |c:3,t:1|
CC=CC=CC=CC |t:1,3,c:5|
C1CCCCCC=CC1 |c:6|
C1CCCCCC=CC1 |t:6|
C1=CCCCCCCC1 |c:0|
C1CCCCC=C1 |c:5|
CC=CC |ctu:1|
CC=CC |w:1.0|
C[C@H](O)F |w:1.0|
C[C@H](O)F |w:1.1|
C[C@H](O)F |w:0.0|
C[C@H](O)F |(0,0,;1,0,;2,0,;1,1,),wU:1.0|
C[C@@H](O)F |(0,0,;1,0,;2,0,;1,1,),wU:1.0|
CC(O)F |(0,0,;1,0,;2,0,;1,1,),wD:1.2|
CC(O)(Br)F |(0,0,;1,0,;2,0,;1,1,;1,-1,),wD:1.3|
N[C@@H](C)C(=O)O |(-1.299,-0.75,;0,0,;0,1.5,;1.299,-0.75,;1.299,-2.25,;2.598,0,),wU:1.1|
CCO |(0,0,;1,0,;2,0,)|
CCO |(0,0;1,0;2,0)|
C[C@H](O)F |&1:1|
C[C@H](O)F |o1:1|
C[C@H](O)F |a:1|
C[C@H](O)F |a:1,r|
C[C@H](O)[C@H](F)Cl |o1:1,&2:3|
C[C@H](O)F |r|
*C |$_R1;$|
*C |$_AP1;$|
*C |$A_e;$|
*C |$star_e;$|
C* |$;Pol_p$|
CCO |$R1;;$,atomProp:0.k.v|
CCO |$_AV:a;b;c$|
CCO |$a b;c&#59;d;$,^1:0|
CCO |atomProp:0.k.v:1.k.w,^1:0|
CCO.Cl |f:0.1,^1:0|
CCO |lp:2:2,^1:0|
CCO |Sg:n:0,1::ht,^1:0|
CCO |SgD:0:a:b:::|
CCO |LN:1:1.2,^1:0|
C*.c1ccccc1 |m:1:2.3.4|
*.CCO |m:0:2.1|
CCO |$a|
CCO |$;|
""".strip().split("\n")


def answer(text):
    """The fields behind the text."""
    molecule = Chem.MolFromSmiles(text)
    if molecule is None or molecule.GetNumAtoms() == 0:
        return ["!"]
    # RDKit's writer leaves out that a ring's bond is of no kind; only fingerprints are compared there.
    return [Chem.MolToSmiles(molecule), parity.oracle((text, 2, 1024))[0]]


def main():
    RDLogger.DisableLog("rdApp.*")
    macrocycles = pathlib.Path(__file__).with_name("macrocycles.smi").read_text().split()
    texts = list(dict.fromkeys(GRAMMAR + EXTENSIONS + mutated.RULES + macrocycles))
    out = pathlib.Path(__file__).parent.parent / "golden" / "smiles.tsv"
    out.write_text("".join("\t".join([t, *answer(t)]) + "\n" for t in texts))


if __name__ == "__main__":
    main()
