"""Mutates SMILES, and compares with RDKit what is refused and, where both read it, the fingerprints.

usage: mutated.py DUMP [--seed N] [--count N] [--allowed N] [--list FILE]

DUMP is the built `examples/parity_dump`. The SMILES are those of `smiles.py`, and a seeded generator
makes COUNT texts of them: some by edits of single characters, some by edits of whole tokens, some
put together from tokens alone, some from fragments that break one rule of the grammar each. Exits 1
where more than ALLOWED of them are read by one side alone, or give other fingerprints.
"""

import argparse
import collections
import multiprocessing
import pathlib
import random
import re
import subprocess
import sys

import parity
import smiles

TOKENS = re.compile(r"\[[^\]]*\]|Br|Cl|%\d\d|%\(\d+\)|->|<-|.", re.S)
# Without "~": RDKit reads it as a bond of no kind, which this library refuses as not modelled.
CHARACTERS = "CNOSPFIBcnospb[]()=#$:/\\.-+@%0123456789*H><"
PIECES = """
C N O S P F Cl Br I B c n o s p b * [nH] [C@H] [C@@H] [N+] [O-] [13C] [2H] [H] [Na+] [Pt] [se] [te]
[as] [si] [CH3] [CH2-] [*:1] [C@SP1] [Fe+2] [#6] [#7H2] = # $ : - / \\ -> <- ( ) . 1 2 3 %10 %11 %(12)
%(123) @ @@ [ ] + % 0
""".split()
BRACKETS = """
[{n}C] [{n}CH4] [CH{n}] [C+{n}] [C-{n}] [Fe+{n}] [N+{n}H4] [C:{n}] [CH4:{n}] [#{n}] [C@TB{n}] [C@OH{n}]
[C@SP{n}H] [C@TH{n}H](F)(Cl)Br [C@AL{n}] [{n}H] [H+{n}] [{n}*] [*H{n}] [Pt@SP{n}](F)(Cl)(Br)I [UH{n}]
""".split()
NUMBERS = "0 1 2 3 4 5 9 10 15 20 21 30 31 99 100 118 119 127 128 255 256 300 1000 65535 65536 70000 00 01 007".split()
NUMBERS += ["999999", "2147483639", "2147483640", "4294967296", "99999999999999999999"]
RULES = """
() (=) (-) (.) (.C) (C.) (1) ((C)) (C)) ((C) =( -( =(O) -. .- .= =. .. . == =- -- -= #= :: /= \\= =/ //
@ @@ @H C@H : C: :C C:C =1 1= 11 1CC1 12CC12 C1C1 C=1CC#1 C=1CC-1 C-1CC=1 C/1CC\\1 C/1CC/1 C:1CC=1 %1
%01 %00 %100 %(1) %(01) %(100)CC%(100) %(99999)CC%(99999) %(100000) %() %(1a) %(-1) -> <- ->C <-C
C-> C<- C->-C ->- >> > < C->1CC1 C1CC<-1 (->[Pt]) (<-[Pt]) [] [1] [C [CC] [Cc] [C@@@H] [C@H@] [HC]
[C-+] [C+-] [C+++] [C---] [C++] [C--] [H][H] [HH] [H@] [HH2] [CH0] [Uun] [Uuo] [Uux] ['Db'] ['C'] [D]
[T] [A] [R] [R1] [Xx] [X] [nh] [NH4+:1] [C:] [:1] [C:1H] [CH:1] [+C] [C+H] [C@+H] [@C] [C@H+] H D R A
Q X Si Na Se se as al [al] [ge] & ! ? ^ _ ; , { } | \" ' ` 0CC0 %10CC%10 %10CC0 (O.N) (C.C.C) 1.C1
""".split()


def mutated(random, sources):
    """One text."""
    kind = random.random()
    if kind < 0.1:
        return "".join(random.choice(PIECES) for _ in range(random.randint(1, 8)))
    text = random.choice(sources)
    for _ in range(random.choice((1, 1, 1, 2, 2, 3))):
        tokens = TOKENS.findall(text)
        if not tokens:
            return random.choice(PIECES)
        place = random.randrange(len(tokens))
        kind = random.random()
        if kind < 0.35:
            place = random.randrange(len(text))
            action = random.randrange(4)
            if action == 0:
                text = text[:place] + text[place + 1 :]
            elif action == 1:
                text = text[:place] + random.choice(CHARACTERS) + text[place:]
            elif action == 2:
                text = text[:place] + random.choice(CHARACTERS) + text[place + 1 :]
            else:
                text = text[:place] + text[place : place + 2][::-1] + text[place + 2 :]
            continue
        if kind < 0.45:
            del tokens[place]
        elif kind < 0.55:
            tokens.insert(place, random.choice(PIECES))
        elif kind < 0.6:
            tokens[place] = random.choice(PIECES)
        elif kind < 0.65:
            tokens.insert(place, tokens[random.randrange(len(tokens))])
        elif kind < 0.7:
            other = random.randrange(len(tokens))
            tokens[place], tokens[other] = tokens[other], tokens[place]
        elif kind < 0.73:
            del tokens[place:]
        elif kind < 0.76:
            end = place + random.randint(1, 6)
            tokens[place:end] = ["(", *tokens[place:end], ")"]
        elif kind < 0.84:
            tokens.insert(place, random.choice(BRACKETS).replace("{n}", random.choice(NUMBERS)))
        else:
            tokens.insert(place + random.randint(0, 1), random.choice(RULES))
        text = "".join(tokens)
    return text


def corpus(seed, count):
    """`count` different texts, without white space: that ends a SMILES."""
    dice = random.Random(seed)
    sources = smiles.DRUGS.split() + smiles.CORNERS.split()
    texts = {}
    while len(texts) < count:
        text = mutated(dice, sources)
        if text and not any(c.isspace() for c in text):
            texts[text] = None
    return list(texts)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("dump")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--allowed", type=int, default=20)
    parser.add_argument("--list", type=pathlib.Path, help="write every disagreement here")
    options = parser.parse_args()

    texts = corpus(options.seed, options.count)
    run = subprocess.run(
        [options.dump, "2", "1024"],
        input="\n".join(texts) + "\n",
        capture_output=True,
        text=True,
        check=True,
    )
    ours = [line.split("\t") for line in run.stdout.splitlines()]
    assert len(ours) == len(texts), f"{len(texts)} texts in, {len(ours)} out"
    with multiprocessing.Pool() as pool:
        theirs = pool.map(parity.oracle, [(t, 2, 1024) for t in texts], chunksize=200)

    count = collections.Counter()
    disagreements = []
    for text, mine, other in zip(texts, ours, theirs):
        refused = mine[0].startswith("!")
        if refused and other is None:
            kind = "neither"
        elif refused:
            kind = "only RDKit"
        elif other is None:
            kind = "only ours"
        elif tuple(mine) != other:
            kind = "other fingerprints"
        else:
            kind = "both"
        count[kind] += 1
        if kind not in ("both", "neither"):
            disagreements.append((kind, text, " ".join(mine) if refused else ""))
    wrong = len(disagreements)
    print(f"seed {options.seed}: {len(texts)} texts: " + ", ".join(f"{k} {v}" for k, v in count.items()))
    for kind, text, detail in disagreements[:60]:
        print(f"  {kind}: {text[:150]}  {detail[:200]}")
    if options.list:
        options.list.write_text("".join("\t".join(d) + "\n" for d in disagreements))
    print(f"{wrong} disagree (at most {options.allowed})  {'ok' if wrong <= options.allowed else 'TOO MANY'}")
    sys.exit(wrong > options.allowed)


if __name__ == "__main__":
    main()
