//! SMARTS text → pattern.

use super::symbols::SYMBOLS;
use std::collections::HashMap;

/// A property that an atom has or has not.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Test {
    Any,
    Aromatic(bool),
    Element(u8),
    Charge(i32),
    Isotope(u16),
    /// Attached hydrogens, atoms of the graph or not.
    Hydrogens(u32),
    Degree(u32),
    Connections(u32),
    Valence(i32),
    InRing,
    Rings(u32),
    SmallestRing(u32),
    /// The atom starts a match of this pattern.
    Start(u32),
}

/// A logical expression over atom tests or bond tests.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr<T> {
    Is(T),
    Not(Box<Expr<T>>),
    All(Vec<Expr<T>>),
    One(Vec<Expr<T>>),
}

/// A property of a bond.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum BondTest {
    Any,
    Single,
    Double,
    Triple,
    Aromatic,
    Ring,
    /// No symbol written.
    SingleOrAromatic,
}

/// One atom of a pattern in search order.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// Index of the atom's expression in the library.
    pub atom: u32,
    /// The earlier step that it hangs on, none for the first atom of a component.
    pub parent: Option<(u32, Expr<BondTest>)>,
    /// Ring bonds back to earlier steps.
    pub closures: Vec<(u32, Expr<BondTest>)>,
}

/// Distinct atom expressions, and patterns of them: first those of `smarts`, in order, then those
/// inside recursive tests.
///
/// # Panics
/// On text outside the supported grammar: the patterns are constants of this crate.
pub(super) fn parse(smarts: &[&str]) -> (Vec<Expr<Test>>, Vec<Vec<Step>>) {
    let mut builder = Builder { patterns: vec![Vec::new(); smarts.len()], ..Builder::default() };
    for (i, text) in smarts.iter().enumerate() {
        let steps = Parser { text: text.as_bytes(), at: 0 }.pattern(&mut builder);
        builder.patterns[i] = steps;
    }
    (builder.atoms, builder.patterns)
}

#[derive(Default)]
struct Builder {
    atoms: Vec<Expr<Test>>,
    patterns: Vec<Vec<Step>>,
    expressions: HashMap<String, u32>,
    recursive: HashMap<String, u32>,
}

impl Builder {
    fn expression(&mut self, text: &str, parse: impl FnOnce(&mut Self) -> Expr<Test>) -> u32 {
        if let Some(&known) = self.expressions.get(text) {
            return known;
        }
        let expression = parse(self);
        self.atoms.push(expression);
        let index = self.atoms.len() as u32 - 1;
        self.expressions.insert(text.to_owned(), index);
        index
    }

    fn recursive(&mut self, text: &str) -> u32 {
        if let Some(&known) = self.recursive.get(text) {
            return known;
        }
        let steps = Parser { text: text.as_bytes(), at: 0 }.pattern(self);
        self.patterns.push(steps);
        let index = self.patterns.len() as u32 - 1;
        self.recursive.insert(text.to_owned(), index);
        index
    }
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn fail(&self, what: &str) -> ! {
        let text = String::from_utf8_lossy(self.text);
        panic!("SMARTS {text}: {what} at byte {}", self.at)
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn number(&mut self) -> Option<u32> {
        let start = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        std::str::from_utf8(&self.text[start..self.at]).ok()?.parse().ok()
    }

    fn slice(&self, from: usize) -> String {
        String::from_utf8_lossy(&self.text[from..self.at]).into_owned()
    }

    fn pattern(mut self, builder: &mut Builder) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        let mut branches = Vec::new();
        let mut open: HashMap<u32, (u32, Option<Expr<BondTest>>)> = HashMap::new();
        let mut last: Option<u32> = None;
        let mut bond: Option<Expr<BondTest>> = None;
        while let Some(b) = self.peek() {
            match b {
                b'(' => {
                    self.at += 1;
                    branches.push(last);
                }
                b')' => {
                    self.at += 1;
                    last = branches.pop().unwrap_or_else(|| self.fail("unmatched )"));
                }
                b'.' => {
                    self.at += 1;
                    last = None;
                }
                b'0'..=b'9' => {
                    self.at += 1;
                    let here = last.unwrap_or_else(|| self.fail("ring bond without an atom"));
                    let number = u32::from(b - b'0');
                    match open.remove(&number) {
                        None => {
                            open.insert(number, (here, bond.take()));
                        }
                        Some((other, first)) => {
                            let test = bond.take().or(first).unwrap_or_else(unwritten);
                            steps[here as usize].closures.push((other, test));
                        }
                    }
                }
                b'-' | b'=' | b'#' | b':' | b'~' | b'@' | b'!' | b'/' | b'\\' => {
                    bond = Some(self.low_and(Self::bond_test));
                }
                _ => {
                    let start = self.at;
                    let atom = if self.eat(b'[') {
                        let mut depth = 1;
                        while depth > 0 {
                            match self.peek() {
                                Some(b'[') => depth += 1,
                                Some(b']') => depth -= 1,
                                Some(_) => {}
                                None => self.fail("unmatched ["),
                            }
                            self.at += 1;
                        }
                        let text = self.slice(start);
                        builder.expression(&text, |builder| {
                            let mut inner =
                                Parser { text: &text.as_bytes()[1..text.len() - 1], at: 0 };
                            inner.low_and(|p| p.atom_test(builder))
                        })
                    } else {
                        let test = self.symbol().unwrap_or_else(|| self.fail("expected an atom"));
                        builder.expression(&self.slice(start), |_| test)
                    };
                    let parent = last.map(|l| (l, bond.take().unwrap_or_else(unwritten)));
                    steps.push(Step { atom, parent, closures: Vec::new() });
                    last = Some(steps.len() as u32 - 1);
                }
            }
        }
        if !open.is_empty() || !branches.is_empty() {
            self.fail("an open ring or branch");
        }
        steps
    }

    fn low_and<T>(&mut self, mut test: impl FnMut(&mut Self) -> Option<Expr<T>>) -> Expr<T> {
        let mut all = Vec::new();
        loop {
            let mut one = Vec::new();
            loop {
                let mut high = Vec::new();
                loop {
                    let negated = self.eat(b'!');
                    match test(self) {
                        Some(e) if negated => high.push(Expr::Not(Box::new(e))),
                        Some(e) => high.push(e),
                        None if high.is_empty() || negated => self.fail("expected a test"),
                        None => break,
                    }
                    self.eat(b'&');
                }
                one.push(join(high, Expr::All));
                if !self.eat(b',') {
                    break;
                }
            }
            all.push(join(one, Expr::One));
            if !self.eat(b';') {
                break;
            }
        }
        join(all, Expr::All)
    }

    fn bond_test(&mut self) -> Option<Expr<BondTest>> {
        let test = match self.peek()? {
            b'-' | b'/' | b'\\' => BondTest::Single,
            b'=' => BondTest::Double,
            b'#' => BondTest::Triple,
            b':' => BondTest::Aromatic,
            b'~' => BondTest::Any,
            b'@' => BondTest::Ring,
            _ => return None,
        };
        self.at += 1;
        Some(Expr::Is(test))
    }

    fn atom_test(&mut self, builder: &mut Builder) -> Option<Expr<Test>> {
        let first = self.peek()?;
        if let Some(element) = self.two_letters() {
            return Some(element);
        }
        let count = |p: &mut Self| {
            p.at += 1;
            p.number()
        };
        let is = |t: Test| Some(Expr::Is(t));
        match first {
            b'0'..=b'9' => is(Test::Isotope(self.number()? as u16)),
            b'#' => {
                let z = count(self)?;
                is(Test::Element(z as u8))
            }
            b'H' => {
                let n = count(self);
                // `[H]` alone is the element.
                let alone = n.is_none() && self.at == 1 && self.peek().is_none();
                is(if alone { Test::Element(1) } else { Test::Hydrogens(n.unwrap_or(1)) })
            }
            b'D' => is(Test::Degree(count(self).unwrap_or(1))),
            b'X' => is(Test::Connections(count(self).unwrap_or(1))),
            b'v' => is(Test::Valence(count(self).unwrap_or(1) as i32)),
            b'R' => match count(self) {
                Some(n) => is(Test::Rings(n)),
                None => is(Test::InRing),
            },
            b'r' => match count(self) {
                Some(n) => is(Test::SmallestRing(n)),
                None => is(Test::InRing),
            },
            b'+' | b'-' => {
                let sign = if first == b'+' { 1 } else { -1 };
                let mut size = count(self).map_or(1, |n| n as i32);
                while self.eat(first) {
                    size += 1;
                }
                is(Test::Charge(sign * size))
            }
            b'$' => {
                let start = self.at + 2;
                let mut depth = 0;
                loop {
                    self.at += 1;
                    match self.peek() {
                        Some(b'(') => depth += 1,
                        Some(b')') => depth -= 1,
                        Some(_) => {}
                        None => self.fail("unmatched ("),
                    }
                    if depth == 0 {
                        break;
                    }
                }
                let text = self.slice(start);
                self.at += 1;
                is(Test::Start(builder.recursive(&text)))
            }
            _ => self.symbol(),
        }
    }

    /// An element of two letters, inside brackets.
    fn two_letters(&mut self) -> Option<Expr<Test>> {
        let pair = self.text.get(self.at..self.at + 2)?;
        let aromatic = pair == b"se" || pair == b"as";
        let upper = [pair[0].to_ascii_uppercase(), pair[1]];
        if !aromatic && !pair[0].is_ascii_uppercase() {
            return None;
        }
        let z = SYMBOLS.iter().position(|name| name.as_bytes() == upper)?;
        self.at += 2;
        Some(element(z as u8, aromatic))
    }

    /// An atom symbol as it may stand outside brackets (and others of one letter inside).
    fn symbol(&mut self) -> Option<Expr<Test>> {
        let first = self.peek()?;
        if matches!(self.text.get(self.at..self.at + 2), Some(b"Cl" | b"Br")) {
            return self.two_letters();
        }
        let z = match first.to_ascii_uppercase() {
            b'B' => 5,
            b'C' => 6,
            b'N' => 7,
            b'O' => 8,
            b'F' => 9,
            b'P' => 15,
            b'S' => 16,
            b'K' => 19,
            b'I' => 53,
            _ if matches!(first, b'V' | b'Y' | b'W' | b'U') => {
                SYMBOLS.iter().position(|name| name.as_bytes() == [first])? as u8
            }
            b'A' => 0,
            b'*' => 0,
            _ => return None,
        };
        self.at += 1;
        Some(match first {
            b'*' => Expr::Is(Test::Any),
            b'A' => Expr::Is(Test::Aromatic(false)),
            b'a' => Expr::Is(Test::Aromatic(true)),
            _ => element(z, first.is_ascii_lowercase()),
        })
    }
}

fn element(z: u8, aromatic: bool) -> Expr<Test> {
    Expr::All(vec![Expr::Is(Test::Element(z)), Expr::Is(Test::Aromatic(aromatic))])
}

fn unwritten() -> Expr<BondTest> {
    Expr::Is(BondTest::SingleOrAromatic)
}

fn join<T>(mut parts: Vec<Expr<T>>, many: impl Fn(Vec<Expr<T>>) -> Expr<T>) -> Expr<T> {
    if parts.len() == 1 { parts.remove(0) } else { many(parts) }
}
